"""Thresholds that are given for a run, in place of those of a model's card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from whipbird.events.settings import DebounceSettings

__all__ = ["NO_THRESHOLDS", "Thresholds"]


@dataclass(frozen=True)
class Thresholds:
    """Scores, between 0 and 1, at which events start.

    Attributes
    ----------
    every : float or None
        For all labels; None leaves them as they are.
    labels : tuple of (str, float)
        For single labels, in place of that for all.
    """

    every: float | None = None
    labels: tuple[tuple[str, float], ...] = ()

    def __bool__(self) -> bool:
        return self.every is not None or bool(self.labels)

    def of(self, label: str) -> float | None:
        """The threshold of a label; None if there is none."""
        return dict(self.labels).get(label, self.every)

    def applied_to(self, settings: Mapping[str, DebounceSettings]) -> dict[str, DebounceSettings]:
        """Settings by label with these thresholds: ``off`` keeps its ratio to ``on``, and times stay as they are."""
        return {label: _with_threshold(one, self.of(label)) for label, one in settings.items()}


NO_THRESHOLDS = Thresholds()


def _with_threshold(settings: DebounceSettings, on: float | None) -> DebounceSettings:
    return settings if on is None else settings.model_copy(update={"on": on, "off": on * settings.off / settings.on})
