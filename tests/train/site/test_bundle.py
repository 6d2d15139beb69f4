"""The network of a corrected model: the corrected score, and none where the model scored lower than what was judged."""

import numpy as np
from scipy.special import expit

from whipbird.review.precision import Estimate
from whipbird_train.site.bundle import _network
from whipbird_train.site.correction import Correction
from whipbird_train.site.judge import SiteSpecies

SIZE = 8
NOTHING = Estimate(0.5, 10, 10, 1.0, 0.7, 1.0, 1.0)
OWN = Correction(np.eye(SIZE)[0], -1.0)


def test_scores_are_corrected_and_stay_low_where_nothing_is_known():
    correction = Correction(np.eye(SIZE)[0] + 5 * np.eye(SIZE)[1], -2.0)
    species = [SiteSpecies(name, 9, 9, 9, NOTHING, NOTHING, NOTHING, OWN, correction, -3.0) for name in ("owl", "jay")]
    vectors = np.random.default_rng(1).normal(0, 3, (200, SIZE)).astype(np.float32)
    scores = _network(species).predict(vectors, verbose=0)
    assert scores.shape == (200, 2)
    known = OWN.logits(vectors) >= -3.0
    expected = expit(np.minimum(correction.logits(vectors), 10 * (OWN.logits(vectors) + 3.0) + 6))
    np.testing.assert_allclose(scores[:, 0], expected, atol=1e-4)
    np.testing.assert_allclose(scores[known, 1], expit(correction.logits(vectors))[known], atol=3e-3)
    assert scores[OWN.logits(vectors) < -4.5].max() < 1e-3
