"""What is reported of a model's events, and under which names.

Species are reported if they are in the range of a place or in a list to include, and not in a list to exclude. Without
a place and a list to include, all are. The range is that of the week in which the event was recorded, or of the whole
year if that is not known. Labels that are no species (`Card.not_species`) are neither of a range nor to be included;
they can only be excluded.

Species can also be held back while a label is heard, such as a dog: then events are not reported that overlap a window
in which the label has this score, or that start within some time after it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from whipbird.engine.detector import ScoredHop
from whipbird.events.detection import Detection
from whipbird.models.card import Card
from whipbird.models.names import LabelNames
from whipbird.models.range_model import WHOLE_YEAR, has_range, range_scores, week_of
from whipbird.models.settings import RANGE_THRESHOLD

__all__ = ["HeldTimes", "HoldBack", "Place", "ReportRules"]

MOST_SPANS = 1000  # times that are kept, the latest


@dataclass(frozen=True)
class Place:
    """A place, and how likely a species must be there.

    Attributes
    ----------
    latitude, longitude : float
        Degrees north and east.
    threshold : float
        Least probability.
    """

    latitude: float
    longitude: float
    threshold: float = RANGE_THRESHOLD

    @property
    def exists(self) -> bool:
        """Whether there is such a place on Earth."""
        return abs(self.latitude) <= 90 and abs(self.longitude) <= 180


@dataclass(frozen=True)
class HoldBack:
    """Labels during which species are not reported.

    Attributes
    ----------
    scores : mapping of str to float
        Least score by label.
    after_s : float
        Seconds for which species are held back after such a window.
    """

    scores: Mapping[str, float]
    after_s: float = 0.0


class ReportRules:
    """Rules for the events of one model; they may be shared by sources.

    Parameters
    ----------
    names : LabelNames
        Of the model.
    place : Place, optional
        Ignored if the model has no range model.
    include : collection of str, optional
        Labels.
    exclude : collection of str
        Labels.
    hold_back : HoldBack, optional

    Attributes
    ----------
    names : LabelNames
    hold_back : HoldBack or None
    unknown_time_told : bool
        Whether it has been said that the species of the whole year count, or need not be said.
    """

    def __init__(
        self,
        names: LabelNames,
        place: Place | None = None,
        include: Collection[str] | None = None,
        exclude: Collection[str] = (),
        hold_back: HoldBack | None = None,
    ) -> None:
        card = names.card
        self.names = names
        self.hold_back = hold_back
        self._place = place if has_range(card) else None
        self._include = None if include is None else frozenset(include)
        self._exclude = frozenset(exclude)
        self._other = frozenset(card.not_species)
        self._by_week: dict[int, frozenset[str]] = {}
        self.unknown_time_told = False

    def lacks_time_of(self, event: Detection) -> bool:
        """Whether an event is the first whose time matters and is not known."""
        if self.unknown_time_told or self._place is None or event.shown_time is not None or event.label in self._other:
            return False
        self.unknown_time_told = True
        return True

    def allows(self, event: Detection) -> bool:
        """Whether an event is of a label that is reported at its time.

        Raises
        ------
        BundleError
            If the range model cannot be used.
        """
        return event.label in self.labels_at(event.shown_time)

    def labels_at(self, time: datetime | None) -> frozenset[str]:
        """Labels that are reported at a time, or if it is not known; see `allows`."""
        week = WHOLE_YEAR if time is None or self._place is None else week_of(time.date())
        known = self._by_week.get(week)
        if known is None:
            known = self._by_week[week] = self.species(week) | (self._other - self._exclude)
        return known

    def species(self, week: int) -> frozenset[str]:
        """The species that are reported in a week; see `whipbird.models.range_model`."""
        card, place = self.names.card, self._place
        found = self._include or frozenset()
        if place is not None:
            scores = range_scores(self.names.folder, card, place.latitude, place.longitude, [week])[0]
            found |= {card.labels[number] for number in (scores >= place.threshold).nonzero()[0]}
        elif self._include is None:
            found = frozenset(card.labels)
        return found - self._exclude - self._other

    def as_object(self) -> dict[str, object]:
        """What determines which events are reported, for JSON; empty if nothing is left out."""
        found: dict[str, object] = {}
        if self._place is not None:
            found["place"] = [self._place.latitude, self._place.longitude, self._place.threshold]
        if self._include is not None:
            found["include"] = sorted(self._include)
        if self._exclude:
            found["exclude"] = sorted(self._exclude)
        if self.hold_back is not None:
            found["hold_back"] = [dict(sorted(self.hold_back.scores.items())), self.hold_back.after_s]
        return found


class HeldTimes:
    """The times of one source in which the species of a model are held back: a tap of its scores."""

    def __init__(self, rules: HoldBack, card: Card) -> None:
        self._watched = [(card.labels.index(label), score) for label, score in rules.scores.items()]
        self._after_s = rules.after_s
        self._other = frozenset((*card.not_species, *rules.scores))
        self._spans: deque[tuple[float, float]] = deque(maxlen=MOST_SPANS)  # by time; those that touch are one

    def __call__(self, hop: ScoredHop) -> None:
        """Take the scores of a hop."""
        if not any(hop.scores[number] >= score for number, score in self._watched):
            return
        since_s, until_s = hop.since_s, hop.until_s + self._after_s
        if self._spans and since_s <= self._spans[-1][1]:
            since_s = self._spans.pop()[0]
        self._spans.append((since_s, until_s))

    def holds(self, event: Detection) -> bool:
        """Whether an event is held back."""
        if event.label in self._other:
            return False
        return any(event.begin_s < until_s and event.end_s > since_s for since_s, until_s in reversed(self._spans))
