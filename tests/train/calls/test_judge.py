"""Calls and background of a fold, judged by events."""

from dataclasses import replace

import numpy as np
import pytest

from made_scores import make_card, recorded, truth
from whipbird_train.calls.judge import Fold, Seen, judged, seen
from whipbird_train.calls.sounds import Quiet

RATE_HZ = 8000


def fold(calls, false, seconds=60.0, name="1", others=None):
    """Calls with these scores, three seconds apart, and false alarms in the background at (time, score).

    The background is a minute in two pieces.
    """
    heard = recorded(*((3 + 3 * n, score, "yes") for n, score in enumerate(calls)), seconds=100)
    annotated = truth(*((3 + 3 * n, "yes") for n in range(len(calls))))
    quiet = recorded(*((begin_s, score, "yes") for begin_s, score in false), seconds=seconds)
    background = [
        Quiet(np.zeros(30 * RATE_HZ, np.float32), f"{name}-{piece}", path=f"{name}-{piece}.wav", begin_s=begin_s)
        for piece, begin_s in (("a", 0.0), ("b", 100.0))
    ]
    return Fold([(heard.within(annotated), annotated), (quiet, [])], background, others)


def test_thresholds_of_a_fold_are_chosen_on_the_others():
    card = make_card().model_copy(update={"report": "end"})
    found = judged([fold([0.9] * 5, [(10, 0.6)]), fold([0.9] * 4 + [0.2], [(10, 0.6)])], card, 30, RATE_HZ)
    assert (found.calls, found.hits, found.false) == (10, 9, 0)
    unwarned = judged([fold([0.9] * 5, []), fold([0.9] * 4 + [0.2], [(10, 0.6)])], card, 30, RATE_HZ)
    assert (unwarned.hits, unwarned.false) == (9, 1)
    assert found.hours == pytest.approx(2 / 60, rel=0.05)
    assert found.as_dict()["recall"][0] == 0.9
    assert found.suspects == ()


def test_background_that_scores_like_calls_is_suspect():
    card = make_card().model_copy(update={"report": "end"})
    found = judged([fold([0.9] * 5, [(40, 0.97)]), fold([0.9] * 5, [], name="2")], card, 600, RATE_HZ)
    ((source, begin_s, score),) = found.suspects
    assert (source, score) == ("1-b.wav", pytest.approx(0.97))
    assert begin_s == pytest.approx(109, abs=0.1)
    assert found.worth < 1


def test_one_loud_sound_in_a_short_background_does_not_decide_the_threshold():
    card = make_card().model_copy(update={"report": "end"})
    found = judged([fold([0.7] * 5, [(10, 0.8)]), fold([0.7] * 5, [], name="2")], card, 1, RATE_HZ)
    assert (found.hits, found.false) == (10, 1)


def test_where_nothing_lies_between_calls_and_background_the_threshold_is_low():
    """Calls of other birds score lower than those of the clips."""
    card = make_card().model_copy(update={"report": "end"})
    found = judged([fold([0.95] * 5, []), fold([0.95] * 5, [], name="2")], card, 1, RATE_HZ)
    assert 0.5 <= found.points["balanced"].settings["yes"].on < 0.75
    noisy = judged([fold([0.95] * 5, [(10, 0.7), (20, 0.7)], name=name) for name in "12"], card, 1, RATE_HZ)
    assert 0.7 < noisy.points["balanced"].settings["yes"].on < 0.95


def test_other_sounds_say_nothing_about_an_hour():
    card = make_card().model_copy(update={"report": "end"})
    others = replace(recorded((2, 0.95, "yes"), seconds=20), judged=((1.0, 5.0), (6.0, 9.0)))
    found = judged([fold([0.9] * 5, [], others=others), fold([0.9] * 5, [])], card, 600, RATE_HZ)
    assert (found.others, found.mistaken, found.false) == (2, 1, 0)
    assert found.hours == pytest.approx(2 / 60, rel=0.05)
    assert found.worth < 1


def test_what_people_judged_is_counted_apart():
    card = make_card().model_copy(update={"report": "end"})
    others = replace(recorded((2, 0.95, "yes"), seconds=20), judged=((1.0, 5.0), (6.0, 9.0)))
    reviewed = replace(fold([0.9, 0.2], [], others=others), background=())
    found = judged([replace(fold([0.9] * 5, []), reviewed=reviewed), fold([0.9] * 5, [])], card, 600, RATE_HZ)
    assert found.reviewed == Seen(calls=2, hits=1, others=2, mistaken=1)
    assert seen(reviewed, card, card.debounce) == found.reviewed
    assert (found.calls, found.others) == (10, 0)
