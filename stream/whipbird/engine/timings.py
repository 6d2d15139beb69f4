"""Time spent in each stage of the pipeline; always measured, which costs a microsecond per hop."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter_ns

__all__ = ["STAGES", "StageTime", "Timings"]

STAGES = ("queueing", "resampling", "features", "model", "debouncing")


@dataclass(slots=True)
class StageTime:
    """Time spent in one stage.

    Attributes
    ----------
    count : int
        How often it ran.
    total_s : float
    """

    count: int = 0
    total_s: float = 0.0

    def add(self, seconds: float) -> None:
        self.count += 1
        self.total_s += seconds

    @property
    def mean_s(self) -> float:
        return self.total_s / self.count if self.count else 0.0


@dataclass(slots=True)
class Timings:
    """A `StageTime` for each of `STAGES`, and a clock that is read once between stages.

    Queueing is how long sound waited in the ring; the other stages are times of work.
    """

    stages: dict[str, StageTime] = field(default_factory=lambda: {stage: StageTime() for stage in STAGES})
    _mark_ns: int = 0

    def start(self) -> None:
        """Start to measure a stage."""
        self._mark_ns = perf_counter_ns()

    def lap(self, stage: str) -> None:
        """End this stage, and start the next."""
        now_ns = perf_counter_ns()
        self.stages[stage].add((now_ns - self._mark_ns) / 1e9)
        self._mark_ns = now_ns
