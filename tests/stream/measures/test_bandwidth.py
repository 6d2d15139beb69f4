import shutil
import subprocess

import numpy as np
import pytest
import soxr

from made_recordings import facts, noise, sine, write
from whipbird.measures.bandwidth import sufficient_rate_hz


def bandwidth(path):
    found, _ = facts(path)
    return found.bandwidth_hz, found.sufficient_rate_hz


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
@pytest.mark.parametrize("level", [0.1, 0.003])
def test_sound_of_8_khz_in_a_file_of_48_khz_is_found(tmp_path, subtype, level):
    narrow = noise(3, 8000, level)
    path = write(tmp_path / "wide.wav", soxr.resample(narrow, 8000, 48_000), 48_000, subtype)
    bandwidth_hz, enough_hz = bandwidth(path)
    assert bandwidth_hz == pytest.approx(4000, abs=200)
    assert enough_hz == 8000


def test_words_of_8_khz_are_found(tmp_path, demo):
    if shutil.which("sox") is None:
        pytest.skip("sox makes the files of this test")
    narrow, wide = tmp_path / "narrow.wav", tmp_path / "wide.wav"
    subprocess.run(["sox", demo, "-r", "8000", narrow], check=True)
    subprocess.run(["sox", narrow, "-r", "48000", wide], check=True)
    assert bandwidth(wide) == (pytest.approx(3900, abs=200), 8000)
    assert bandwidth(demo) == (8000, None)


@pytest.mark.parametrize("rate_hz", [8000, 48_000, 384_000])
@pytest.mark.parametrize("level", [0.1, 0.0005])
def test_noise_fills_the_band(tmp_path, rate_hz, level):
    bandwidth_hz, enough_hz = bandwidth(write(tmp_path / "noise.wav", noise(2, rate_hz, level), rate_hz))
    assert bandwidth_hz > 0.98 * rate_hz / 2
    assert enough_hz is None


@pytest.mark.parametrize("frequency_hz", [500, 3000, 6000, 12_000])
def test_a_tone_in_noise_does_not_hide_it(tmp_path, frequency_hz):
    path = write(tmp_path / "tone.wav", sine(frequency_hz, 3, 48_000) + noise(3, 48_000, 0.0005), 48_000)
    assert bandwidth(path)[0] > 23_000


def test_a_tone_alone_is_the_bandwidth(tmp_path):
    assert bandwidth(write(tmp_path / "tone.wav", sine(997, 3, 48_000), 48_000)) == (
        pytest.approx(1250, abs=260),  # a window that ends smoothly smears it a little
        8000,
    )


def test_rumble_of_wind_is_no_cliff(tmp_path):
    rumble = np.cumsum(noise(5, 48_000, 0.01))
    rumble -= np.convolve(rumble, np.ones(4800) / 4800, "same")
    path = write(tmp_path / "wind.wav", 0.5 * rumble / np.abs(rumble).max() + noise(5, 48_000, 0.001, 2), 48_000)
    assert bandwidth(path)[0] > 23_000


def test_silence_has_no_bandwidth(tmp_path):
    assert bandwidth(write(tmp_path / "silence.wav", np.zeros(16_000), 16_000)) == (0, None)
    assert bandwidth(write(tmp_path / "offset.wav", np.full(16_000, 0.25), 16_000))[0] < 500


@pytest.mark.parametrize(
    ("bandwidth_hz", "rate_hz", "enough_hz"),
    [(4000, 48_000, 8000), (7900, 48_000, 16_000), (20_500, 48_000, None), (12_000, 44_100, 24_000), (0, 48_000, None)],
)
def test_the_lowest_usual_rate_that_holds_as_much(bandwidth_hz, rate_hz, enough_hz):
    assert sufficient_rate_hz(bandwidth_hz, rate_hz) == enough_hz
