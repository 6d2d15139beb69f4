"""Sound that is filled in where sound is missing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_st

from whipbird.audio.conceal import CONTEXT_S, REACH_S, conceal

RATES_HZ = (8_000, 16_000, 44_100, 48_000)
LOUDEST = 1e6  # that a source lets through

samples = numpy_st.arrays(
    np.float32,
    st.integers(0, 700),
    elements=st.floats(-LOUDEST, LOUDEST, width=32, allow_subnormal=True),
    fill=st.sampled_from((0.0, 1.0, -1.0, 0.25, 1e-40, LOUDEST)).map(lambda level: float(np.float32(level))),
)
gaps = st.integers(0, 1200)


def sine(frequency_hz, rate_hz, seconds, phase=0.0, amplitude=0.5):
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * frequency_hz * times_s + phase)).astype(np.float32)


def holed(sound, rate_hz, missing_s):
    """Past, missing sound, and future; the hole is in the middle."""
    missing = round(missing_s * rate_hz)
    start = (len(sound) - missing) // 2
    return sound[:start], sound[start : start + missing], sound[start + missing :]


def fill(sound, rate_hz, missing_s):
    past, lost, future = holed(sound, rate_hz, missing_s)
    return conceal(past, len(lost), future, rate_hz), lost


def snr_db(filled, lost):
    error = np.sum(np.square(filled.astype(float) - lost))
    return 10 * np.log10(np.sum(np.square(lost.astype(float))) / max(error, 1e-300))


def rms(sound):
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("frequency_hz", [80, 100, 233, 440, 1000, 1730, 3000, 3700])
@pytest.mark.parametrize("phase", [0.0, 1.0, 2.5])
def test_a_sine_comes_back(rate_hz, frequency_hz, phase):
    assert snr_db(*fill(sine(frequency_hz, rate_hz, 0.3, phase), rate_hz, 0.02)) > 30


def test_a_chord_comes_back():
    chord = sum(sine(hz, 16_000, 0.3, amplitude=0.2) for hz in (210, 640, 1100, 2300))
    assert snr_db(*fill(chord, 16_000, 0.02)) > 20


def test_a_voice_goes_on_with_its_pitch():
    rate_hz, period = 16_000, 133
    pulses = np.zeros(rate_hz // 2)
    pulses[::period] = 1
    mouth = np.exp(-np.arange(200) / 30) * np.cos(2 * np.pi * 700 / rate_hz * np.arange(200))
    voice = np.convolve(pulses, mouth)[: len(pulses)].astype(np.float32)
    filled, lost = fill(voice, rate_hz, 0.04)
    assert snr_db(filled, lost) > 10


@pytest.mark.parametrize("missing_s", [0.01, 0.03, 0.06])
def test_a_noise_goes_on_as_loud_as_it_is(missing_s):
    noise = np.random.default_rng(3).normal(0, 0.1, 16_000).astype(np.float32)
    filled, lost = fill(noise, 16_000, missing_s)
    assert 0.5 * rms(lost) < rms(filled) < 1.2 * rms(lost)


@settings(deadline=None, max_examples=200)
@given(samples, gaps, samples, st.sampled_from(RATES_HZ))
def test_never_louder_than_what_surrounds_it(past, missing, future, rate_hz):
    filled = conceal(past, missing, future, rate_hz)
    assert filled.shape == (missing,)
    assert filled.dtype == np.float32
    assert np.isfinite(filled).all()
    context = round(CONTEXT_S * rate_hz)
    around = np.concatenate((past[-context:], future[:context]))
    assert np.abs(filled).max(initial=0) <= np.abs(around).max(initial=0)


@settings(deadline=None)
@given(samples, gaps, samples, st.sampled_from(RATES_HZ))
def test_the_same_again(past, missing, future, rate_hz):
    once = conceal(past, missing, future, rate_hz)
    assert np.array_equal(once, conceal(past.copy(), missing, future.copy(), rate_hz))


@settings(deadline=None)
@given(samples, gaps, samples)
def test_sound_far_away_does_not_count(past, missing, future):
    context = round(CONTEXT_S * 16_000)
    near = conceal(past[-context:], missing, future[:context], 16_000)
    assert np.array_equal(conceal(past, missing, future, 16_000), near)


@settings(deadline=None)
@given(samples, gaps, samples)
def test_time_may_run_backwards(past, missing, future):
    turned = conceal(future[::-1], missing, past[::-1], 16_000)[::-1]
    assert np.allclose(conceal(past, missing, future, 16_000), turned, rtol=1e-5, atol=0)


@pytest.mark.parametrize("missing", [0, 1, 100, 5000])
def test_silence_stays_silent(missing):
    silence = np.zeros(1000, np.float32)
    assert not conceal(silence, missing, silence, 16_000).any()
    assert not conceal(silence[:0], missing, silence[:0], 16_000).any()


@pytest.mark.parametrize("level", [1.0, -0.3, 1e-30, 1e-42, 1e6])
def test_a_constant_goes_on(level):
    constant = np.full(1000, level, np.float32)
    assert conceal(constant, 320, constant, 16_000) == pytest.approx(constant[:320], rel=0.01)


@pytest.mark.parametrize("factor", [2, 10, 1e5])
def test_clipped_sound_stays_within_its_bounds(factor):
    clipped = np.clip(sine(300, 16_000, 0.3, amplitude=factor), -1, 1)
    filled, lost = fill(clipped, 16_000, 0.02)
    assert np.abs(filled).max() <= 1
    assert rms(filled) > 0.7 * rms(lost)


@pytest.mark.parametrize("oversampled", [3, 6])
def test_sound_that_lacks_the_upper_frequencies_is_no_harder(oversampled):
    import soxr

    noise = np.random.default_rng(5).normal(0, 0.1, 8_000).astype(np.float32)
    narrow = soxr.resample(noise, 8_000, 8_000 * oversampled)
    filled, lost = fill(narrow, 8_000 * oversampled, 0.03)
    assert 0.5 * rms(lost) < rms(filled) < 1.3 * rms(lost)


def test_the_edges_join():
    """The filling starts and ends where the sound around it does."""
    sound = sine(440, 16_000, 0.3)
    past, lost, future = holed(sound, 16_000, 0.06)
    joined = np.concatenate((past, conceal(past, len(lost), future, 16_000), future))
    assert np.abs(np.diff(joined)).max() < 1.1 * np.abs(np.diff(sound)).max()


def test_one_side_alone_fades():
    past = sine(440, 16_000, 0.1)
    reach = round(REACH_S * 16_000)
    filled = conceal(past, 2 * reach, past[:0], 16_000)
    assert not filled[reach:].any()
    levels = [rms(part) for part in np.split(filled[:reach], 6)]
    assert levels == sorted(levels, reverse=True)
    backwards = conceal(past[:0], 2 * reach, past[::-1], 16_000)
    assert np.array_equal(backwards, filled[::-1])


def test_a_long_gap_is_silent_in_its_middle():
    sound = sine(440, 16_000, 1.0)
    filled, _ = fill(sound, 16_000, 0.4)
    reach = round(REACH_S * 16_000)
    assert not filled[reach:-reach].any()
    assert rms(filled[: reach // 4]) > 0.3
    assert rms(filled[-reach // 4 :]) > 0.3
