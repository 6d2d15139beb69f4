"""Extras: optional packages that only some commands need."""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from whipbird.errors import WhipbirdError

__all__ = ["FEATURES", "check_installed", "installation", "needs", "pip_install"]

FEATURES = {  # extras, and what each gives
    "feeds": "network feeds, and recordings other than WAV, FLAC, OGG and MP3",
    "outputs": "MQTT and webhooks",
    "alerts": "alerts to people by a station",
    "home": "wake words for Home Assistant",
    "inspect": "figures, and pictures of clips",
    "page": "'whipbird page', and the page of a station",
    "pandas": "tables of events in Python",
    "onnx": "models in ONNX files",
    "scan": "archives on many cores, and embeddings",
    "search": "searches in archives, several times as fast",
    "evaluate": "'whipbird evaluate' and 'whipbird calibrate'",
    "train": "'whipbird train'",
    "voices": "'whipbird train speak' and 'whipbird train word'",
}
ROOT = Path(__file__).parents[3]  # of the repository, if whipbird runs from one


def check_installed(extra: str, *modules: str) -> None:
    """Check that modules of an extra are installed, without importing them.

    Raises
    ------
    WhipbirdError
        If one of them is not installed; the message says how to install it.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise WhipbirdError(f"this command {needs(extra, *missing)}")


def needs(extra: str, *missing: str) -> str:
    """The end of a message about packages of an extra that are missing."""
    return f"needs more packages (missing: {', '.join(missing)}); install them with: {installation(extra)}"


def installation(extra: str, root: Path = ROOT, environment: Path | None = None) -> str:
    """The command that installs an extra for this Python.

    An installation from a repository stays one that runs the code there, so that updating the repository updates it.

    Parameters
    ----------
    root : Path
        Folder of the repository.
    environment : Path, optional
        Folder of the virtual environment; by default the one of this Python.
    """
    if not (root / "pyproject.toml").is_file():
        return pip_install(f"'whipbird[{extra}]'", environment)
    if (environment or Path(sys.prefix)) == root / ".venv":
        return f"make setup EXTRAS={extra} (in {root})"
    return pip_install(f"-e '{root}[{extra}]'")


def pip_install(words: str, environment: Path | None = None) -> str:
    """The command that installs packages for this Python: pip's, or that of what made an environment without pip.

    Parameters
    ----------
    words : str
        The packages, and options of pip.
    environment : Path, optional
        Folder of the virtual environment; by default the one of this Python.
    """
    folder = environment or Path(sys.prefix)
    if (folder / "pipx_metadata.json").is_file():
        return f"pipx runpip {folder.name} install {words}"
    if find_spec("pip") is None and shutil.which("uv") is not None:
        return f"uv pip install --python {sys.executable} {words}"
    return f"{sys.executable} -m pip install {words}"
