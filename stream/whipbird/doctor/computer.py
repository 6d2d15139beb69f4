"""What whipbird finds on the computer: sound devices, folders, the terminal, and other programs."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from whipbird.doctor.finding import Finding, Status
from whipbird.errors import WhipbirdError
from whipbird.terminal.printing import has_screen

__all__ = ["folders", "microphone", "programs", "terminal"]

FOLDERS = (  # of platformdirs, and what whipbird keeps there
    ("data", "your models"),
    ("state", "what has been processed, messages to send, and the state of stations"),
    ("cache", "speech for training"),
)
LITTLE, TOO_LITTLE = 1 << 30, 100 << 20  # bytes of free disk: worth a note; too little to work with
PROGRAMS = (
    (
        "espeak-ng",
        "synthetic voices for 'whipbird train'",
        "sudo apt install espeak-ng",
    ),
)
NO_NEED = "recordings and network feeds need none"


def microphone() -> Iterator[Finding]:
    """Whether there is a microphone."""
    from whipbird.sources.devices import find_device, input_devices

    check = "microphone"
    try:
        devices = input_devices()
    except WhipbirdError as error:
        install = "sudo apt install libportaudio2" if "not installed" in str(error) else None
        yield Finding(check, Status.NOTE, f"no microphone can be used: {error}; {NO_NEED}", install)
        return
    if not devices:
        text = f"no microphone is connected, or this user may not use it; {NO_NEED}"
        yield Finding(check, Status.NOTE, text, "whipbird devices")
        return
    others = f"; {len(devices) - 1} more" if len(devices) > 1 else ""
    default = find_device(None)
    text = f"found {default.name} ({default.host}, {default.rate_hz} Hz){others}; whether it records:"
    yield Finding(check, Status.OK, text, "whipbird selftest")


def folders() -> Iterator[Finding]:
    """Whether whipbird's folders can be written to, and how much space is left."""
    from rich.filesize import decimal

    for kind, use in FOLDERS:
        try:
            folder = Path(getattr(platformdirs, f"user_{kind}_dir")("whipbird", appauthor=False))
        except RuntimeError as error:
            yield Finding(f"folder {kind}", Status.PROBLEM, f"no home folder ({error})", "export HOME=/path/to/home")
            return
        there = next(one for one in (folder, *folder.parents) if os.path.lexists(one))
        text = f"{folder} keeps {use}"
        if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
            reason = f"{there} is not a folder" if not there.is_dir() else f"you may not write to {there}"
            yield Finding(f"folder {kind}", Status.PROBLEM, f"{text}, but {reason}", f"ls -ld '{there}'")
            continue
        free = shutil.disk_usage(there).free
        text = f"{text}; {decimal(free)} free"
        if free < LITTLE:
            status = Status.PROBLEM if free < TOO_LITTLE else Status.NOTE
            yield Finding(f"folder {kind}", status, f"{text}, which is little", f"df -h '{there}'")
        else:
            yield Finding(f"folder {kind}", Status.OK, text)


def terminal() -> Iterator[Finding]:
    """What can be drawn on standard output."""
    from rich.console import Console

    check, encoding = "terminal", (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding != "utf8":
        text = f"the terminal's encoding is {sys.stdout.encoding}, which cannot show pictures and all names"
        yield Finding(check, Status.NOTE, text, "export PYTHONUTF8=1")
    elif not has_screen(sys.stdout):
        text = "standard output is no terminal to draw on, so commands print lines and no dashboard"
        yield Finding(check, Status.OK, text)
    else:
        console = Console()
        colours = {"standard": "16 colours", "256": "256 colours", "truecolor": "all colours", "windows": "16 colours"}
        shown = colours.get(console.color_system or "", "no colours")
        yield Finding(check, Status.OK, f"the terminal has {console.width} columns and {shown}")


def programs() -> Iterator[Finding]:
    """Programs that whipbird uses if they are there."""
    for name, use, install in PROGRAMS:
        if path := shutil.which(name):
            yield Finding(f"program {name}", Status.OK, f"{path} makes {use}")
        else:
            yield Finding(f"program {name}", Status.NOTE, f"{name} is not installed; it makes {use}", install)
