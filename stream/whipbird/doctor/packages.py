"""Python, the packages that whipbird needs, and its extras."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib import import_module, metadata

from packaging.requirements import Requirement

from whipbird import __version__
from whipbird.doctor.finding import Finding, Status
from whipbird.system.extras import FEATURES, installation, pip_install

__all__ = ["extras", "packages", "python"]

TESTED = ((3, 11), (3, 13))  # first and last version of Python
LIBRARIES = ("numpy", "soundfile", "soxr")  # modules with native code, which can be installed and yet not load


def python() -> Iterator[Finding]:
    """The versions of Python and whipbird."""
    text = f"whipbird {__version__} runs on Python {platform.python_version()} ({sys.executable})"
    if TESTED[0] <= sys.version_info[:2] <= TESTED[1]:
        yield Finding("python", Status.OK, text)
    else:
        yield Finding("python", Status.NOTE, f"{text}, with which it is not tested; 3.11 to 3.13 are")


def packages() -> Iterator[Finding]:
    """The packages that whipbird always needs."""
    found, whole = [], True
    for name in _required():
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            whole = False
            yield Finding("packages", Status.PROBLEM, f"{name} is not installed", pip_install(name))
    for module in LIBRARIES:
        try:
            import_module(module)
        except Exception as error:  # whatever a damaged package raises
            whole = False
            text = f"{module} is installed but cannot be loaded: {error}"
            yield Finding("packages", Status.PROBLEM, text, pip_install(f"--force-reinstall {module}"))
    if whole:
        yield Finding("packages", Status.OK, f"all needed packages are installed: {', '.join(found)}")


def extras() -> Iterator[Finding]:
    """Which extras are installed, and what the others would give."""
    for extra, feature in FEATURES.items():
        missing = [name for name in _required(extra) if not _is_installed(name)]
        check = f"extra {extra}"
        if missing:
            text = f"{extra} is not installed (missing: {', '.join(missing)}); it gives {feature}"
            yield Finding(check, Status.NOTE, text, installation(extra))
        else:
            yield Finding(check, Status.OK, f"{extra} is installed: {feature}")


def _required(extra: str = "") -> Iterator[str]:
    """Names of the packages that this computer needs always, or for an extra alone."""
    for one in map(Requirement, metadata.requires("whipbird") or ()):
        is_needed = {name: one.marker is None or one.marker.evaluate({"extra": name}) for name in ("", extra)}
        if is_needed[extra] and not (extra and is_needed[""]):
            yield one.name


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
