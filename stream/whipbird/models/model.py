"""Models: finding bundles, loading them, running their networks.

A bundle is a folder (see `whipbird.models.card`). Shipped ones lie in the package, a user's own in the folder for
application data (``whipbird/models``, see `user_folder`); a user's bundle hides a shipped one of the same name.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from functools import cached_property

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import BundleError
from whipbird.events.window_skipping import skip_rule
from whipbird.models.bundle import CARD, MATRICES, NETWORK, STEPS, locate, read_card
from whipbird.models.card import BALANCED
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.frontends.build import make_frontend
from whipbird.models.frontends.settings import RawSettings
from whipbird.models.networks.base import Network
from whipbird.models.networks.windowed import StreamingNetwork, WindowedNetwork

__all__ = ["Model"]


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
    network : Network
        What runs it on streams.
    sparing : Sparing or None
        Which of its windows can be left out while nothing happens.
    """

    def __init__(self, name: str, sensitivity: str = BALANCED) -> None:
        self.folder = locate(name)
        try:
            self.card = read_card(self.folder).at(sensitivity)
        except ValueError as error:
            raise BundleError(str(error)) from error
        card, streaming = self.card, self.card.kind == "streaming"
        self.sparing = None if streaming else skip_rule(card.labels, card.debounce, card.against, card.hop_s)
        content = self._read(STEPS if streaming else NETWORK)
        self._matrices = {} if isinstance(self.card.frontend, RawSettings) else self._read_matrices()
        self.network: Network = self._step_network(content) if streaming else self._window_network(content)

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

    @cached_property
    def windows(self) -> WindowedNetwork:
        """What runs it on single windows."""
        if isinstance(self.network, WindowedNetwork):
            return self.network
        return self._window_network(self._read(NETWORK))

    def _window_network(self, content: bytes) -> WindowedNetwork:
        card, silence = self.card, self.frontend().silence()
        path, labels = self.folder / NETWORK, len(card.labels)
        return WindowedNetwork(content, path, card.window, card.hop_frames, labels, silence, self.sparing)

    def _step_network(self, content: bytes) -> StreamingNetwork:
        card, silence = self.card, self.frontend().silence()
        return StreamingNetwork(content, self.folder / STEPS, card.window, card.hop_frames, len(card.labels), silence)

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

    def _read_matrices(self) -> dict[str, Floats]:
        self._read(MATRICES)
        try:
            with np.load(self.folder / MATRICES, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except (ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise BundleError(f"{self.folder / MATRICES}: not readable: {error}") from error
