"""The correction of a species' score: little changes by few verdicts, and a sound that is always wrong is learned."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird_train.site.correction import Correction, fitted

SIZE = 200
WAY, OTHER, ALL = np.eye(SIZE)[:3]  # of the species, of another sound, and of all sounds
SPECIES = Correction(WAY, -3.0)


def sounds(rng, count, *ways):
    """Embeddings with some noise, `count` for each way."""
    return np.concatenate([5 * ALL + way + rng.normal(0, 0.1, (count, SIZE)) for way in ways]).astype(np.float32)


def test_nothing_changes_without_verdicts():
    assert fitted(np.zeros((0, SIZE), np.float32), np.zeros(0, bool), SPECIES) is SPECIES


@given(st.lists(st.booleans(), min_size=1, max_size=4), st.integers(0, 99))
def test_few_verdicts_leave_the_order_of_other_sounds_nearly_as_it_was(answers, seed):
    rng = np.random.default_rng(seed)
    few = sounds(rng, len(answers), 3 * WAY)
    others = sounds(rng, 1, *(level * WAY for level in np.linspace(-2, 8, 20)))
    change = fitted(few, np.array(answers), SPECIES).logits(others) - SPECIES.logits(others)
    assert np.ptp(change) < 0.3 * np.ptp(SPECIES.logits(others))


@pytest.mark.parametrize("alike", [4.0, 6.0])
def test_a_loud_other_sound_that_is_always_wrong_is_told_apart(alike):
    """It scores as high as the species, or higher, and differs in another way."""
    rng = np.random.default_rng(1)
    judged = sounds(rng, 15, 4 * WAY, alike * WAY + 4 * OTHER)
    correction = fitted(judged, np.repeat([True, False], 15), SPECIES)
    right, wrong = sounds(rng, 100, 4 * WAY), sounds(rng, 100, alike * WAY + 4 * OTHER)
    assert SPECIES.logits(wrong).mean() > SPECIES.logits(right).mean() - 0.1
    assert correction.logits(right).min() > correction.logits(wrong).max()
    assert correction.logits(right).mean() > 0 > correction.logits(wrong).mean()


def test_the_order_of_verdicts_does_not_matter():
    rng = np.random.default_rng(1)
    judged, answers = sounds(rng, 10, 4 * WAY, 4 * WAY + 4 * OTHER), np.repeat([True, False], 10)
    order = rng.permutation(20)
    one, two = fitted(judged, answers, SPECIES), fitted(judged[order], answers[order], SPECIES)
    np.testing.assert_allclose(one.logits(judged), two.logits(judged), atol=1e-3)
