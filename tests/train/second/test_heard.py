"""What the first network hears in scenes, and what it is called."""

import numpy as np
import pytest

from whipbird.formats.annotation import Annotation
from whipbird_train.datasets.speech_commands import UNKNOWN
from whipbird_train.second.heard import MOST_IN_ROW, Heard, listen
from whipbird_train.second.heard_epochs import HeardEpochs
from whipbird_train.streams.scene_features import SceneFeatures, kept_scenes
from whipbird_train.streams.scenes import Scene

RATE_HZ, FRAMES = 16_000, 220
OTHER = 1


@pytest.fixture
def heard_in(commands, tmp_path):
    """Listen to a scene."""

    def hear(sound, *truth, label=UNKNOWN):
        scene = Scene(sound, truth, label=label)
        [features] = kept_scenes(
            tmp_path / "a.npz", lambda: iter([scene]), [commands.frontend()], commands.card.labels, RATE_HZ, "scene"
        )
        (tmp_path / "a.npz").unlink()
        return listen(commands, features, FRAMES, 0.3, np.random.default_rng(1))

    return hear


@pytest.fixture
def spoken(said):
    """ "stop", which begins after three seconds of faint noise, and when its sound begins and ends."""
    word = said["stop"]
    sound = np.random.default_rng(1).normal(0, 1e-4, 6 * RATE_HZ).astype(np.float32)
    sound[3 * RATE_HZ : 3 * RATE_HZ + len(word)] += word
    loud = np.flatnonzero(np.abs(word) > 0.05 * np.abs(word).max()) / RATE_HZ
    return sound, 3 + loud[0], 3 + loud[-1]


def test_a_command_is_heard_as_what_it_is(heard_in, spoken, commands):
    sound, begin_s, end_s = spoken
    heard = heard_in(sound, Annotation(begin_s, end_s, "stop"))
    stop = commands.card.labels.index("stop")
    assert 1 <= (heard.labels == stop).sum() <= MOST_IN_ROW
    assert set(heard.labels) <= {stop, OTHER}  # when it is past, what is left of it is no command
    assert heard.windows.shape[1:] == (FRAMES, 40)
    assert heard.windows.dtype == np.float16


def test_what_is_no_command_is_unknown(heard_in, spoken):
    heard = heard_in(spoken[0])
    assert len(heard.labels)
    assert set(heard.labels) == {OTHER}


def test_near_an_uncertain_command_nothing_is_learned(heard_in, spoken):
    sound, begin_s, end_s = spoken
    near = sound[: round((end_s + 0.7) * RATE_HZ)]
    assert len(heard_in(near).labels)
    assert not len(heard_in(near, Annotation(begin_s, end_s, "stop?")).labels)


def test_in_silence_nothing_is_heard(heard_in):
    assert heard_in(np.zeros(4 * RATE_HZ, np.float32)).windows.shape == (0, FRAMES, 40)


def test_the_last_frames_are_those_of_the_window_that_was_scored(heard_in, spoken, commands):
    for window in heard_in(spoken[0]).windows.astype(np.float32):
        scores = commands.windowed_network.score_window(window[-commands.card.window :])
        assert scores[commands.card.reported].sum() > 0.25


def test_parts_are_joined_in_order():
    parts = [Heard(np.full((n, 2, 3), n, np.float16), np.full(n, n)) for n in (1, 2)]
    joined = Heard.joined(parts)
    assert joined.labels.tolist() == [1, 2, 2]
    assert joined.windows[:, 0, 0].tolist() == [1, 2, 2]


def test_epochs_share_the_scenes_and_have_as_many_windows_as_asked_for(tmp_path, monkeypatch):
    def hears(model, scene, frames, hears_from, rng):
        return Heard(scene.features[:frames][None], np.array([scene.labels[0]], np.int64))

    monkeypatch.setattr("whipbird_train.second.heard_epochs.listen", hears)
    scenes = [SceneFeatures(np.full((9, 4), n, np.float16), np.full(9, n, np.int8)) for n in range(5)]

    def epochs():
        return HeardEpochs(tmp_path, scenes, None, 2, 7, 6, 0.3, 1)

    made = epochs()
    assert (len(made), made.count) == (7, 2)
    for number, own in enumerate(({0, 2, 4}, {1, 3})):
        assert set(made.labels(number)) == own
        features = made.features(number, "any")
        assert features.shape == (7, 6, 4)
        np.testing.assert_array_equal(features[:, 0, 0], made.labels(number))
    monkeypatch.setattr("whipbird_train.second.heard_epochs.listen", lambda *_: pytest.fail("it listens again"))
    np.testing.assert_array_equal(epochs().features(0, "any"), made.features(0, "any"))
