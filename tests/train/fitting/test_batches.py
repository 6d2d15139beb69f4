"""Batches: every example once in each epoch, changed differently."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whipbird.models.frontends.raw import RawFrames
from whipbird_train.fitting.batches import Batches, Variation
from whipbird_train.fitting.epoch_cache import EpochCache

LABELS = 3


class Numbered:
    """Makes ten examples of eight samples each; sound and label identify the example."""

    key = "numbered"
    makes_features = False
    numbers = (0, 0, 0, 0, 0, 0, 1, 1, 1, 2)  # six of the first label, three of the second, one of the third

    def __len__(self):
        return len(self.numbers)

    def __call__(self, index, rng):
        return np.linspace(index, index + 0.5, 8, dtype=np.float32), self.numbers[index]


class Drawn(Numbered):
    """The same labels, with random sounds that differ between cached epochs."""

    key = "drawn"

    def __call__(self, index, rng):
        return np.full(8, round(1000 * rng.random()), np.float32), self.numbers[index]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return EpochCache(tmp_path_factory.mktemp("epochs"), 2, Numbered(), {"raw": RawFrames()}, 1)


def batches_of(cache, variation=Variation(), seed=1, epoch=0, **others):  # noqa: B008  (it is frozen)
    batches = Batches(cache, "raw", LABELS, 4, variation, seed, **others)
    batches.start_epoch(epoch)
    return batches


def epoch_of(batches):
    """Features, targets and weights of one epoch."""
    return tuple(np.concatenate(parts) for parts in zip(*(batches[n] for n in range(len(batches))), strict=True))


def test_an_epoch_has_every_example_once(cache):
    batches = batches_of(cache)
    assert [len(batches[number][0]) for number in range(len(batches))] == [4, 4, 2]
    for epoch in range(3):
        batches.start_epoch(epoch)
        features, targets, weights = epoch_of(batches)
        numbers = features[:, 0, 0].round().astype(int)
        assert sorted(numbers) == list(range(10))
        np.testing.assert_array_equal(targets.argmax(axis=1), np.array(Numbered.numbers)[numbers])
        np.testing.assert_array_equal(weights, 1)


def test_each_epoch_has_its_own_order(cache):
    batches = batches_of(cache)
    first = epoch_of(batches)[0]
    batches.start_epoch(1)
    assert not np.array_equal(first, epoch_of(batches)[0])


def test_epochs_take_turns_with_the_cached_epochs(tmp_path):
    batches = batches_of(EpochCache(tmp_path / "epochs", 2, Drawn(), {"raw": RawFrames()}, 1))
    heard = []
    for epoch in range(4):
        batches.start_epoch(epoch)
        heard.append(sorted(epoch_of(batches)[0][:, 0, 0]))
    assert heard[0] == heard[2]
    assert heard[1] == heard[3]
    assert heard[0] != heard[1]


VARIED = Variation(masks=1, mask_frames=4, mask_bands=1, mixup=0.3, mixup_share=0.7)


def test_the_same_seed_gives_the_same_batches_wherever_it_begins(cache):
    begun = batches_of(cache, VARIED)
    begun.start_epoch(1)
    resumed = batches_of(cache, VARIED, epoch=1)
    for one, other in zip(epoch_of(begun), epoch_of(resumed), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(epoch_of(begun)[0], epoch_of(batches_of(cache, VARIED, seed=2, epoch=1))[0])


def test_a_batch_may_be_asked_for_twice(cache):
    batches = batches_of(cache, VARIED)
    for one, other in zip(batches[1], batches[1], strict=True):
        np.testing.assert_array_equal(one, other)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    masks=st.integers(0, 3),
    frames=st.integers(0, 8),
    mixup=st.sampled_from([0.0, 0.1, 1.0, 5.0]),
    share=st.floats(0, 1),
    powers=st.booleans(),
    balanced=st.booleans(),
    seed=st.integers(0, 999),
)
def test_whatever_varies_shapes_and_shares_stay(cache, masks, frames, mixup, share, powers, balanced, seed):
    variation = Variation(masks, frames, 1, mixup, share, powers)
    features, targets, weights = epoch_of(batches_of(cache, variation, seed, balanced=balanced))
    assert features.shape == (10, 8, 1)
    assert targets.shape == (10, LABELS)
    assert weights.shape == (10,)
    assert features.dtype == targets.dtype == weights.dtype == np.float32
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    assert (targets >= 0).all()
    assert (weights > 0).all()
    assert np.isfinite(features).all()


def test_masks_leave_the_epoch_as_it_was(cache):
    batches = batches_of(cache, Variation(masks=3, mask_frames=8, mask_bands=1))
    before = cache.features(0, "raw")
    assert not np.isin(epoch_of(batches)[0], before).all()
    batches._variation = Variation()
    assert np.isin(epoch_of(batches)[0], before).all()


class Pair(Numbered):
    """Makes two examples: ten times their labels."""

    key = "pair"
    numbers = (0, 1)

    def __call__(self, index, rng):
        return np.full(8, 10 * index, np.float32), index


@pytest.fixture
def pair(tmp_path):
    return EpochCache(tmp_path / "pair", 1, Pair(), {"raw": RawFrames()}, 1)


def mixed(targets):
    return ((targets > 0.01) & (targets < 0.99)).any()


def test_features_and_targets_are_mixed_alike(pair):
    """The sound of example n is about n, so the sound of a mixture must match its targets."""
    features, targets, _ = epoch_of(batches_of(pair, Variation(mixup=1.0), seed=3))
    np.testing.assert_allclose(features[:, 0, 0], 10 * targets[:, 1], atol=1e-5)
    assert mixed(targets)


def test_decibels_are_mixed_as_powers(pair):
    """A sound of 0 dB and one of 10 dB are mixed with the factors of the targets."""
    features, targets, _ = epoch_of(batches_of(pair, Variation(mixup=1.0, mixup_powers=True), seed=3))
    expected = 10 * np.log10(targets[:, 0] ** 2 + 10 * targets[:, 1] ** 2)
    np.testing.assert_allclose(features[:, 0, 0], expected, atol=1e-4)
    assert mixed(targets)


def test_so_many_are_mixed(cache):
    def share(asked):
        variation = Variation(mixup=5.0, mixup_share=asked)  # about half and half
        epochs = [epoch_of(batches_of(cache, variation, epoch=epoch)) for epoch in range(40)]
        return np.mean([not np.isin(features, cache.features(0, "raw")).all() for e in epochs for features in e[0]])

    assert share(0.0) == 0
    assert 0.15 < share(0.4) < share(1.0) < 0.9  # some are mixed with themselves


def test_balanced_every_label_weighs_the_same(cache):
    _, targets, weights = epoch_of(batches_of(cache, balanced=True))
    by_label = [weights[targets.argmax(axis=1) == label].sum() for label in range(LABELS)]
    np.testing.assert_allclose(by_label, 10 / 3, rtol=1e-6)


class Master:
    """Knows every example by its number, and records the epochs it was asked for."""

    step = 2

    def __init__(self):
        self.asked = []

    def targets(self, number):
        self.asked.append(number)
        return np.repeat(np.arange(10, dtype=np.float32)[:, None], LABELS, axis=1) + 100 * number

    def hints(self, number):
        return np.arange(10, dtype=np.float32)[:, None, None] * np.ones((3, 5), np.float32) + 100 * number


def test_a_teacher_gives_targets_and_hints(cache):
    teacher = Master()
    batches = batches_of(cache, teacher=teacher)
    teacher.asked.clear()
    for epoch in range(3):
        batches.start_epoch(epoch)
        for number in range(len(batches)):
            (features, hints), targets, _ = batches[number]
            np.testing.assert_array_equal(targets[:, 0], features[:, 0, 0].round() + 100 * (epoch % 2))
            assert hints.shape == (len(features), 3, 5)
            np.testing.assert_array_equal(hints[:, 0, 0], targets[:, 0])
    assert teacher.asked == [0, 1, 0]


def test_labels_have_a_share_in_what_is_learned_of_a_teacher(cache):
    answers = batches_of(cache, teacher=Master())[0][1]
    labels = batches_of(cache)[0][1]
    mixed = batches_of(cache, teacher=Master(), truth=0.25)[0][1]
    np.testing.assert_allclose(mixed, 0.25 * labels + 0.75 * answers, rtol=1e-6)


def test_hints_cannot_be_mixed(cache):
    with pytest.raises(ValueError, match="mixed"):
        batches_of(cache, Variation(mixup=0.3), teacher=Master())
