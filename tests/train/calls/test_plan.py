"""Window, hop and band follow from the clips."""

from dataclasses import replace

import pytest

from made_calls import CALL_S, made_clips
from whipbird_train.calls.clips import read_folder
from whipbird_train.calls.plan import FRAMES, make_plan
from whipbird_train.calls.sounds import Sounds, read_clips
from whipbird_train.calls.train import _warn_of_words


@pytest.fixture
def calls(tmp_path):
    return read_clips(read_folder(made_clips(tmp_path / "clips")), 48_000).calls


def test_the_band_holds_the_call_and_not_much_more(calls):
    plan = make_plan(calls, 48_000)
    assert plan.length_s == pytest.approx(CALL_S, abs=0.01)
    assert 400 < plan.low_hz < 900
    assert 1400 < plan.high_hz < 3000
    assert plan.window_s == pytest.approx(1.7 * CALL_S, abs=0.02)
    assert plan.rate_hz == 16_000
    assert plan.step * FRAMES == pytest.approx(plan.window_s * plan.rate_hz, rel=0.01)


def test_the_user_may_choose(calls):
    plan = make_plan(calls, 48_000, 2.0, (3000, 12_000))
    assert (plan.window_s, plan.low_hz, plan.high_hz, plan.rate_hz) == (2.0, 3000, 12_000, 32_000)
    assert plan.frontend.high_hz == 12_000


def test_clips_of_words_are_named(tmp_path, caplog):
    found = read_folder(made_clips(tmp_path / "clips"))
    plain = replace(found, calls=tuple(replace(one, bounds_s=None) for one in found.calls))
    second = [replace(one, wave=one.wave[:48_000]) for one in read_clips(found, 48_000).calls]
    _warn_of_words(plain, Sounds(second, [], 48_000))
    assert "use 'whipbird train custom'" in caplog.text
    caplog.clear()
    _warn_of_words(found, Sounds(second, [], 48_000))
    assert not caplog.text
