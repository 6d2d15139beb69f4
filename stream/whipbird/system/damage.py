"""Errors that name the file whose contents led to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from whipbird.errors import WhipbirdError
from whipbird.system.strict import explain
from whipbird.text import message

__all__ = ["damage_of"]


@contextmanager
def damage_of(path: Path) -> Iterator[None]:
    """Report whatever the contents of a file lead to as damage of this file.

    Raises
    ------
    WhipbirdError
    """
    try:
        yield
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise WhipbirdError(f"{path}: is damaged: {'.'.join(map(str, first['loc']))}: {explain(first)}") from error
    except (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError) as error:
        raise WhipbirdError(f"{path}: is damaged: {message(f'{type(error).__name__}: {error}')}") from error
