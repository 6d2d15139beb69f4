"""Base class of validated settings."""

from __future__ import annotations

from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
)

__all__ = ["Strict", "explain"]


class Strict(BaseModel):
    """Settings without unknown keys, which cannot be changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


EXPLANATIONS = {
    "missing": "is missing",
    "extra_forbidden": "is unknown",
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": 'must be a list, such as ["one", "other"]',
    "model_type": "must be a table",
    "finite_number": "must be a number",
    "too_short": "must not be empty",
}


def explain(error: Any) -> str:
    """What is wrong with a value, for people; from an error of `ValidationError.errors`."""
    message: str = error["msg"]
    return EXPLANATIONS.get(error["type"]) or message.removeprefix("Value error, ").replace("Input should", "must")
