"""Skipped windows change nothing: neither the events, nor when they are reported."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird.audio.clock import Clock
from whipbird.audio.ring import Signal
from whipbird.engine.detector import Detector
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.timings import Timings
from whipbird.engine.worker import Worker
from whipbird.events.detection import Detection
from whipbird.events.settings import DebounceSettings
from whipbird.events.watched_labels import WatchedLabels
from whipbird.events.window_skipping import skip_rule
from whipbird.models.card import Card
from whipbird.models.frontends.raw import RawFrames, RawSettings
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird.sources.base import Source

RATE_HZ = 1000
HOP = 60
LABELS = ["_silence_", "yes", "no"]


class Written(WindowedNetwork):
    """A network whose scores are the first samples of the window's last hop."""

    def __init__(self, rule):
        self._window, self._hop, self._labels = 4 * HOP, HOP, len(LABELS)
        self._silence, self._skip_rule = np.zeros(1, np.float32), rule
        self._stride = rule.stride if rule else 1
        self._missing, self._embedding = 0, None
        self.scored = 0

    def score_window(self, window):
        self.scored += 1
        return window[-HOP:][: len(LABELS), 0].copy()


class Bundle:
    """A model with that network."""

    folder = Path()

    def __init__(self, debounce, report, against):
        self.card = Card(
            name="written", version="1", description="", labels=LABELS, sample_rate_hz=RATE_HZ, window=4 * HOP,
            hop_s=HOP / RATE_HZ, reference_s=0.12, report=report, frontend=RawSettings(), debounce=debounce,
            against=against, training=[], licence="", limits="", results={}, sha256={},
        )  # fmt: skip
        self.skip_rule = skip_rule(LABELS, debounce, against, HOP / RATE_HZ)
        self.network = Written(self.skip_rule)
        self.watched = WatchedLabels(LABELS, debounce, against)

    def frontend(self):
        return RawFrames()


def detections(model, sound, block, cuts=(), every=False):
    detector = Detector(
        model, "test", RATE_HZ, Clock(), Timings(), tap=(lambda hop: None) if every else None, block=block
    )
    found = [one for piece in np.split(sound, sorted(cuts)) for one in detector.process(piece)]
    return found + detector.finish(len(sound) / RATE_HZ)


a_label = st.builds(
    lambda smooth_s, on, off, release_s, min_s, refractory_s: DebounceSettings(
        smooth_s=smooth_s, on=on, off=off * on, release_s=release_s, min_s=min_s, refractory_s=refractory_s
    ),
    st.sampled_from([0.12, 0.18, 0.18, 0.2, 0.24, 0.37]),
    st.floats(0.75, 0.99),
    st.floats(0.2, 0.95),
    st.sampled_from([0.0, 0.1]),
    st.sampled_from([0.0, 0.1]),
    st.sampled_from([0.0, 0.2, 0.5]),
)
# How far a score is under 1, as a share of how far the threshold is: where a mean just reaches it, or just does not.
some_steps = st.lists(st.sampled_from([None, None, 0.0, 0.0, 0.0, 1.0, 1.9, 2.9, 3.9]), min_size=1, max_size=40)


def sound_of(scores, loud):
    """Sound with these scores written into its hops, which are loud or not."""
    sound = np.zeros((len(scores), HOP), np.float32)
    sound[:, len(LABELS) :] = np.random.default_rng(1).normal(0, 1, (len(scores), HOP - len(LABELS)))
    sound *= np.where(loud, 1, 1e-4)[:, None]
    sound[:, : len(LABELS)] = scores
    return sound.reshape(-1)


@settings(deadline=None, max_examples=300)
@given(data=st.data(), steps=some_steps, block=st.sampled_from([1, 1, 2, 3, 16]))
def test_nothing_is_missed_and_nothing_comes_later(data, steps, block):
    against, report = data.draw(st.sampled_from(["all", "unreported"])), data.draw(st.sampled_from(["begin", "end"]))
    own = data.draw(a_label)
    debounce = {"yes": own, "no": data.draw(st.one_of(st.just(own), a_label))}
    model = Bundle(debounce, report, against)
    scores = np.zeros((len(steps), len(LABELS)), np.float32)
    which = data.draw(st.lists(st.sampled_from([1, 1, 1, 2]), min_size=len(steps), max_size=len(steps)))
    for number, (step, label) in enumerate(zip(steps, which, strict=True)):
        own = 0.0 if step is None else max(0.0, 1 - step * (1 - debounce[LABELS[label]].on))
        scores[number, label], scores[number, 0] = own, 1 - own
    loud = data.draw(st.lists(st.booleans(), min_size=len(steps), max_size=len(steps)))
    sound = sound_of(scores, np.array(loud) | data.draw(st.booleans()))
    cuts = data.draw(st.lists(st.integers(0, len(sound)), max_size=10))
    every = detections(model, sound, block, every=True)
    assert detections(model, sound, block) == every
    assert detections(model, sound, block, cuts) == every


def test_the_bound_of_a_rule():
    """The bound is right: with a higher bound, a mean could reach its threshold while all scored windows are low."""
    rule = skip_rule(LABELS, {"yes": DebounceSettings(smooth_s=0.18, on=0.9)}, "all", 0.06)
    assert (rule.stride, rule.bound) == (3, pytest.approx(0.7, abs=1e-5))
    assert rule.is_low(np.array([1.0, 0.69, 1.0]))
    assert not rule.is_low(np.array([0.0, 0.7, 0.0]))
    assert rule.is_low(np.array([0.0, np.nan, 0.0]))


@pytest.mark.parametrize(
    "chosen", [{}, {"yes": (0.18, 0.6)}, {"yes": (0.1, 0.95)}, {"yes": (0.18, 0.95), "no": (0.0, 0.95)}]
)
def test_nothing_is_skipped_where_any_window_may_matter(chosen):
    debounce = {label: DebounceSettings(smooth_s=smooth_s, on=on) for label, (smooth_s, on) in chosen.items()}
    assert skip_rule(LABELS, debounce, "all", 0.06) is None


def test_most_windows_of_silence_are_skipped():
    model = Bundle({"yes": DebounceSettings(smooth_s=0.18, on=0.9)}, "begin", "all")
    detections(model, np.zeros(600 * HOP, np.float32), 1)
    assert 200 <= model.network.scored <= 220


class Dripping(Source):
    """A live source to whose ring the test writes."""

    def __init__(self):
        super().__init__(name="dripping", live=True, rate_hz=RATE_HZ, channels=1)


class Idle:
    """A worker in whose place the test advances the pipeline."""

    def __init__(self):
        self.signal = Signal()

    def add(self, pipeline):
        pass


def driven(model, sound, gap=0):
    """A pipeline to which sound came in drops of 20 ms, and how much had come when each event was published."""
    found = []

    def publish(report):
        if isinstance(report, Detection):
            found.append(pipeline.ring.position / RATE_HZ)

    pipeline, worker = Pipeline(Dripping(), [model], publish, worker=Idle()), Worker()
    for start in range(0, len(sound), 20):
        if gap and start == 4 * HOP:
            pipeline.ring.skip(gap, "test")
        pipeline.ring.write(sound[start : start + 20, None])
        while worker._advance((pipeline,)):
            pass
    return pipeline, found


@pytest.mark.parametrize("gap", [0, 60, 120, 180, 600])  # whole hops: the scores stay where they are
@pytest.mark.parametrize("first", range(9, 16))
def test_events_of_a_live_source_are_published_just_as_soon(first, gap):
    debounce = {"yes": DebounceSettings(smooth_s=0.18, on=0.9)}
    scores = np.zeros((40, len(LABELS)), np.float32)
    scores[first : first + 4, 1] = 1
    sound = sound_of(scores, np.ones(40, bool))
    every = Bundle(debounce, "begin", "all")
    every.skip_rule, every.network = None, Written(None)
    assert driven(Bundle(debounce, "begin", "all"), sound, gap)[1] == driven(every, sound, gap)[1]


def test_the_pipeline_never_waits_for_more_than_the_ring_can_hold():
    """However slow a model is, and however long it averages."""
    model = Bundle({"yes": DebounceSettings(smooth_s=30.0, on=0.999)}, "begin", "all")
    assert model.skip_rule.stride == 4
    pipeline, _ = driven(model, np.zeros(600 * HOP, np.float32))
    assert pipeline.lost_s == 0
    assert pipeline.heard_s > 35.5


def test_the_demo_gives_the_same_events_with_and_without_skipping(commands, demo):
    sound, rate_hz = soundfile.read(Path(demo), dtype="float32")
    assert commands.skip_rule is not None
    hop = commands.card.hop
    detectors = [Detector(commands, "demo", rate_hz, Clock(), Timings(), tap=tap) for tap in (None, lambda hop: None)]
    skipping, every = (
        [found for start in range(0, len(sound), hop) for found in one.process(sound[start : start + hop])]
        for one in detectors
    )
    assert len(every) > 5
    assert skipping == every
