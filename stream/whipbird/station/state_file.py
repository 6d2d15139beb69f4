"""The state folder of a station: its ledgers, and the state file that other processes read.

``state.json`` is replaced as a whole every few seconds. ``lock`` is locked while the station runs: only one process can
run the station, and other processes can see whether it runs, even after a crash.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from whipbird.errors import WhipbirdError
from whipbird.system.lock import Lock, is_locked
from whipbird.system.regular_file import read_bounded
from whipbird.system.state_folder import make_private, user_state_folder
from whipbird.system.whole_file import whole_file

__all__ = [
    "STATE",
    "has_state",
    "is_running",
    "lock_station",
    "read_state",
    "safe_name",
    "state_folder",
    "state_folders",
    "write_state",
]

STATE, LOCK = "state.json", "lock"
LARGEST_STATE = 16 << 20  # bytes


class _Part(BaseModel):
    """Part of a state: what other processes read of it. There may be more."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class _Source(_Part):
    name: str
    state: str
    problem: str | None
    detail: str | None
    heard_s: float
    lost_s: float
    below_trigger_s: float = 0.0
    last_sound: str | None
    last_event: str | None
    last_label: str | None
    today: dict[str, int]
    drift_ppm: float | None


class _Output(_Part):
    name: str
    done: int | None
    backlog: int
    failing_s: float
    lost: int


class _State(_Part):
    station: str
    pid: int
    running: bool
    begun: str
    time: str
    sources: list[_Source]
    outputs: list[_Output]


def state_folder(name: str, given: str | None) -> Path:
    """State folder of a station: the one in its settings, otherwise a folder named after the station."""
    return Path(given) if given is not None else _root() / safe_name(name)


def state_folders() -> list[Path]:
    """State folders of all stations of this user."""
    root = _root()
    return sorted(folder for folder in root.iterdir() if has_state(folder)) if root.is_dir() else []


def safe_name(name: str) -> str:
    """Turn a name into a safe file name; different names give different file names."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "_", name).strip("_-")
    return plain if plain == name else f"{plain}_{hashlib.sha256(name.encode()).hexdigest()[:8]}".lstrip("_")


def _root() -> Path:
    return user_state_folder("the station's state", "set 'state' in [station] to a folder") / "monitor"


def lock_station(folder: Path) -> Lock:
    """Lock a station until the lock is closed or the process ends.

    Raises
    ------
    WhipbirdError
        If another process holds the lock, or the folder cannot be used.
    """
    try:
        make_private(folder)
        return Lock(folder / LOCK)
    except BlockingIOError as error:
        raise WhipbirdError(f"this station is already running (its state is in {folder})") from error
    except OSError as error:
        raise WhipbirdError(f"cannot write to {folder}: {error.strerror or error}") from error


def is_running(folder: Path) -> bool:
    """Whether a station is running, as far as this user may see."""
    return is_locked(folder / LOCK)


def write_state(folder: Path, state: dict[str, Any]) -> None:
    """Replace the state file as a whole; raises OSError."""
    with whole_file(folder / STATE) as file:
        file.write(json.dumps(state).encode())


def has_state(folder: Path) -> bool:
    """Whether a folder has a state file."""
    return os.path.isfile(folder / STATE)


def read_state(folder: Path) -> dict[str, Any] | None:
    """Return the state that was written last; None if there is none, or it is damaged or of another version."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        state: dict[str, Any] = json.loads(read_bounded(folder / STATE, LARGEST_STATE))
        _State.model_validate(state)
        return state
    return None
