"""Values of settings: reading paths, times, sizes and secrets, and explaining errors.

Passwords and tokens come from a file or from the environment, never from the command line, which every user of the
computer can read.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ByteSize,
    ConfigDict,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from whipbird.errors import OutputError
from whipbird.system.regular_file import read_bounded

__all__ = ["Duration", "PathText", "Size", "StrictTable", "absolute", "read_secret", "seconds_of", "several"]

SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
LARGEST_SECRET = 1 << 16  # bytes
AMOUNT = re.compile(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]+)\s*", re.ASCII | re.IGNORECASE)


def several(value: Any) -> Any:
    """Accept a text instead of a list with one item."""
    return [value] if isinstance(value, str) else value


def absolute(text: str, info: ValidationInfo) -> str:
    """Make a path absolute, relative to the ``base`` folder of the context; without one, return it unchanged."""
    if not text or "\0" in text:
        raise ValueError("must be a path")
    if (base := (info.context or {}).get("base")) is None:
        return text
    return os.path.normpath(os.path.join(os.path.abspath(base), os.path.expanduser(text)))


def seconds_of(value: Any) -> float:
    """Read a time in seconds, such as ``90s``, ``15min``, ``12h``, ``30d`` or ``4w``."""
    found = AMOUNT.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[2].lower() not in SECONDS:
        raise ValueError(f"{value!r}: give a time such as 12h or 30d (units: {', '.join(SECONDS)})")
    return float(found[1]) * SECONDS[found[2].lower()]


def _size(value: Any, parse: ValidatorFunctionWrapHandler) -> Any:
    """Read a size in bytes, such as ``500MB`` or ``2GB``, with powers of ten; a number without a unit is refused."""
    try:
        if isinstance(value, ByteSize) or (isinstance(value, str) and AMOUNT.fullmatch(value)):
            return parse(value)
    except ValidationError:  # an unknown unit
        pass
    raise ValueError(f"{value!r}: give a size such as 500MB or 2GB (units: kB, MB, GB, TB)")


def read_secret(path: str | None, variable: str) -> str | None:
    """Read the first line of a file, or an environment variable if ``path`` is None; None without either.

    Raises OutputError if the file cannot be read or its first line is empty.
    """
    if path is None:
        return os.environ.get(variable) or None
    try:
        line = read_bounded(Path(path), LARGEST_SECRET).decode().partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"{path}: {getattr(error, 'strerror', None) or 'is not text'}") from error
    if not line:
        raise OutputError(f"{path}: the first line is empty")
    if not line.isprintable():
        raise OutputError(f"{path}: the first line has control characters")
    return line


PathText = Annotated[str, AfterValidator(absolute)]
Duration = Annotated[float, PlainValidator(seconds_of)]
Size = Annotated[ByteSize, WrapValidator(_size)]


class StrictTable(BaseModel):
    """A table of settings that refuses unknown keys and does not convert values."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)
