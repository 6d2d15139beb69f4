"""Files that come with whipbird: inside an installed package, or elsewhere in a source checkout."""

from __future__ import annotations

from pathlib import Path

__all__ = ["demo_recording", "shipped"]

PACKAGE = Path(__file__).resolve().parents[1]


def shipped(installed: str, checkout: str, package: Path = PACKAGE) -> Path:
    """Path of what is ``installed`` in the package, or in ``checkout`` of the repository."""
    inside = package / installed
    return inside if inside.exists() else package.parents[1] / checkout


def demo_recording() -> Path:
    """Recording of synthetic voices, which say the words of the model ``commands``."""
    return shipped("demo.flac", "examples/demo.flac")
