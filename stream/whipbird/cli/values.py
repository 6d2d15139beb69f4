"""Parse the values of options that several commands share. A value that is wrong ends the command."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import typer

from whipbird.text import shortened

if TYPE_CHECKING:
    from datetime import tzinfo

    from whipbird.models.model import Model

__all__ = ["choose_labels", "load_models", "parse_channel", "parse_time_s", "parse_time_zone"]

CLOCK = re.compile(r"(?:(?P<hours>\d{1,9}):)?(?P<minutes>\d{1,9}):(?P<seconds>\d{1,9}(?:\.\d*)?)")
SHOWN = 40  # characters of a value that is wrong


def load_models(names: list[str], sensitivity: str = "balanced") -> list[Model]:
    """Load models, each only once.

    Raises
    ------
    BundleError
        If a model cannot be used, or two models have the same name.
    """
    from whipbird.errors import BundleError
    from whipbird.models.cache import shared_model

    loaded: dict[str, Model] = {}
    for name in names:
        model = shared_model(name, sensitivity)
        other = loaded.setdefault(model.card.name, model)
        if other is not model:
            raise BundleError(
                f"{model.folder} and {other.folder} are both named {model.card.name!r}, "
                "so their events could not be distinguished; use only one of them"
            )
    return list(loaded.values())


def choose_labels(labels: list[str], models: list[Model]) -> frozenset[str] | None:
    """Labels to report; None for all."""
    if not labels:
        return None
    known = {label for model in models for label in model.card.debounce}
    unknown = [label for label in labels if label not in known]
    if unknown:
        raise typer.BadParameter(f"no chosen model reports {unknown[0]!r}; use one of {', '.join(sorted(known))}")
    return frozenset(labels)


def parse_channel(text: str) -> int | None:
    """Channel, counted from 1; None for the mix of all."""
    if text == "mix":
        return None
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) < 1:
        raise typer.BadParameter(f"channel {shortened(text, SHOWN)!r}: give a number from 1, or mix")
    return int(text)


def parse_time_zone(text: str | None) -> tzinfo | None:
    """Time zone; None if none is given."""
    from whipbird.recordings.metadata import zones

    try:
        return None if text is None else zones.time_zone(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def parse_time_s(text: str | None, option: str) -> float | None:
    """Time in seconds, from seconds, ``m:ss`` or ``h:mm:ss``, with an optional fraction; None if none is given."""
    if text is None:
        return None
    if match := CLOCK.fullmatch(text):
        return 3600 * int(match["hours"] or 0) + 60 * int(match["minutes"]) + float(match["seconds"])
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise typer.BadParameter(
            f"{option} {shortened(text, SHOWN)!r}: give seconds or hours:minutes:seconds, such as 90 or 0:01:30"
        )
    return seconds
