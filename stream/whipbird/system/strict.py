"""Base class of validated settings."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = ["Strict", "explain", "plain_english"]


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


PLAIN_ENGLISH = (  # instead of what pydantic says
    (r"Value error, ", ""),
    (r"Input should be a valid (?:number|decimal).*", "must be a number"),
    (r"Input should be a valid integer.*", "must be a whole number"),
    (r"Input should be a valid string.*", "must be text in quotes"),
    (r"Input should ", "must "),
)


def explain(error: Any) -> str:
    """What is wrong with a value, for people; from an error of `ValidationError.errors`."""
    return EXPLANATIONS.get(error["type"]) or plain_english(error["msg"])


def plain_english(text: str) -> str:
    """A message of pydantic in words that users know."""
    for pattern, words in PLAIN_ENGLISH:
        text = re.sub(f"^{pattern}", words, text)
    return text
