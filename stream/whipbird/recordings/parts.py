"""Read recordings that are made of several parts, or damaged, as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from whipbird.arrays import Floats
from whipbird.audio.gap import TRUNCATED, Gap
from whipbird.recordings.corrected.correction import plan_of
from whipbird.recordings.corrected.plan import DAMAGED, Part, Plan
from whipbird.recordings.libsndfile import Opened, by_libsndfile, reason

__all__ = ["open_parts"]


def open_parts(path: str, plan: Plan) -> Opened:
    """Open a recording as its plan says.

    Raises
    ------
    Exception
        Whatever soundfile raises if libsndfile cannot read the first part.
    """
    first = by_libsndfile(path, plan.parts[0])
    if not plan.is_final:
        late = _Late(path, first)
        return replace(first, read=late.read, close=late.close, problem=lambda: late.problem)
    if len(plan.parts) == 1 and not plan.parts[0].stand_ins and plan.parts[0].is_known:
        return first
    joined, other = [first], ""
    for part in plan.parts[1:]:
        try:
            opened = by_libsndfile(path, part)
        except Exception as error:  # whatever soundfile raises for a damaged file
            other = f"which cannot be read ({reason(error)})"
            break
        if (opened.rate_hz, opened.channels) != (first.rate_hz, first.channels):
            opened.close()
            form = f"at {opened.rate_hz} Hz with {opened.channels} channel{'s' * (opened.channels > 1)}"
            other = f"{form}, which is not processed"
            break
        joined.append(opened)
    for opened in joined[1:]:
        opened.close()
    return _Parts(path, plan.parts[: len(joined)], joined, other).opened()


class _Late:
    """Looks at all of an MP3 when it is read, and reads it in another way if something in it is damaged."""

    def __init__(self, path: str, opened: Opened) -> None:
        self._path, self._opened = path, opened
        self._is_known = False

    @property
    def problem(self) -> str:
        return self._opened.problem()

    def read(self, count: int) -> Floats | Gap:
        if not self._is_known:
            self._is_known = True
            with open(self._path, "rb") as file:
                plan = plan_of(file, self._path, is_walked=True)
            own = plan.parts[0].correction
            if len(plan.parts) > 1 or plan.parts[0].stand_ins or (own is not None and own.repairs):
                self._opened.close()
                self._opened = open_parts(self._path, plan)
        return self._opened.read(count)

    def close(self) -> None:
        self._opened.close()


class _Parts:
    """Reads one part after the other.

    Parameters
    ----------
    path : str
    parts : sequence of Part
    opened : sequence of Opened
        Each part, opened for its facts; the first is still open.
    other : str
        What the recording is that follows and is not read; empty if none does.
    """

    def __init__(self, path: str, parts: Sequence[Part], opened: Sequence[Opened], other: str) -> None:
        self._path, self._parts, self._facts = path, parts, opened
        self._current = opened[0]
        self._number = 0
        self._begin = 0  # of the part, in samples of the recording
        self._position = 0
        self._damaged = 0  # samples
        self._breaks: list[str] = []
        self._other = other

    def opened(self) -> Opened:
        """All parts as one."""
        first = self._facts[0]
        return replace(
            first,
            promised=self._sum(lambda own: own.promised),
            read=self.read,
            close=self.close,
            held=lambda: self._sum(lambda own: own.held()),
            slack=sum(own.slack for own in self._facts),
            seek=None,
            left_out=sum(own.left_out for own in self._facts),
            problem=self.problem,
        )

    def _sum(self, number: Callable[[Opened], int | None]) -> int | None:
        numbers = [number(own) for own in self._facts]
        return None if None in numbers else sum(own for own in numbers if own is not None)

    def problem(self) -> str:
        """What is not known of the recording, after it has been read."""
        rate_hz = self._facts[0].rate_hz
        is_known = all(part.is_known for part in self._parts)
        damaged = ""
        if self._damaged or not is_known:
            damaged = f"damaged: {'' if is_known else 'about '}{self._damaged / rate_hz:.2f} s cannot be decoded"
            damaged += "" if is_known else ", and nothing in the file says how much is missing"
        follows = ""
        if self._other:
            follows = f"another recording follows after {self._position / rate_hz:.2f} s, {self._other}"
        return "; ".join(filter(None, (damaged, *self._breaks, follows)))

    def read(self, count: int) -> Floats | Gap:
        """As `Opened.read`."""
        while True:
            is_last = self._number + 1 == len(self._parts)
            try:
                item = self._current.read(count)
                failure = ""
            except Exception as error:  # whatever soundfile raises for a damaged file
                if is_last:
                    raise
                item, failure = None, reason(error)
            if item is not None and (len(item) or is_last):
                self._position += len(item)
                if not isinstance(item, Gap):
                    return item
                self._damaged += len(item) if item.reason == DAMAGED else 0
                return Gap(self._position - len(item), self._position, item.reason)
            if missing := self._next_part(failure):
                self._position += missing
                return Gap(self._position - missing, self._position, TRUNCATED)

    def _next_part(self, failure: str) -> int:
        """Go on with the next part; returns how many samples were missing at the end of this one."""
        facts, begin, rate_hz = self._facts[self._number], self._begin, self._facts[0].rate_hz
        read = self._position - begin
        wanted = read if facts.promised is None else facts.promised + facts.left_out
        missing = wanted - read if wanted - read > facts.slack else 0
        if missing or failure:
            about = f" ({failure})" if failure else ""
            self._breaks.append(f"the part from {begin / rate_hz:.2f} s breaks off after {read / rate_hz:.2f} s{about}")
        self._current.close()
        self._number += 1
        self._current = by_libsndfile(self._path, self._parts[self._number])
        self._begin = self._position + missing
        return missing

    def close(self) -> None:
        self._current.close()
