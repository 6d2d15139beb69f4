"""A second network is asked where the first hears a word, and nowhere else."""

import numpy as np
import pytest

from made_features import features
from spoilt_bundles import edit, half, put
from whipbird.audio.clock import Clock
from whipbird.engine.classify import classify
from whipbird.engine.detector import Detector
from whipbird.engine.timings import Timings
from whipbird.errors import BundleError
from whipbird.models.model import Model
from whipbird.models.networks.asking import AskingNetwork

RATE_HZ = 16_000
SECOND = {"ask_from": 0.3, "weight": 0.5}
FURTHER = 30  # frames before the window of the first network


@pytest.fixture
def asking(bundle):
    """A copy of the commands whose second network is the first one again."""

    def make(**settings):
        put(bundle, AskingNetwork.FILE, (bundle / "model.tflite").read_bytes())
        edit(bundle, lambda card: card.update(second={"window": card["window"]} | SECOND | settings))
        return bundle

    return make


class Written:
    """A second network whose scores are written down; it counts how often it is asked, and keeps what it saw."""

    def __init__(self, scores):
        self.scores = np.asarray(scores, np.float32)
        self.seen = []

    def score_window(self, window):
        self.seen.append(window.copy())
        return self.scores


def stream(model, said):
    return features(model, np.concatenate([said["stop"], np.zeros(RATE_HZ // 4, np.float32), said["yes"]]))


def hops(model, frames):
    return frames[: len(frames) // model.card.hop_frames * model.card.hop_frames]


def test_two_that_agree_say_what_one_says(asking, said):
    folder = asking()
    model = Model(str(folder))
    edit(folder, lambda card: card.pop("second"))
    alone = Model(str(folder)).network
    frames = hops(model, stream(model, said))[None]
    expected = alone.score([alone.new_state()], frames)
    np.testing.assert_allclose(model.network.score([model.network.new_state()], frames), expected, atol=1e-3)


@pytest.mark.parametrize("cuts", [1, 2, 7])
def test_it_sees_the_window_and_what_was_before_however_the_stream_is_cut(asking, said, cuts):
    model = Model(str(asking()))
    network, card = model.network, model.card
    wide = network._window = card.window + FURTHER
    network._second = Written(np.eye(len(card.labels))[2])
    frames = hops(model, stream(model, said))
    state, scores = network.new_state(), []
    for start in range(0, len(frames), cuts * card.hop_frames):
        scores += list(network.score([state], frames[start : start + cuts * card.hop_frames][None])[0])
    first = network.score([network.new_state()], frames[None])
    np.testing.assert_array_equal(first[0], scores)
    padded = np.concatenate((np.tile(network._silence, (wide, 1)), frames))
    seen = network._second.seen[len(network._second.seen) // 2 :]
    ends = [len(padded) - back for back in range(0, len(frames), card.hop_frames)][::-1]
    alone = network._first.score([network._first.new_state()], frames[None])[0]
    asked = [
        padded[end - wide : end]
        for end, own in zip(ends, alone, strict=True)
        if own[card.reported].sum() >= SECOND["ask_from"]
    ]
    assert 5 < len(asked) < len(ends)
    np.testing.assert_array_equal(seen, asked)


def test_the_scores_are_the_weighted_geometric_mean(asking, said):
    model = Model(str(asking(weight=0.75)))
    network, card = model.network, model.card
    other = np.full(len(card.labels), 0.02, np.float32)
    other[3] = 1 - other[:-1].sum()
    network._second = Written(other)
    frames = hops(model, stream(model, said))[None]
    own = network._first.score([network._first.new_state()], frames)[0]
    asked = own[:, card.reported].sum(axis=1) >= SECOND["ask_from"]
    mean = own**0.25 * other**0.75
    expected = np.where(asked[:, None], mean / mean.sum(axis=1, keepdims=True), own)
    found = network.score([network.new_state()], frames)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-2, atol=1e-6)


def test_in_silence_it_is_not_asked(asking):
    network = Model(str(asking())).network
    network._second = Written(np.zeros(12))
    network.score([network.new_state()], np.tile(network._silence, (1, 60, 1)))
    assert not network._second.seen


def test_clips_are_classified_by_the_first_alone(asking, said):
    folder = asking()
    model = Model(str(folder))
    model.network._second = Written(np.eye(len(model.card.labels))[model.card.labels.index("go")])
    found = classify(model, said["stop"], RATE_HZ)
    assert not model.network._second.seen
    edit(folder, lambda card: card.pop("second"))
    assert found == classify(Model(str(folder)), said["stop"], RATE_HZ)


@pytest.mark.parametrize("other", [np.eye(12)[2], np.full(12, 1 / 12), None])
def test_skipped_windows_change_no_event(asking, said, monkeypatch, other):
    """Whatever the second network says."""
    model = Model(str(asking()))
    assert model.skip_rule is not None
    if other is not None:
        model.network._second = Written(other)
    scored, first = [], model.network._first
    monkeypatch.setattr(
        first, "score_window", lambda window, score=first.score_window: scored.append(1) or score(window)
    )
    quiet = np.zeros(3 * RATE_HZ, np.float32)
    sound = np.concatenate([quiet, said["down"], said["stop"], quiet, said["yes"], quiet])

    def detected(tap=None):
        scored.clear()
        detector = Detector(model, "test", RATE_HZ, Clock(), Timings(), tap=tap)
        return detector.process(sound) + detector.finish(len(sound) / RATE_HZ), len(scored)

    every, skipping = detected(tap=lambda hop: None), detected()
    assert skipping[0] == every[0]
    assert skipping[1] < 0.8 * every[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"window": 1}, r"second\.tflite: expects \d+ numbers, but the card's window of 1 frames has 40"),
        ({"ask_from": 0}, r"second\.ask_from"),
        ({"weight": 1.5}, r"second\.weight"),
    ],
)
def test_a_second_network_fits_its_card(asking, change, message):
    with pytest.raises(BundleError, match=message):
        Model(str(asking(**change)))


def test_windows_that_begin_with_the_recording_go_with_no_second_network(asking):
    folder = asking()
    edit(folder, lambda card: card.update(kind="windowed", windows="whole", report="end"))
    with pytest.raises(BundleError, match="windows must be continuous"):
        Model(str(folder))


def test_a_damaged_second_network_is_named(asking):
    folder = asking()
    put(folder, AskingNetwork.FILE, half(folder, AskingNetwork.FILE))
    with pytest.raises(BundleError, match=r"second\.tflite: not a TFLite model"):
        Model(str(folder))
    (folder / AskingNetwork.FILE).unlink()
    with pytest.raises(BundleError, match=r"second\.tflite: No such file"):
        Model(str(folder))
