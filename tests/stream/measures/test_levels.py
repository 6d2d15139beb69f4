import shutil
import subprocess

import numpy as np
import pytest

from made_recordings import noise, sine, write
from whipbird.measures.levels import Levels, dbfs

RATE_HZ = 16_000


def measured(*channels):
    levels = Levels(RATE_HZ, len(channels))
    sound = np.stack(channels).astype(np.float32)
    for start in range(0, sound.shape[1], 3 * levels.frame):
        levels.push(sound[:, start : start + 3 * levels.frame])
    return levels


def test_a_sine_of_full_scale_is_3_db_below_its_peak():
    levels = measured(sine(1000, 2.05, RATE_HZ, 1.0))
    assert dbfs(levels.peak[0]) == pytest.approx(0, abs=0.01)
    assert dbfs(levels.rms[0]) == pytest.approx(-3.01, abs=0.01)


def test_direct_current_is_the_mean_and_no_noise():
    levels = measured(0.25 + noise(3, RATE_HZ, 0.001))
    assert levels.offset[0] == pytest.approx(0.25, abs=1e-4)
    assert dbfs(levels.rms[0]) == pytest.approx(-12.04, abs=0.01)
    assert levels.noise_floors_dbfs[0] == pytest.approx(-60, abs=0.5)


def test_the_noise_floor_is_the_level_between_the_sounds():
    quiet, loud = noise(4, RATE_HZ, 0.001), noise(4, RATE_HZ, 0.3)
    assert measured(np.concatenate((loud, quiet))).noise_floors_dbfs[0] == pytest.approx(-60, abs=0.5)


def test_digital_silence_has_no_level_and_is_no_noise():
    silence = np.zeros(2 * RATE_HZ)
    levels = measured(silence, np.concatenate((silence[RATE_HZ:], noise(1, RATE_HZ, 0.01))))
    assert levels.noise_floors_dbfs[0] is None
    assert levels.noise_floors_dbfs[1] == pytest.approx(-40, abs=0.5)
    assert dbfs(levels.peak[0]) is None


def test_levels_are_those_of_sox(tmp_path, demo):
    if shutil.which("sox") is None:
        pytest.skip("sox measures the levels for comparison")
    import soundfile

    path = write(tmp_path / "sound.wav", 0.03 + soundfile.read(demo)[0], RATE_HZ)
    printed = subprocess.run(["sox", path, "-n", "stats"], capture_output=True, text=True, check=True).stderr
    stats = dict(line.rsplit(maxsplit=1) for line in printed.splitlines())
    levels = measured(soundfile.read(path)[0])
    assert dbfs(levels.peak[0]) == pytest.approx(float(stats["Pk lev dB"]), abs=0.01)
    assert dbfs(levels.rms[0]) == pytest.approx(float(stats["RMS lev dB"]), abs=0.01)
    assert levels.offset[0] == pytest.approx(float(stats["DC offset"]), abs=1e-6)
