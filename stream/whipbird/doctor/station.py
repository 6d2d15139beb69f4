"""The settings of a station, checked as ``whipbird monitor --check`` checks them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from whipbird.doctor.finding import Finding, Status
from whipbird.errors import WhipbirdError
from whipbird.station.settings.check import warnings
from whipbird.station.station import prepare
from whipbird.text import counted

__all__ = ["station"]


def station(path: Path) -> Iterator[Finding]:
    """Whether the settings are valid, and whether what they name is there."""
    again = f"whipbird monitor {shlex.quote(str(path))} --check"
    try:
        settings, _ = prepare(path)
    except WhipbirdError as error:
        yield Finding("station", Status.PROBLEM, str(error), again)
        return
    missing = list(warnings(settings))
    for text in missing:
        yield Finding("station", Status.PROBLEM, f"{path}, {text}", again)
    if not missing:
        text = f"{path}: the settings are valid, and {counted(len(settings.source), 'source')} can be used"
        yield Finding("station", Status.OK, text, f"whipbird monitor {shlex.quote(str(path))}")
