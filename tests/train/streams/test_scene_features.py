"""Scenes as features, and what is to be heard at every moment of them."""

import numpy as np
import pytest

from whipbird.formats.annotation import Annotation
from whipbird_train.datasets.speech_commands import LABELS, UNKNOWN
from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.recipes.commands import FRONTEND, RATE_HZ
from whipbird_train.streams.scene_features import (
    EARLY_S,
    LATE_S,
    MEMORY_S,
    NOT_LEARNED,
    all_scenes,
    hop_labels,
    kept_scenes,
)
from whipbird_train.streams.scenes import Scene

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
    made = kept_scenes(tmp_path / "a" / "words.npz", lambda: iter(scenes), [frontend], LABELS, RATE_HZ, "words")
    again = kept_scenes(
        tmp_path / "a" / "words.npz", lambda: pytest.fail("again"), [frontend], LABELS, RATE_HZ, "words"
    )
    for one, other, scene in zip(made, again, scenes, strict=True):
        np.testing.assert_array_equal(one.features, other.features)
        np.testing.assert_array_equal(one.labels, other.labels)
        np.testing.assert_allclose(one.features, frontend.whole(scene.sound), atol=0.05)
        [first, *_] = np.flatnonzero(one.labels == STOP)
        assert frontend.span(int(first) + 1) / RATE_HZ == pytest.approx(0.5 - EARLY_S, abs=0.011)


def test_several_threads_give_the_same(tmp_path):
    rng = np.random.default_rng(2)
    scenes = [Scene(rng.normal(0, 0.1, int(rng.integers(8000, 80_000))).astype(np.float32), ()) for _ in range(9)]

    def made(threads):
        frontends = [build_frontend(FRONTEND, RATE_HZ) for _ in range(threads)]
        return kept_scenes(tmp_path / f"{threads}.npz", lambda: iter(scenes), frontends, LABELS, RATE_HZ, "words")

    for one, other in zip(made(1), made(3), strict=True):
        np.testing.assert_array_equal(one.features, other.features)


def test_an_error_in_one_thread_ends_all(tmp_path):
    class Broken:
        """A front end that fails."""

        def whole(self, sound):
            raise MemoryError

    scenes = [Scene(SOUND, ())] * 9
    with pytest.raises(MemoryError):
        kept_scenes(tmp_path / "a.npz", lambda: iter(scenes), [Broken()] * 3, LABELS, RATE_HZ, "words")
    assert not (tmp_path / "a.npz").exists()


def test_all_kinds_are_mixed_and_kept(tmp_path):
    class Made:
        """Scenes of one label each."""

        def of_words(self, count, seed):
            return iter([Scene(SOUND, (), label="yes")] * count)

        def of_speech(self, seed):
            return iter([Scene(SOUND, (), label=UNKNOWN)] * 2)

        def of_noise(self, seed):
            return iter([Scene(SOUND, ())])

    class Again:
        def __getattr__(self, name):
            return lambda *_: pytest.fail("it makes them again")

    def scenes(made):
        return all_scenes(made, 5, 2, build_frontend(FRONTEND, RATE_HZ), LABELS, RATE_HZ, 1, tmp_path)

    found = [int(one.labels[0]) for one in scenes(Made())]
    assert sorted(found) == [SILENT] * 2 + [OTHER] * 4 + [YES] * 5
    assert found != sorted(found)
    assert [int(one.labels[0]) for one in scenes(Again())] == found
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "noise-0.npz", "noise-1.npz", "speech-0.npz", "speech-1.npz", "words-0.npz"
    ]  # fmt: skip
