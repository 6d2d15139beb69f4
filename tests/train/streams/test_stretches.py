"""What is to be heard at every moment of a scene, and stretches of scenes to train on."""

import numpy as np
import pytest

from whipbird.formats.annotation import Annotation
from whipbird_train.datasets.speech_commands import LABELS, UNKNOWN
from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.recipes.commands import FRONTEND, RATE_HZ
from whipbird_train.streams import stretches as module
from whipbird_train.streams.scenes import Scene
from whipbird_train.streams.stretches import (
    EARLY_S,
    LATE_S,
    MEMORY_S,
    NOT_LEARNED,
    SceneFeatures,
    StretchBatches,
    StretchSettings,
    hop_labels,
    kept_scenes,
)

SILENT, OTHER, STOP, YES = 0, 1, LABELS.index("stop"), LABELS.index("yes")
SOUND = np.zeros(RATE_HZ, np.float32)


def labels_at(scene, *moments_s):
    ends_s = np.arange(0, 10, 0.01)
    found = hop_labels(scene, LABELS, ends_s)
    return [int(found[np.searchsorted(ends_s, moment_s)]) for moment_s in moments_s]


def test_a_command_is_to_be_heard_when_it_ends_and_nothing_is_learned_before_and_soon_after():
    scene = Scene(SOUND, [Annotation(2.0, 2.5, "stop")])
    found = labels_at(scene, 1.98, 2.1, 2.5 - EARLY_S + 0.01, 2.5 + LATE_S - 0.01, 2.5 + LATE_S + 0.02, 2.52 + MEMORY_S)
    assert found == [SILENT, NOT_LEARNED, STOP, STOP, NOT_LEARNED, SILENT]


def test_of_two_in_quick_succession_each_is_heard_at_its_end():
    scene = Scene(SOUND, [Annotation(2.0, 2.5, "stop"), Annotation(2.6, 3.0, "yes")])
    assert labels_at(scene, 2.5, 2.7, 3.0, 3.2) == [STOP, STOP, YES, YES]


def test_another_word_is_unknown_until_it_is_forgotten():
    scene = Scene(SOUND, [], [Annotation(2.0, 2.5, UNKNOWN)])
    assert labels_at(scene, 1.9, 2.1, 2.49 + MEMORY_S, 2.52 + MEMORY_S) == [SILENT, OTHER, OTHER, SILENT]


def test_near_an_uncertain_command_nothing_is_learned():
    scene = Scene(SOUND, [Annotation(2.0, 2.5, "stop?")], label=UNKNOWN)
    assert labels_at(scene, 1.9, 2.5, 3.0, 3.5) == [OTHER, NOT_LEARNED, NOT_LEARNED, OTHER]


def test_scenes_are_made_once_and_read_again(tmp_path):
    frontend = build_frontend(FRONTEND, RATE_HZ)
    rng = np.random.default_rng(1)
    scenes = [
        Scene(rng.normal(0, 0.1, length).astype(np.float32), [Annotation(0.2, 0.5, "stop")])
        for length in (16_000, 32_000)
    ]
    made = kept_scenes(tmp_path / "a" / "words.npz", lambda: iter(scenes), frontend, LABELS, RATE_HZ, "words")
    again = kept_scenes(tmp_path / "a" / "words.npz", lambda: pytest.fail("again"), frontend, LABELS, RATE_HZ, "words")
    for one, other, scene in zip(made, again, scenes, strict=True):
        np.testing.assert_array_equal(one.features, other.features)
        np.testing.assert_array_equal(one.labels, other.labels)
        np.testing.assert_allclose(one.features, frontend.whole(scene.sound), atol=0.05)
        [first, *_] = np.flatnonzero(one.labels == STOP)
        assert frontend.span(int(first) + 1) / RATE_HZ == pytest.approx(0.5 - EARLY_S, abs=0.011)


def settings(**others):
    given = {"scores": 5, "hop": 6, "first": 20, "shares": {"a": 0.5, "b": 0.5}, "stretches": 40, "batch": 8}
    return StretchSettings(**(given | {"masks": 0} | others))


def numbered(frames, start=0):
    """A scene whose frames and labels say where they are."""
    rows = np.arange(start, start + frames)
    return SceneFeatures(np.repeat(rows[:, None], 4, axis=1).astype(np.float16), (rows % 7 - 1).astype(np.int8))


def test_stretches_have_the_labels_of_their_last_frames(monkeypatch):
    monkeypatch.setattr(module, "COLOUR_DB", 0)
    monkeypatch.setattr(module, "LEVEL_DB", 0)
    batches = StretchBatches({"a": [numbered(100), numbered(10)], "b": [numbered(90, 500)]}, 6, settings(), 1)
    assert len(batches) == 5
    features, targets, weights = batches[0]
    assert (features.shape, targets.shape, weights.shape) == ((8, 44, 4), (8, 5, 6), (8, 5))
    ends = features[:, 19::6, 0]
    np.testing.assert_array_equal(weights, ends % 7 != 0)
    np.testing.assert_array_equal(targets.sum(axis=2), weights)
    np.testing.assert_array_equal(targets.argmax(axis=2)[weights > 0], (ends % 7 - 1)[weights > 0])
    assert {bool(first >= 500) for first in features[:, 0, 0]} == {True, False}


def test_epochs_differ_and_can_be_repeated():
    masked = settings(masks=1, mask_frames=5, mask_bands=2)
    batches = StretchBatches({"a": [numbered(100)], "b": [numbered(90, 500)]}, 6, masked, 1)
    first = batches[1][0]
    batches.start_epoch(1)
    other = batches[1][0]
    batches.start_epoch(0)
    np.testing.assert_array_equal(batches[1][0], first)
    assert not np.array_equal(first, other)
