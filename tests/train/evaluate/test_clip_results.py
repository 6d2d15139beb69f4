"""Results of clips: measures, mistakes and the file."""

import json
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird_train.evaluate.clip_results import ClipResults


def judged(labels, *clips):
    """Results of clips given as (number of the true label, scores)."""
    truth, scores = zip(*clips, strict=True)
    names = tuple(f"{number}.wav" for number in range(len(clips)))
    groups = tuple(f"speaker {number // 2}" for number in range(len(clips)))
    return ClipResults(tuple(labels), np.array(truth), np.array(scores, np.float32), names, groups)


@pytest.fixture
def animals():
    """Two of three cats found, the dog found, no bird anywhere."""
    return judged(
        ("cat", "dog", "bird"),
        (0, [0.9, 0.1, 0.0]),
        (0, [0.5, 0.3, 0.2]),
        (0, [0.2, 0.7, 0.1]),
        (1, [0.1, 0.8, 0.1]),
    )


@st.composite
def clip_results(draw, labels=None):
    """Any results: one to four labels, some possibly without a clip or never chosen."""
    labels = labels or draw(st.lists(st.text(max_size=5), min_size=1, max_size=4, unique=True))
    count = draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    names, groups = (tuple(draw(st.lists(st.text(max_size=5), min_size=count, max_size=count))) for _ in range(2))
    truth, scores = rng.integers(0, len(labels), count), rng.random((count, len(labels)), np.float32)
    return ClipResults(tuple(labels), truth, scores.round(1), names, groups)


def same(one, other):
    """Whether two results are equal."""
    np.testing.assert_array_equal(one.truth, other.truth)
    np.testing.assert_array_equal(one.scores, other.scores)
    assert one.scores.dtype == other.scores.dtype
    return (one.labels, one.names, one.groups) == (other.labels, other.names, other.groups)


def test_a_small_case_by_hand(animals):
    assert animals.chosen.tolist() == [0, 0, 1, 1]
    assert animals.accuracy == 0.75
    assert animals.confusion.tolist() == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]
    per_label = animals.as_dict()["per_label"]
    assert per_label == {
        "cat": {"precision": 1, "recall": 0.6667, "f1": 0.8, "support": 3},
        "dog": {"precision": 0.5, "recall": 1, "f1": 0.6667, "support": 1},
        "bird": {"precision": None, "recall": None, "f1": None, "support": 0},
    }


def test_a_label_that_is_never_chosen_has_recall_but_no_precision():
    said = judged(("cat", "dog"), (0, [1, 0]), (1, [1, 0])).as_dict()
    assert said["per_label"]["dog"] == {"precision": None, "recall": 0, "f1": 0, "support": 1}


def test_the_worst_mistake_is_the_surest_one():
    results = judged(
        ("cat", "dog"), (0, [0.4, 0.6]), (0, [0.9, 0.1]), (1, [0.8, 0.2]), (0, [0.3, 0.7]), (1, [0.2, 0.8])
    )
    assert [mistake.name for mistake in results.mistakes(9)] == ["2.wav", "3.wav", "0.wav"]
    (worst,) = results.mistakes(1)
    assert (worst.truth, worst.chosen) == ("dog", "cat")
    assert (worst.score, worst.right_score) == pytest.approx((0.8, 0.2))


def test_json_holds_no_nan(animals):
    said = json.loads(json.dumps(animals.as_dict(), allow_nan=False))
    assert said["clips"] == 4
    assert said["groups"] == 2
    assert said["accuracy"] == 0.75
    assert said["interval"] == [round(end, 4) for end in animals.interval]
    assert said["per_label"] == animals.as_dict()["per_label"]
    assert said["confusion"] == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]


def by_speaker(hits, clips_each):
    """Twenty speakers: all clips of the first ``hits`` speakers are right, all others wrong."""
    right = np.repeat(np.arange(20) < hits, clips_each)
    groups = tuple(str(number // clips_each) for number in range(len(right)))
    return ClipResults(("a", "b"), np.zeros(len(right), int), np.stack((right, ~right), 1) * 1.0, groups, groups)


def test_more_clips_of_the_same_speakers_do_not_narrow_the_interval_over_groups():
    few, many = by_speaker(10, 1), by_speaker(10, 50)
    assert many.group_interval() == few.group_interval()
    assert np.ptp(many.interval) < 0.2 * np.ptp(few.interval)
    assert few.group_interval() == pytest.approx(few.interval, abs=0.05)


def test_one_group_says_nothing_about_others():
    assert judged(("a", "b"), (0, [1, 0]), (1, [0, 1])).group_interval() == (0, 1)


@settings(max_examples=40, deadline=None)
@given(clip_results())
def test_whatever_the_clips_the_measures_agree(results):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = results.as_dict()
        low, high = results.group_interval()
    assert results.interval[0] <= results.accuracy <= results.interval[1]
    assert 0 <= low <= high <= 1
    assert results.group_interval() == (low, high)
    assert np.trace(results.confusion) == round(results.accuracy * said["clips"])
    assert results.confusion.sum(axis=1).tolist() == [row["support"] for row in said["per_label"].values()]
    assert len(results.mistakes(99)) == said["clips"] - np.trace(results.confusion)
    json.dumps(said, allow_nan=False)


@settings(max_examples=40, deadline=None)
@given(st.lists(clip_results(labels=["a", "b", "c"]), min_size=1, max_size=3))
def test_pooling_joins_the_folds(folds):
    pooled = ClipResults.pooled(folds)
    assert pooled.names == sum((fold.names for fold in folds), ())
    assert pooled.groups == sum((fold.groups for fold in folds), ())
    np.testing.assert_array_equal(pooled.right, np.concatenate([fold.right for fold in folds]))
    np.testing.assert_array_equal(pooled.confusion, sum(fold.confusion for fold in folds))


@settings(max_examples=40, deadline=None)
@given(clip_results())
def test_what_was_saved_is_loaded(results):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results"
        results.save(path)
        assert same(ClipResults.load(path), results)


def test_scores_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="not a finite number"):
        judged(("a", "b"), (0, [np.nan, 1]))
