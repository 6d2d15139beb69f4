"""Which recordings and events of a database or a scan count: those of some times, labels, sources and scores."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from operator import attrgetter
from pathlib import PurePath

from whipbird.activity.heard_recording import (
    FARTHEST_S,
    Events,
    HeardRecording,
    Listened,
    Recordings,
    ScoredEvent,
    Select,
    Target,
    Targets,
)
from whipbird.errors import WhipbirdError
from whipbird.text import choice, counted

__all__ = ["Selection"]


@dataclass(frozen=True)
class Selection:
    """What is selected; by default, everything.

    Attributes
    ----------
    since_s, until_s : float
        Sound and events from the first time on and before the second, in seconds from the start of 1970 in the
        recording's own time zone.
    labels : frozenset of str
        Labels or names of labels; empty for all.
    named : mapping of str to frozenset of str
        Labels with one of these names, see `whipbird.activity.installed_names`.
    sources : tuple of str
        Names or patterns of sources (microphones, feeds, folders) and of recordings; empty for all. A folder or
        recording may be named by the end of its path.
    least_score : float
        Events with a lower score are left out.
    shown : callable
        Name of a label for people, for errors about labels.
    """

    since_s: float = -math.inf
    until_s: float = math.inf
    labels: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()
    least_score: float = 0.0
    named: Mapping[str, frozenset[str]] = field(default_factory=dict)
    shown: Callable[[Target], str] = attrgetter("label")

    def selector(self, notify: Callable[[str], None] = lambda text: None) -> Select:
        """What selects the activity that counts; for ``notify``, see `recordings`."""

        def select(recordings: Recordings, listened: Listened, events: Events) -> tuple[Recordings, Listened, Events]:
            selected = self.recordings(recordings, notify)
            targets = [(number, target) for number, target in self.targets(listened) if number in selected]
            own = (
                one for one in events if self.has_event(recordings[one.recording], one) and one.recording in selected
            )
            return selected, targets, own

        return select

    @cached_property
    def _wanted(self) -> frozenset[str]:
        """The labels that are selected."""
        return self.labels.union(*(self.named.get(label, ()) for label in self.labels))

    @property
    def _any_time(self) -> bool:
        return self.since_s == -math.inf and self.until_s == math.inf

    def recordings(
        self, recordings: Mapping[int, HeardRecording], notify: Callable[[str], None] = lambda text: None
    ) -> dict[int, HeardRecording]:
        """The selected recordings, each with the part that was recorded in the selected time.

        Parameters
        ----------
        recordings : mapping
            By their numbers.
        notify : callable
            Gets a line about recordings that are left out because their time is not known.

        Raises
        ------
        WhipbirdError
            If a source is not there.
        """
        own = {number: one for number, one in recordings.items() if self._has_source(one)}
        for name in self.sources:
            if not any(_matches(one, name) for one in recordings.values()):
                raise WhipbirdError(f"no source {name!r}; {choice(name, _sources(recordings.values()))}")
        if self._any_time:
            return own
        unknown = sum(one.start_s is None for one in own.values())
        if unknown:
            notify(f"{counted(unknown, 'recording')} left out: when they started is not known")
        parts = {number: self._part(one) for number, one in own.items() if one.start_s is not None}
        return {number: part for number, part in parts.items() if part is not None}

    def targets(self, listened: Iterable[tuple[int, Targets]]) -> Iterator[tuple[int, Targets]]:
        """What was listened for in which recording, for the selected labels.

        Raises
        ------
        WhipbirdError
            If a label was not listened for in any recording.
        """
        selected: dict[Targets, Targets] = {}
        for number, targets in listened:
            if targets not in selected:
                selected[targets] = frozenset(
                    target for target in targets if not self.labels or target.label in self._wanted
                )
            if selected[targets]:
                yield number, selected[targets]
        known = {target for targets in selected for target in targets}
        labels = {target.label for target in known}
        for label in sorted(label for label in self.labels if not labels & {label, *self.named.get(label, ())}):
            names = labels.union(map(self.shown, known))
            raise WhipbirdError(f"{label!r} was not listened for; {choice(label, sorted(names))}")

    def has_event(self, recording: HeardRecording, event: ScoredEvent) -> bool:
        """Whether an event of a recording is selected."""
        if event.score < self.least_score or (self.labels and event.target.label not in self._wanted):
            return False
        if self._any_time:
            return True
        return recording.start_s is not None and self.since_s <= recording.start_s + event.begin_s < self.until_s

    def _has_source(self, recording: HeardRecording) -> bool:
        return not self.sources or any(_matches(recording, name) for name in self.sources)

    def _part(self, recording: HeardRecording) -> HeardRecording | None:
        """The part of a recording within the selected time; None if there is none."""
        assert recording.start_s is not None
        begin_s = max(0.0, self.since_s - recording.start_s)
        end_s = min(FARTHEST_S, self.until_s - recording.start_s)
        if end_s <= 0 or (begin_s and begin_s >= recording.elapsed_s):
            return None
        gaps = [
            (max(begin_s, gap_from_s), min(end_s, gap_until_s), reason)
            for gap_from_s, gap_until_s, reason in recording.gaps
            if gap_from_s < end_s and gap_until_s > begin_s
        ]
        return replace(recording, gaps=gaps, part=(begin_s, end_s))


def _matches(recording: HeardRecording, name: str) -> bool:
    """Whether a name or pattern is that of a recording or of its source, or the end of its path."""
    for path in filter(None, (recording.site.source, recording.path)):
        parts, wanted = PurePath(path).parts, PurePath(name).parts
        ends = PurePath(*parts[-len(wanted) :]).as_posix() if wanted else ""
        if name == path or fnmatchcase(path, name) or fnmatchcase(ends, PurePath(name).as_posix()):
            return True
    return False


def _sources(recordings: Iterable[HeardRecording]) -> list[str]:
    return sorted({one.site.source for one in recordings})
