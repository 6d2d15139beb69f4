"""What Kokoro says for a phrase: an order that can stop anywhere, and time that is not spent twice."""

import json
from collections import Counter

import pytest

from whipbird_train.phrases import kokoro_speech
from whipbird_train.phrases.kokoro_speech import KINDS, SPOKEN, TURN, in_turn, speak_for


@pytest.fixture
def seconds(monkeypatch):
    """For how long voices were asked to speak."""
    asked = []
    monkeypatch.setattr(kokoro_speech, "speak_all", lambda *given, within_s: asked.append(within_s))
    return asked


def test_any_beginning_has_a_share_of_every_kind():
    plan = {kind: [(kind, number) for number in range(count)] for kind, count in KINDS.items()}
    order = in_turn([plan])
    assert sorted(order) == sorted(said for own in plan.values() for said in own)
    assert Counter(kind for kind, _ in order[: 10 * len(TURN)]) == {kind: 10 * TURN.count(kind) for kind in KINDS}


def test_several_phrases_take_turns():
    plans = [{kind: [(name, kind, number) for number in range(9)] for kind in KINDS} for name in "ab"]
    assert Counter(name for name, *_ in in_turn(plans)[:20]) == {"a": 10, "b": 10}


def test_an_interrupted_run_has_only_the_time_that_is_left(seconds, tmp_path):
    (tmp_path / SPOKEN).write_text("40.0")
    speak_for([], tmp_path, 100.0, tmp_path)
    assert seconds == [60.0]
    assert json.loads((tmp_path / SPOKEN).read_text()) >= 40
    speak_for([], tmp_path, 30.0, tmp_path)
    assert len(seconds) == 1


def test_time_counts_although_it_was_interrupted(monkeypatch, tmp_path):
    def interrupted(*given, within_s):
        raise KeyboardInterrupt

    monkeypatch.setattr(kokoro_speech, "speak_all", interrupted)
    with pytest.raises(KeyboardInterrupt):
        speak_for([], tmp_path, 100.0, tmp_path)
    assert json.loads((tmp_path / SPOKEN).read_text()) >= 0
