import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird.audio.resample import LEAD_S, PERIOD_S, Resampler

TARGET_HZ = 16_000
RATES_HZ = [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000, 384_000]


def resampled(sound, source_hz, target_hz=TARGET_HZ):
    resampler = Resampler(source_hz, target_hz)
    return np.concatenate((resampler.push(sound), resampler.finish()))


def test_equal_rates_pass_through(noise):
    np.testing.assert_array_equal(resampled(noise, TARGET_HZ), noise)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_second_stays_a_second(rate_hz):
    sound = resampled(np.zeros(rate_hz, np.float32), rate_hz)
    assert sound.shape == (TARGET_HZ,)
    assert sound.dtype == np.float32


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_an_impulse_stays_at_its_time(rate_hz):
    sound = np.zeros(rate_hz, np.float32)
    sound[rate_hz // 4] = 1
    peak = np.abs(resampled(sound, rate_hz)).argmax()
    assert peak == round((rate_hz // 4) / rate_hz * TARGET_HZ)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_tone_keeps_its_phase(rate_hz):
    def tone(rate):
        return np.sin(2 * np.pi * 1_000 * np.arange(rate) / rate).astype(np.float32)

    middle = slice(TARGET_HZ // 4, 3 * TARGET_HZ // 4)
    np.testing.assert_allclose(resampled(tone(rate_hz), rate_hz)[middle], tone(TARGET_HZ)[middle], atol=1e-5)


def test_frequencies_that_the_new_rate_cannot_hold_are_removed():
    whistle = np.sin(2 * np.pi * 12_000 * np.arange(48_000) / 48_000).astype(np.float32)
    assert np.abs(resampled(whistle, 48_000)[4_000:12_000]).max() < 1e-5


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 384_000])
@settings(deadline=None, max_examples=30)
@given(cuts=st.lists(st.integers(0, 20_000), max_size=20))
def test_the_result_does_not_depend_on_the_cutting_bit_for_bit(rate_hz, cuts):
    sound = np.random.default_rng(1).normal(0, 0.1, 20_000).astype(np.float32)
    resampler = Resampler(rate_hz, TARGET_HZ)
    pieces = [resampler.push(piece) for piece in np.split(sound, sorted(cuts))]
    np.testing.assert_array_equal(np.concatenate([*pieces, resampler.finish()]), resampled(sound, rate_hz))


def test_one_channel_of_several_need_not_be_contiguous(noise):
    stereo = np.stack((noise, -noise), axis=1)
    np.testing.assert_array_equal(resampled(stereo[:, 1], 44_100), resampled(-noise, 44_100))


def test_at_48_khz_no_more_than_37_ms_are_held_back():
    resampler = Resampler(48_000, TARGET_HZ)
    given, least = 0, 0
    for _ in range(100):
        given += 960
        least += len(resampler.push(np.zeros(960, np.float32)))
        assert given / 48_000 - least / TARGET_HZ < 0.037


@pytest.mark.parametrize("rate_hz", [8_000, TARGET_HZ, 44_100])
def test_nothing_in_nothing_out(rate_hz):
    assert len(resampled(np.empty(0, np.float32), rate_hz)) == 0


@pytest.mark.parametrize(("source_hz", "target_hz"), [(4_000, 1_000), (1_000, 4_000), (4_410, 1_600), (1_000, 1_000)])
@settings(deadline=None, max_examples=10)
@given(cuts=st.lists(st.integers(0, 1_000_000), max_size=10), periods=st.integers(0, 2))
def test_from_the_middle_it_is_the_same_bit_for_bit_however_it_is_cut(source_hz, target_hz, cuts, periods):
    sound = np.random.default_rng(1).normal(0, 0.1, round(200.3 * source_hz)).astype(np.float32)
    start_s = periods * PERIOD_S
    resampler = Resampler(source_hz, target_hz, start_s)
    rest = sound[max(0, start_s - LEAD_S) * source_hz :]
    pieces = [resampler.push(piece) for piece in np.split(rest, sorted(cuts))]
    whole = resampled(sound, source_hz, target_hz)
    assert len(whole) == round(len(sound) / source_hz * target_hz)
    np.testing.assert_array_equal(np.concatenate([*pieces, resampler.finish()]), whole[start_s * target_hz :])


def test_it_starts_only_where_streams_change():
    with pytest.raises(ValueError, match="multiples of 64 s"):
        Resampler(48_000, 16_000, 65)


def test_the_change_of_streams_is_inaudible():
    seconds = PERIOD_S + 2
    tone = np.sin(2 * np.pi * 440 * np.arange(seconds * 48_000) / 48_000).astype(np.float32)
    expected = np.sin(2 * np.pi * 440 * np.arange(seconds * TARGET_HZ) / TARGET_HZ)
    middle = slice(TARGET_HZ, -TARGET_HZ)
    np.testing.assert_allclose(resampled(tone, 48_000)[middle], expected[middle], atol=2e-6)
