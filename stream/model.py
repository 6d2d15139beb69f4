"""Models: finding bundles, loading them, running their networks.

A bundle is a folder (see `stream.card`). Shipped ones lie in the package, a user's own in the folder for application
data (``whipbird/models``, see `user_folder`); a user's bundle hides a shipped one of the same name.
"""

from __future__ import annotations

import contextlib
import hashlib
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray
from pydantic import ValidationError

from stream.card import BALANCED, Card, FrontEndSettings, RawSettings
from stream.errors import BundleError
from stream.frontend import FrontEnd, LogMel, Mfcc, RawFrames, StftMagnitude

__all__ = ["Model", "find_bundles", "make_frontend", "read_card", "shipped_folder", "user_folder"]

CARD = "card.json"
NETWORK = "model.tflite"
MATRICES = "frontend.npz"


def shipped_folder() -> Path:
    """Where the bundles are that come with whipbird: in the package, or beside it in a source checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "bundles"
    return installed if installed.is_dir() else package.parent / "models"


def user_folder() -> Path:
    """Where a user's own bundles are looked for; on Linux ``$XDG_DATA_HOME/whipbird/models``."""
    try:
        return Path(platformdirs.user_data_dir("whipbird", appauthor=False)) / "models"
    except RuntimeError as error:
        raise BundleError(f"no home folder ({error}); set HOME or XDG_DATA_HOME") from error


def find_bundles() -> dict[str, Path]:
    """Folders of all installed bundles by name."""
    found: dict[str, Path] = {}
    for root in (shipped_folder(), user_folder()):
        if root.is_dir():
            found |= {folder.name: folder for folder in sorted(root.iterdir()) if (folder / CARD).is_file()}
    return found


def _locate(name: str) -> Path:
    found = find_bundles()
    if name in found:
        return found[name]
    with contextlib.suppress(OSError, RuntimeError):  # too long a name, the home of nobody
        folder = Path(name).expanduser()
        if folder.is_dir():
            return folder
    known = ", ".join(sorted(found)) or "none"
    raise BundleError(f"no model named {name!r} and no folder of that name (installed: {known})")


def read_card(folder: Path) -> Card:
    """Read and validate the card of a bundle.

    Raises
    ------
    BundleError
        If it is missing or wrong.
    """
    path = folder / CARD
    try:
        return Card.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror or error}; a bundle needs {CARD} and {NETWORK}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "card"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise BundleError(f"{path}: {where}: {first['msg']}{more}") from error


def make_frontend(settings: FrontEndSettings, matrices: Mapping[str, NDArray[np.float32]]) -> FrontEnd:
    """A front end as a card asks for it.

    Raises
    ------
    ValueError
        If the matrices are not those of the card.
    """
    if isinstance(settings, RawSettings):
        return RawFrames()
    frontend: FrontEnd
    if settings.kind == "stft":
        frontend, width = StftMagnitude(settings.step, matrices), settings.fft // 2 + 1
    elif settings.kind == "log_mel":
        frontend, width = LogMel(settings.step, matrices, settings.floor), settings.bands
    else:
        frontend, width = Mfcc(settings.step, matrices, settings.floor), settings.coefficients
    if (frontend.frame, frontend.width) != (settings.fft, width):
        raise ValueError(
            f"made for frames of {frontend.frame} samples and {frontend.width} numbers, "
            f"the card says {settings.fft} and {width}"
        )
    return frontend


class Model:
    """A bundle, loaded and ready to run; used by one thread at a time.

    Parameters
    ----------
    name : str
        Name of an installed bundle, or path of a folder.
    sensitivity : str
        Operating point of the card.

    Raises
    ------
    BundleError
        If it cannot be found, is damaged, or its parts do not fit each other; if it has no such operating point.

    Attributes
    ----------
    card : Card
    folder : Path
    """

    def __init__(self, name: str, sensitivity: str = BALANCED) -> None:
        self.folder = _locate(name)
        try:
            self.card = read_card(self.folder).at(sensitivity)
        except ValueError as error:
            raise BundleError(str(error)) from error
        network = self._read(NETWORK)
        self._matrices = {} if isinstance(self.card.frontend, RawSettings) else self._read_matrices()
        frontend = self.frontend()
        self._interpreter = _load_interpreter(network, self.folder / NETWORK)
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        self._check_fit(inputs, outputs, frontend)
        self._input, self._output = inputs[0]["index"], outputs[0]["index"]
        self._shape = tuple(inputs[0]["shape"])

    def frontend(self) -> FrontEnd:
        """A new front end for one stream.

        Raises
        ------
        BundleError
            If the bundle's matrices do not fit the card.
        """
        try:
            return make_frontend(self.card.frontend, self._matrices)
        except ValueError as error:
            raise BundleError(f"{self.folder / MATRICES}: {error}") from error

    def scores(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network on one window, shape (window, width): one score per label, shape (labels,)."""
        self._interpreter.set_tensor(self._input, window.reshape(self._shape))
        self._interpreter.invoke()
        scores: NDArray[np.float32] = self._interpreter.get_tensor(self._output).reshape(-1)
        return scores

    def _read(self, name: str) -> bytes:
        path = self.folder / name
        expected = self.card.sha256.get(name)
        if expected is None:
            raise BundleError(f"{self.folder / CARD}: sha256: no hash of {name}")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BundleError(f"{path}: {error.strerror or error}") from error
        if hashlib.sha256(content).hexdigest() != expected:
            raise BundleError(f"{path}: is not the file that {CARD} describes (sha256 differs); install the model anew")
        return content

    def _read_matrices(self) -> dict[str, NDArray[np.float32]]:
        self._read(MATRICES)
        try:
            with np.load(self.folder / MATRICES, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except (ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise BundleError(f"{self.folder / MATRICES}: not readable: {error}") from error

    def _check_fit(self, inputs: list[dict[str, Any]], outputs: list[dict[str, Any]], frontend: FrontEnd) -> None:
        path = self.folder / NETWORK
        if len(inputs) != 1 or len(outputs) != 1:
            raise BundleError(f"{path}: has {len(inputs)} inputs and {len(outputs)} outputs, not one of each")
        for tensor in (inputs[0], outputs[0]):
            if tensor["dtype"] is not np.float32:
                raise BundleError(f"{path}: works on {np.dtype(tensor['dtype'])}, but float32 is needed")
        asked = int(np.prod(inputs[0]["shape"]))
        given = self.card.window * frontend.width
        if asked != given:
            raise BundleError(
                f"{path}: wants {asked} numbers, but the card's window of {self.card.window} frames has {given}"
            )
        named, scored = len(self.card.labels), int(np.prod(outputs[0]["shape"]))
        if named != scored:
            raise BundleError(f"{path}: gives {scored} scores, but the card names {named} labels")


def _load_interpreter(network: bytes, path: Path) -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        try:
            from tflite_runtime.interpreter import Interpreter  # its predecessor, where that is what is installed
        except ImportError as error:
            raise BundleError("no TFLite runtime; install one with: pip install ai-edge-litert") from error
    try:
        interpreter = Interpreter(model_content=network, num_threads=1)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise BundleError(f"{path}: not a TFLite model that runs here: {str(error).splitlines()[0]}") from error
    return interpreter
