"""``whipbird monitor`` as a user runs it, with samples of its memory and its state."""

from __future__ import annotations

import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import cpu_seconds, resident_mb, whipbird
from whipbird.station.state_file import read_state

__all__ = ["Monitored", "Sample", "growth_mb", "slope_mb"]

PATIENCE_S = 60.0


@dataclass(frozen=True)
class Sample:
    """A measurement of the process.

    Attributes
    ----------
    time_s : float
        Since the process was started.
    cpu_s : float
        Processor time that it has used.
    resident_mb : float
    own_mb : float
        Without memory backed by files, such as libraries.
    heard_s : float
        Of all sources, from its state.
    """

    time_s: float
    cpu_s: float
    resident_mb: float
    own_mb: float
    heard_s: float


class Monitored:
    """A station that runs from the start of the block to its end.

    Parameters
    ----------
    settings : Path
        In a folder for its log and, unless the settings say otherwise, its state ``state``.
    environment : dict, optional

    Attributes
    ----------
    samples : list of Sample
    """

    def __init__(self, settings: Path, environment: dict[str, str] | None = None) -> None:
        self.samples: list[Sample] = []
        self._folder = settings.parent
        self._log = self._folder / "log"
        self._begun_s = time.monotonic()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                whipbird("monitor", str(settings), "--plain"), env=environment, stdout=log, stderr=subprocess.STDOUT
            )

    def __enter__(self) -> Monitored:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def look(self) -> Sample:
        """Take another sample.

        Raises
        ------
        RuntimeError
            If the station has ended.
        """
        if self._process.poll() is not None:
            raise RuntimeError(f"the station has ended with exit code {self._process.returncode}: {self.log}")
        pid = self._process.pid
        heard_s = sum(source["heard_s"] for source in self.state().get("sources", []))
        passed_s = time.monotonic() - self._begun_s
        sample = Sample(passed_s, cpu_seconds(pid), resident_mb(pid), resident_mb(pid, files=False), heard_s)
        self.samples.append(sample)
        return sample

    def state(self) -> dict[str, Any]:
        """The state that it wrote last; empty before the first."""
        return read_state(self._folder / "state") or {}

    @property
    def log(self) -> str:
        """The messages that it has printed."""
        return self._log.read_text(encoding="utf-8")

    def stop(self) -> dict[str, Any]:
        """Stop it cleanly; returns its last state.

        Raises
        ------
        RuntimeError
            If it does not stop cleanly.
        """
        self._process.send_signal(signal.SIGTERM)
        if code := self._process.wait(PATIENCE_S):
            raise RuntimeError(f"the station ended with exit code {code}: {self.log}")
        return self.state()


def growth_mb(samples: list[Sample], kind: str) -> float:
    """Difference between the medians of the last and of the first tenth of the samples.

    Parameters
    ----------
    kind : str
        ``resident_mb`` or ``own_mb``.
    """
    tenth = max(1, len(samples) // 10)
    memory = [getattr(sample, kind) for sample in samples]
    return float(np.median(memory[-tenth:]) - np.median(memory[:tenth]))


def slope_mb(samples: list[Sample], by: str) -> float:
    """MB of the process's own memory for each unit of ``time_s`` or ``heard_s``, by least squares."""
    at = [getattr(sample, by) for sample in samples]
    return float(np.polyfit(at, [sample.own_mb for sample in samples], 1)[0]) if len(samples) > 1 else 0.0
