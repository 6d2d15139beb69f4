"""A segment: sound without a gap that ends it, with the resamplers and detectors that process it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from whipbird.arrays import Floats
from whipbird.audio.resample import Resampler
from whipbird.engine.detector import Detector, ScoreTap
from whipbird.engine.grid import block_hops, paced_hops
from whipbird.engine.shared_features import SharedFeatures
from whipbird.engine.timings import Timings
from whipbird.events.detection import Detection
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.model import Model
from whipbird.sources.base import Source

__all__ = ["Segment"]


class Segment:
    """Resamples one segment of a source once for each rate that a model needs, and hands it to the detectors.

    Parameters
    ----------
    source : Source
    models : sequence of Model
    start : int
        Absolute number of the first sample.
    timings : Timings
    labels : collection of str, optional
        Report only these.
    taps : sequence of callable or None
        One for each model.

    Attributes
    ----------
    detectors : list of Detector
        One for each model.
    """

    def __init__(
        self,
        source: Source,
        models: Sequence[Model],
        start: int,
        timings: Timings,
        labels: frozenset[str] | None,
        taps: Sequence[ScoreTap | None],
    ) -> None:
        self._models = models
        self._timings = timings
        start_s = source.begin_s if start == 0 else 0
        self._resamplers = {
            rate_hz: Resampler(source.rate_hz, rate_hz, start_s) for rate_hz in {m.card.sample_rate_hz for m in models}
        }
        frontends = _frontends(models)
        self.detectors = [
            Detector(
                model,
                source.name,
                source.rate_hz,
                source.clock,
                timings,
                start=0 if start_s else source.first + start,
                labels=labels,
                tap=tap,
                block=(paced_hops if source.paced else block_hops)(model.card.hop_s),
                hops=start_s * model.card.sample_rate_hz // model.card.hop,
                frontend=frontend,
            )
            for model, tap, frontend in zip(models, taps, frontends, strict=True)
        ]

    def push(self, samples: Floats) -> None:
        """Hand the next samples of the source, shape (n,), to the detectors."""
        timings = self._timings
        resampled = {}
        for rate_hz, resampler in self._resamplers.items():
            timings.start()
            resampled[rate_hz] = resampler.push(samples)
            timings.lap("resampling")
        for detector, model in zip(self.detectors, self._models, strict=True):
            detector.push_samples(resampled[model.card.sample_rate_hz])

    def finish(self, end_s: float) -> Iterator[list[Detection]]:
        """Process the rest of the segment, which ends here, in seconds from the start of the source; yield events."""
        for rate_hz, resampler in self._resamplers.items():
            rest = resampler.finish()
            for detector, model in zip(self.detectors, self._models, strict=True):
                if model.card.sample_rate_hz == rate_hz:
                    yield detector.process(rest)
                    yield detector.finish(end_s)


def _frontends(models: Sequence[Model]) -> list[FrontEnd]:
    """A front end for each model; those with the same features share them."""
    alike = Counter(model.features for model in models)
    shared = {
        model.features: SharedFeatures(model.frontend())
        for model in models
        if alike[model.features] > 1 and model.card.step > 1  # samples are not computed
    }
    return [shared[model.features].reader() if model.features in shared else model.frontend() for model in models]
