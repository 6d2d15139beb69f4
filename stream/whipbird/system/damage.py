"""Errors that name the file whose contents led to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError
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
        raise WhipbirdError(f"{path}: is damaged: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """What is wrong, without the words of Python, which say nothing to a user."""
    if isinstance(error, JSONDecodeError):
        return f"no JSON in line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return "it holds bytes that are not UTF-8"
    if isinstance(error, MemoryError | RecursionError | OverflowError):
        return "it holds more than can be read"
    return message(str(error)) if type(error) is ValueError else "a value in it is missing or of the wrong kind"
