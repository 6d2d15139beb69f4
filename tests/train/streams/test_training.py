"""Trainings on streams: in rounds, of which each learns what was mistaken in the one before."""

import csv
from dataclasses import replace

import keras
import numpy as np
import pytest

from whipbird_train.fitting.fit import FitSettings
from whipbird_train.streams import training as module
from whipbird_train.streams.stretches import NOT_LEARNED, SceneFeatures, StretchSettings
from whipbird_train.streams.training import StreamExamples, StreamSettings, find_mistakes, train_on_streams

SHARES = {"words": 0.5, "speech": 0.3, "noise": 0.2}
STRETCHES = StretchSettings(scores=4, hop=2, first=4, shares=SHARES, stretches=64, batch=8, masks=0)
ROUND = FitSettings(epochs=3, optimizer="adam", peak_rate=0.05, warmup_epochs=0)
SETTINGS = StreamSettings(word_scenes=3, passes=2, stretches=STRETCHES, rounds=(ROUND, ROUND), mistakes=0.5)
SILENT, OTHER, WORD = range(3)


def scene(label, value, frames=60):
    """One value at every frame, in two bands, and one label."""
    return SceneFeatures(np.full((frames, 2), value, np.float16), np.full(frames, label, np.int8))


def network():
    """Scores the last frame of each hop, by its first band."""
    inputs = keras.Input((STRETCHES.frames, 2))
    last = keras.ops.stack([inputs[:, 3 + 2 * n] for n in range(STRETCHES.scores)], axis=1)
    return keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(last))


def hearing(threshold):
    """A network that hears a word wherever the first band is above a threshold."""
    made = network()
    made.set_weights([np.array([[0, 0, 9], [0, 0, 0]], np.float32), np.array([0, 0, -9 * threshold], np.float32)])
    return made


def test_mistakes_are_where_a_word_is_heard_that_nobody_says():
    spoilt = scene(OTHER, 0, 100)
    spoilt.features[51] = 5
    scenes = {"speech": [spoilt, scene(OTHER, 0)], "noise": [scene(SILENT, 5), scene(WORD, 5), scene(NOT_LEARNED, 5)]}
    found = find_mistakes(hearing(2), scenes, [WORD], STRETCHES)
    in_speech = [one for one in found if one.labels[0] == OTHER]
    assert len(in_speech) == 1
    assert in_speech[0].features.max() == 5
    assert len(in_speech[0].labels) > STRETCHES.frames
    assert {int(one.labels[0]) for one in found} == {OTHER, SILENT}


def test_without_mistakes_there_are_none():
    assert find_mistakes(hearing(9), {"noise": [scene(SILENT, 5), scene(SILENT, 5, 3)]}, [WORD], STRETCHES) == []


class Made:
    """Scenes by kind, without sound."""

    def of_words(self, count, seed):
        return iter([("words", WORD, 60)] * count)

    def of_speech(self, seed):
        return iter([("speech", OTHER, 0)])

    def of_noise(self, seed):
        return iter([("noise", SILENT, -60)])


@pytest.fixture
def train(tmp_path, monkeypatch):
    """Run a training whose scenes are constants."""

    def kept(file, make, *_):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        return [scene(label, value) for _, label, value in make()]

    monkeypatch.setattr(module, "kept_scenes", kept)

    def run(settings=SETTINGS):
        keras.utils.set_random_seed(1)
        made = network()
        train_on_streams(
            made, StreamExamples(Made(), []), settings, None, ("s", "o", "w"), [WORD], 16_000, 1, tmp_path, "test"
        )
        return made

    return run


def test_rounds_follow_each_other_until_nothing_is_mistaken(train, tmp_path, monkeypatch):
    answers = [[scene(OTHER, 0)] * 3, []]
    monkeypatch.setattr(module, "find_mistakes", lambda *_: answers.pop(0))
    made = train(replace(SETTINGS, rounds=(ROUND,) * 4))
    assert sorted(path.name for path in tmp_path.glob("round-*")) == ["round-1", "round-2"]
    with (tmp_path / "mistakes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["after_round"], row["pieces_with_mistakes"]) for row in rows] == [("1", "3"), ("2", "0")]
    scores = made.predict_on_batch(np.full((1, STRETCHES.frames, 2), 60, np.float32))
    assert scores.argmax() % 3 == WORD
    assert sorted(path.name for path in (tmp_path / "scenes").iterdir()) == [
        "noise-0.npz", "noise-1.npz", "speech-0.npz", "speech-1.npz", "words-0.npz"
    ]  # fmt: skip


def test_a_finished_training_is_not_repeated(train, tmp_path, monkeypatch):
    first = train()
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("it trains again"))
    again = train()
    for one, other in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
