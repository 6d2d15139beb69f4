"""The head: it learns what distinguishes windows, and its windows hold a phrase."""

import numpy as np
import pytest

from whipbird_train.phrases.head import HeadSettings, phrase_length, scores_of, trained_head
from whipbird_train.phrases.windows import Windows
from whipbird_train.streams.scene_features import SceneFeatures

LENGTH = 8


def test_longer_phrases_need_longer_windows():
    lengths = [phrase_length(np.full(20, seconds)) for seconds in (0.1, 0.7, 1.0, 1.5, 9.0)]
    assert lengths == sorted(lengths)
    assert lengths[0] == 6
    assert lengths[-1] == 28


def test_it_finds_the_phrase_in_what_it_did_not_learn_from():
    rng = np.random.default_rng(1)

    def windows(scenes):
        made = []
        for _ in range(scenes):
            features = rng.normal(0, 1, (200, 96))
            labels = np.ones(200, np.int8)
            for end in range(20, 200, 20):
                features[end - 3 : end, :10] += 4
                labels[end] = 2
            made.append(SceneFeatures(features.astype(np.float16), labels))
        return Windows(made, LENGTH)

    head = trained_head(windows(30), LENGTH, 3, 2, HeadSettings(members=2, epochs=(8, 3), batch=64), 1)
    other = windows(5)
    scores = scores_of(head, other, np.arange(len(other)))
    assert scores.shape == (len(other), 3)
    assert scores.sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert scores[other.labels == 2, 2].mean() > scores[other.labels == 1, 2].mean() + 0.5
