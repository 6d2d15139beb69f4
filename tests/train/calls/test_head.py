"""The layer on embeddings: logistic regression as a network."""

import numpy as np

from whipbird_train.calls.head import _layer


def clouds(rng, *centres, count=60, size=200):
    """Vectors around some centres, each with its number."""
    vectors = [rng.normal(centre, 1.0, (count, size)) for centre in centres]
    return np.concatenate(vectors).astype(np.float32), np.repeat(np.arange(len(centres)), count)


def test_calls_score_high_and_background_low():
    vectors, truth = clouds(np.random.default_rng(1), 0.0, 1.0, -1.0)
    scores = _layer(vectors, truth, 3).predict(vectors, verbose=0)
    assert (scores.argmax(axis=1) == truth).mean() > 0.95
    assert np.median(scores[truth == 1, 1]) > 0.9
    assert np.median(scores[truth == 0, 0]) > 0.3


def test_a_label_without_clips_never_scores():
    vectors, truth = clouds(np.random.default_rng(1), 0.0, 1.0)
    for present in (1, 2):
        scores = _layer(vectors, truth * present, 3).predict(vectors, verbose=0)
        assert scores[:, 3 - present].max() < 1e-6
        assert np.median(scores[truth == 1, present]) > 0.9
