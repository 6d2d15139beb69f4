"""Windows that begin with the recording: which there are, how they end, and what becomes of events."""

from itertools import pairwise

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from made_archive import words
from whipbird.audio.clock import Clock
from whipbird.engine.detector import Detector
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.timings import Timings
from whipbird.events.detection import Detection
from whipbird.events.settings import DebounceSettings
from whipbird.events.watched_labels import WatchedLabels
from whipbird.models.card import Card
from whipbird.models.frontends.raw import RawFrames, RawSettings
from whipbird.models.model import Model
from whipbird.models.networks.windowed import WindowedState
from whipbird.models.settings import ModelSettings
from whipbird.scan.shards import PieceSpan
from whipbird.scan.workers.boundaries import cut_grid_s
from whipbird.scan.workers.process_recording import process_recording
from whipbird.sources.base import Source
from whipbird.sources.ring_writer import write_block
from whole_windows import RATE_HZ, WINDOW_S, whole_bundle


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return whole_bundle(tmp_path_factory.mktemp("models") / "whole")


@pytest.fixture(scope="module")
def model(folder):
    return Model(str(folder))


def heard(model, sound, cuts=(), block=1):
    """Detections and scored hops of sound at the model's rate, cut into pieces."""
    hops = []
    detector = Detector(model, "test", RATE_HZ, Clock(), Timings(), tap=hops.append, block=block)
    found = [one for piece in np.split(sound, sorted(cuts)) for one in detector.process(piece)]
    return found + detector.finish(len(sound) / RATE_HZ), hops


def spans(hops):
    return [(round(hop.begin_s, 6), round(hop.heard_s, 6)) for hop in hops]


@pytest.mark.parametrize(
    ("seconds", "hop_s", "expected"),
    [
        (2.0, 0.5, [(0.0, 1.0), (0.5, 1.5), (1.0, 2.0)]),
        (2.1, 0.5, [(0.0, 1.0), (0.5, 1.5), (1.0, 2.0), (1.5, 2.1)]),
        (2.0, 1.0, [(0.0, 1.0), (1.0, 2.0)]),
        (2.29, 1.0, [(0.0, 1.0), (1.0, 2.0)]),
        (2.3, 1.0, [(0.0, 1.0), (1.0, 2.0), (2.0, 2.3)]),
        (2.0, 0.7, [(0.0, 1.0), (0.7, 1.7), (1.4, 2.0)]),
        (0.5, 0.5, [(0.0, 0.5)]),
        (0.2, 0.5, []),
        (0.0, 0.5, []),
    ],
)
def test_windows_begin_with_the_recording_and_the_last_ends_with_it(folder, seconds, hop_s, expected):
    """A last window with less than 0.3 s of sound is left out, and none begins after all sound is in a window."""
    model = Model(str(folder), settings=ModelSettings(hop_s))
    _, hops = heard(model, words(3.0, RATE_HZ)[: round(seconds * RATE_HZ)])
    assert spans(hops) == expected


def test_scores_are_those_of_the_windows_and_the_last_is_filled_with_silence(model):
    sound = words(3.3, RATE_HZ)
    padded = np.concatenate((sound, np.zeros(RATE_HZ, np.float32)))
    for hop in heard(model, sound)[1]:
        start = round(hop.begin_s * RATE_HZ)
        expected = model.network.score_window(padded[start : start + RATE_HZ])
        np.testing.assert_array_equal(hop.scores, expected)


def test_every_moment_has_one_score(model):
    """From the first sample to the last, each around the middle of its window."""
    _, hops = heard(model, words(3.3, RATE_HZ))
    assert hops[0].since_s == 0
    assert hops[-1].until_s == pytest.approx(3.3)
    for one, other in pairwise(hops):  # the last counts up to the end
        assert one.until_s == pytest.approx(other.since_s, abs=1e-9)
        assert one.until_s == pytest.approx(one.begin_s + WINDOW_S / 2 + 0.25, abs=1e-9)


@settings(deadline=None, max_examples=15)
@given(cuts=st.lists(st.integers(0, 12 * RATE_HZ), max_size=20), block=st.sampled_from([1, 2, 3, 16]))
def test_neither_cutting_nor_the_size_of_the_block_changes_anything(model, cuts, block):
    sound = words(12.4, RATE_HZ)
    events, hops = heard(model, sound)
    other_events, other_hops = heard(model, sound, cuts, block)
    assert other_events == events
    assert len(events) >= 3
    assert spans(other_hops) == spans(hops)
    np.testing.assert_array_equal([hop.scores for hop in other_hops], [hop.scores for hop in hops])


def test_pieces_of_a_recording_give_its_windows_and_events(model, tmp_path):
    path = tmp_path / "words.wav"
    soundfile.write(path, words(200.2, 11_025), 11_025)
    grid = cut_grid_s([model])
    cuts = [0, grid, 2 * grid, None]
    whole = process_recording(str(path), [model], windows=True)
    pieces = [process_recording(str(path), [model], span=PieceSpan(*span), windows=True) for span in pairwise(cuts)]
    assert len(whole.detections) > 20
    assert sorted(map(repr, (one for piece in pieces for one in piece.detections))) == sorted(
        map(repr, whole.detections)
    )
    assert [one for piece in pieces for one in piece.windows] == whole.windows
    assert len({one.begin_s for one in whole.windows}) > 100


class Cut(Source):
    """Sound in blocks of any length, from a live source."""

    def __init__(self, sound, cuts):
        super().__init__("live", True, RATE_HZ, 1, paced=True)
        self._blocks = np.split(sound[:, None], cuts)

    def run(self, ring, stop, notify):
        for block in self._blocks:
            while not ring.wait_for_room(len(block), 0.1):
                pass
            write_block(ring, block)


@settings(deadline=None, max_examples=5, suppress_health_check=list(HealthCheck))
@given(cuts=st.lists(st.integers(1, 8 * RATE_HZ), min_size=1, max_size=10).map(sorted))
def test_live_sound_gives_the_events_of_a_recording(model, cuts):
    sound = words(8.2, RATE_HZ)
    found = []
    pipeline = Pipeline(Cut(sound, cuts), [model], found.append)
    pipeline.start()
    assert pipeline.wait(60)
    events = [one for one in found if isinstance(one, Detection)]
    expected = heard(model, sound)[0]
    assert [(one.label, one.begin_s, one.end_s, one.score) for one in events] == [
        (one.label, one.begin_s, one.end_s, one.score) for one in expected
    ]


class Hears:
    """A network that hears a song if enough of it is in the window."""

    def __init__(self, window, hop, least):
        self._window, self._hop, self._least = window, hop, least

    def new_state(self):
        state = WindowedState(None, self._window - self._hop)
        state.sound = np.zeros(0, np.float32)
        return state

    def embeddings(self, state):
        return None

    def score(self, states, frames, may_skip=()):
        (state,) = states
        state.sound = np.concatenate((state.sound, frames[0, :, 0]))[-self._window - (len(frames[0]) - self._hop) :]
        hops = (len(frames[0]) - state.missing) // self._hop
        state.missing = 0
        ends = [len(state.sound) - (hops - 1 - number) * self._hop for number in range(hops)]
        amounts = [state.sound[end - self._window : end].sum() for end in ends]
        return np.array([[[0.9 if amount >= self._least else 0.05] for amount in amounts]], np.float32)


class Birds:
    """A model like BirdNET with that network, at 1 kHz."""

    RATE_HZ = 1000

    def __init__(self, hop_s, least_s):
        debounce = {"bird": DebounceSettings(smooth_s=0, on=0.25, off=0.15, release_s=3.0, refractory_s=0)}
        card = Card(
            name="birds", version="1", description="", labels=["bird"], sample_rate_hz=self.RATE_HZ, window=3000,
            hop_s=1.5, windows="whole", reference_s=0.75, trim_s=0.75, report="end", frontend=RawSettings(),
            debounce=debounce, training=[], licence="", limits="", results={}, sha256={},
        )  # fmt: skip
        self.card = card.with_hop(hop_s)
        self.skip_rule = None
        self.network = Hears(3000, self.card.hop, round(least_s * self.RATE_HZ))
        self.watched = WatchedLabels(["bird"], debounce)

    def frontend(self):
        return RawFrames()


@settings(deadline=None)
@given(
    begin=st.integers(3000, 10_000),
    length=st.integers(1500, 20_000),
    hop_s=st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0]),
    least_s=st.sampled_from([0.3, 0.5, 0.75, 1.0]),
)
def test_a_song_is_one_event_whose_start_and_end_are_within_a_hop(begin, length, hop_s, least_s):
    """Of where they are, whichever part of a song the network needs to hear in its window."""
    sound = np.zeros(40_000, np.float32)
    sound[begin : begin + length] = 1
    detector = Detector(Birds(hop_s, least_s), "test", Birds.RATE_HZ, Clock(), Timings())
    (event,) = detector.process(sound) + detector.finish(40.0)
    assert event.begin_s == pytest.approx(begin / 1000, abs=max(hop_s, 0.75) + 0.01)
    assert event.end_s == pytest.approx((begin + length) / 1000, abs=max(hop_s, 0.75) + 0.01)
    assert event.begin_s <= event.peak_s <= event.end_s


def test_an_event_is_reported_when_it_has_been_quiet_for_its_release():
    sound = np.zeros(40_000, np.float32)
    sound[10_000:20_000] = 1
    detector = Detector(Birds(1.5, 0.5), "test", Birds.RATE_HZ, Clock(), Timings())
    (event,) = detector.process(sound)
    assert event.begin_s == pytest.approx(10, abs=1.5)
    assert 0 < event.delay_s <= 3.0 + 1.5 + 3.0


def test_two_models_on_one_source_give_what_each_gives_alone(model, commands):
    sound = words(8.0, RATE_HZ)

    def events(*models):
        found = []
        pipeline = Pipeline(Cut(sound, [100]), list(models), found.append)
        pipeline.start()
        assert pipeline.wait(60)
        return sorted(repr(one) for one in found if isinstance(one, Detection))

    assert events(model, commands) == sorted(events(model) + events(commands))


class Broken(Cut):
    """The same, of which a second after the first block is lost."""

    def run(self, ring, stop, notify):
        write_block(ring, self._blocks[0])
        ring.skip(RATE_HZ, "overflow")
        write_block(ring, self._blocks[1])


def test_windows_begin_again_after_a_long_gap(model):
    """The last window before it is filled with silence, and no window reaches over it."""
    sound, hops = words(5.0, RATE_HZ), []
    pipeline = Pipeline(Broken(sound, [round(2.4 * RATE_HZ)]), [model], lambda report: None, taps=[hops.append])
    pipeline.start()
    assert pipeline.wait(60)
    assert spans(hops) == [
        *((0.0, 1.0), (0.5, 1.5), (1.0, 2.0), (1.5, 2.4)),
        *((3.4, 4.4), (3.9, 4.9), (4.4, 5.4), (4.9, 5.9), (5.4, 6.0)),
    ]
    assert hops[3].until_s == pytest.approx(2.4)
    assert hops[4].since_s == pytest.approx(3.4)
