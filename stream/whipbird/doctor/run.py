"""All checks, one after the other. A check that breaks down becomes a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path

from whipbird.doctor.finding import Finding, Status
from whipbird.errors import error_text

__all__ = ["examine"]

CHECKS = (  # modules of this room, imported one by one, since what they need may be damaged, and their functions
    ("packages", ("python", "packages")),
    ("models", ("detection", "models")),
    ("computer", ("microphone", "folders", "terminal", "programs")),
    ("packages", ("extras",)),
)


def examine(station: Path | None = None) -> Iterator[Finding]:
    """Run all checks, and that of a station's settings file if one is given."""
    for module, names in CHECKS:
        for name in names:
            yield from _guarded(name, partial(_check, module, name))
    if station is not None:
        yield from _guarded("station", partial(_check, "station", "station", station))


def _check(module: str, name: str, *arguments: Path) -> Iterator[Finding]:
    check: Callable[..., Iterator[Finding]] = getattr(import_module(f"whipbird.doctor.{module}"), name)
    yield from check(*arguments)


def _guarded(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as error:  # a damaged package raises anything
        yield Finding(name, Status.PROBLEM, f"this cannot be checked: {error_text(error)}")
