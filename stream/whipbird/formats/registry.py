"""All file formats of events and annotations.

A format is a module of this folder that defines a `FileFormat`, and an entry in `FORMATS`.
"""

from __future__ import annotations

from whipbird.formats.audacity import AUDACITY
from whipbird.formats.birdnet import BIRDNET
from whipbird.formats.csv_rows import CSV
from whipbird.formats.jsonl import JSONL
from whipbird.formats.raven import RAVEN

__all__ = ["FORMATS"]

FORMATS = (BIRDNET, CSV, JSONL, RAVEN, AUDACITY)
"""The first format with a fitting ending is used, so that ``.birdnet.csv`` precedes ``.csv``."""
