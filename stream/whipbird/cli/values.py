"""Parse the values of options that several commands share. A value that is wrong ends the command."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from whipbird.models.settings import RANGE_THRESHOLD
from whipbird.text import shortened

if TYPE_CHECKING:
    from datetime import tzinfo

    from whipbird.activity.installed_names import InstalledNames
    from whipbird.activity.selection import Selection
    from whipbird.engine.report_rules import Place
    from whipbird.engine.species_choice import SpeciesChoice
    from whipbird.events.thresholds import Thresholds
    from whipbird.models.model import Model

__all__ = [
    "choose_labels",
    "choose_thresholds",
    "in_option",
    "load_models",
    "parse_channel",
    "parse_place",
    "parse_selection",
    "parse_species",
    "parse_thresholds",
    "parse_time_s",
    "parse_time_zone",
]

CLOCK = re.compile(r"(?:(?P<hours>\d{1,9}):)?(?P<minutes>\d{1,9}):(?P<seconds>\d{1,9}(?:\.\d*)?)")
DATE = re.compile(r"[\dW-]+")  # in ISO 8601, without a time
SHOWN = 40  # characters of a value that is wrong


def load_models(
    names: list[str],
    sensitivity: str = "balanced",
    thresholds: Sequence[str] = (),
    hop_s: float | None = None,
    embeds: bool = False,
    language: str = "en",
) -> list[Model]:
    """Load models, each only once; ``thresholds`` are values of the option ``--threshold``.

    A hop is for those models that can have another than their own; it is an error if there is none.

    Raises
    ------
    BundleError
        If a model cannot be used, or two models have the same name.
    """
    from whipbird.models.bundle import locate, read_card
    from whipbird.models.cache import distinct, shared_model
    from whipbird.models.settings import ModelSettings

    free = names if hop_s is None else [name for name in names if read_card(locate(name)).has_free_hop]
    if hop_s is not None and not free:
        raise typer.BadParameter(f"--hop: the hop of {' and '.join(dict.fromkeys(names))} cannot be changed")
    chosen = choose_thresholds(thresholds, names, language)
    return distinct(
        shared_model(name, sensitivity, chosen, ModelSettings(hop_s if name in free else None, None, embeds))
        for name in names
    )


def choose_labels(labels: list[str], models: Sequence[Model], language: str = "en") -> frozenset[str] | None:
    """Labels to report, from any of their names; None for all."""
    from whipbird.engine.species_choice import names_of
    from whipbird.models.names import labels_named

    names = names_of(models, language)
    with in_option():
        return frozenset(label for text in labels for label in labels_named(text, names)) or None


def choose_thresholds(
    texts: Sequence[str], models: Sequence[str], language: str = "en", reported: bool = True
) -> Thresholds:
    """Thresholds from values of the option ``--threshold``, for labels by any of their names.

    Parameters
    ----------
    texts : sequence of str
    models : sequence of str
        Names of bundles, or their folders.
    language : str
    reported : bool
        Whether only labels that a model reports count.
    """
    from whipbird.models.bundle import locate, read_card
    from whipbird.models.names import LabelNames, thresholds_named

    given = parse_thresholds(texts)
    if not given.labels:
        return given
    names = [LabelNames(folder, read_card(folder), language) for folder in map(locate, models)]
    with in_option("--threshold: "):
        return thresholds_named(given, names, reported)


@contextmanager
def in_option(option: str = "") -> Iterator[None]:
    """Make an error about the value of an option of what is wrong with it, but not of what is wrong with a bundle."""
    from whipbird.errors import BundleError, WhipbirdError

    try:
        yield
    except BundleError:
        raise
    except WhipbirdError as error:
        raise typer.BadParameter(f"{option}{error}") from error


def parse_place(text: str | None, threshold: float = RANGE_THRESHOLD) -> Place | None:
    """A place, from latitude and longitude; None if none is given."""
    from whipbird.engine.report_rules import Place

    if text is None:
        return None
    try:
        latitude, longitude = map(float, text.split(","))
    except ValueError:
        latitude = longitude = math.nan
    place = Place(latitude, longitude, threshold)
    if not place.exists:
        raise typer.BadParameter(
            f"--place {shortened(text, SHOWN)!r}: give latitude and longitude in degrees, such as 47.6,8.2"
        )
    return place


def parse_species(
    models: Sequence[Model],
    language: str,
    place: str | None,
    range_threshold: float,
    include: Sequence[str],
    exclude: Sequence[str],
) -> SpeciesChoice:
    """The species to report, and the language of their names."""
    from whipbird.engine.species_choice import choose_species
    from whipbird.models.range_model import has_range
    from whipbird.terminal.printing import say

    where = parse_place(place, range_threshold)
    if where is not None and not any(has_range(model.card) for model in models):
        raise typer.BadParameter("--place: no chosen model has a range model")
    with in_option():
        return choose_species(models, language, where, include, exclude, say)


def parse_thresholds(texts: Sequence[str]) -> Thresholds:
    """Thresholds, each a score for all labels or ``LABEL=SCORE`` for one."""
    from whipbird.events.thresholds import Thresholds

    found: dict[str | None, float] = {}
    for text in texts:
        name, equals, number = text.rpartition("=")
        label = name if equals else None
        try:
            score = float(number)
        except ValueError:
            score = math.nan
        if not 0 < score < 1 or label == "":
            raise typer.BadParameter(
                f"--threshold {shortened(text, SHOWN)!r}: give a score between 0 and 1, or LABEL=SCORE, such as 0.8 or "
                "yes=0.8"
            )
        if label in found:
            what = "all labels" if label is None else repr(label)
            raise typer.BadParameter(f"--threshold {shortened(text, SHOWN)!r}: there is another threshold for {what}")
        found[label] = score
    every = found.pop(None, None)
    return Thresholds(every, tuple(sorted((label, score) for label, score in found.items() if label is not None)))


def parse_selection(
    since: str | None,
    until: str | None,
    labels: Sequence[str],
    sources: Sequence[str],
    least_score: float,
    names: InstalledNames,
) -> Selection:
    """What the options of reports and exports select."""
    from whipbird.activity.selection import Selection

    since_s = -math.inf if since is None else _moment_s(since, "--from")
    until_s = math.inf if until is None else _moment_s(until, "--to", end_of_day=True)
    if since_s >= until_s:
        raise typer.BadParameter(f"--to {until}: must be later than --from")
    return Selection(
        since_s, until_s, frozenset(labels), tuple(sources), least_score, names.labels(labels), names.shown
    )


def _moment_s(text: str, option: str, end_of_day: bool = False) -> float:
    """Seconds from the start of 1970 to a date or time on the same clock."""
    from datetime import datetime, timedelta

    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        hint = "; the folder for the files is given with --out" if option == "--to" else ""
        raise typer.BadParameter(
            f"{option} {shortened(text, SHOWN)!r}: give a date or time, such as 2024-05-01 or 2024-05-01T18:30{hint}"
        ) from None
    if moment.tzinfo is not None:
        raise typer.BadParameter(
            f"{option} {shortened(text, SHOWN)!r}: give the time without a zone; it is compared by each recording's "
            "own clock"
        )
    if end_of_day and DATE.fullmatch(text.strip()):
        moment += timedelta(days=1)
    return (moment - datetime(1970, 1, 1)).total_seconds()


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
