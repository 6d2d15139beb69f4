"""What a station keeps between two runs and shows to others: a folder with its ledgers and its state.

``state.json`` is written anew every few seconds, whole; ``lock`` is locked while the station runs, so that no two run
at once and others can tell whether one does, whatever became of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from stream.errors import WhipbirdError
from stream.user_state import user_state_folder

__all__ = ["Lock", "is_running", "read_state", "state_folder", "state_folders", "write_state"]

STATE, LOCK = "state.json", "lock"


def state_folder(name: str, given: str | None) -> Path:
    """The folder of a station.

    Parameters
    ----------
    name : str
        Of the station.
    given : str or None
        Where the settings place it.
    """
    return Path(given) if given is not None else _root() / key(name)


def state_folders() -> list[Path]:
    """Those of all stations of this user."""
    root = _root()
    return sorted(folder for folder in root.iterdir() if (folder / STATE).is_file()) if root.is_dir() else []


def key(name: str) -> str:
    """A name as one of a file: another for every other name."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "_", name).strip("_")
    return plain if plain == name else f"{plain}_{hashlib.sha256(name.encode()).hexdigest()[:8]}".lstrip("_")


def _root() -> Path:
    return user_state_folder("the station's state", "give [station] a folder for it") / "monitor"


class Lock:
    """Holds a station's lock until it is closed, or the process ends.

    Raises
    ------
    WhipbirdError
        If another process does, or the folder cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = open(folder / LOCK, "a+b")  # noqa: SIM115
        except OSError as error:
            raise WhipbirdError(f"cannot write into {folder}: {error.strerror or error}") from error
        if not _lock(self._file):
            self._file.close()
            raise WhipbirdError(f"this station runs already (its state is in {folder})")

    def close(self) -> None:
        """Let go of it."""
        self._file.close()


def is_running(folder: Path) -> bool:
    """Whether a process holds the lock."""
    try:
        with open(folder / LOCK, "rb") as file:
            return not _lock(file)
    except OSError:
        return False


def write_state(folder: Path, state: dict[str, Any]) -> None:
    """Write the state, whole.

    Raises
    ------
    OSError
    """
    part = folder / f".{STATE}"
    part.write_text(json.dumps(state))
    os.replace(part, folder / STATE)


def read_state(folder: Path) -> dict[str, Any] | None:
    """The state that was written last; None if there is none."""
    with contextlib.suppress(OSError, ValueError):
        state = json.loads((folder / STATE).read_text())
        if isinstance(state, dict):
            return state
    return None


def _lock(file: IO[bytes]) -> bool:
    with _refusals() as refused:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return not refused


@contextlib.contextmanager
def _refusals() -> Iterator[list[OSError]]:
    refused: list[OSError] = []
    try:
        yield refused
    except OSError as error:
        refused.append(error)
