import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_recordings import measured, noise, sine
from whipbird.measures.flat_runs import Dropout, FlatRuns

RATE_HZ = 16_000


def flat_runs(sound, cuts=()):
    return measured(FlatRuns(RATE_HZ), sound, cuts)


def test_zeros_and_repeated_samples_within_sound_are_dropouts():
    sound = noise(2, RATE_HZ)
    sound[8000:8160] = 0
    sound[20_000:20_100] = sound[20_000]
    found = flat_runs(sound)
    assert found.first_dropouts == [Dropout(8000, 8160), Dropout(20_000, 20_100)]
    assert (found.dropouts, found.dropped_samples, found.silent_samples) == (2, 260, 0)


def test_a_pause_between_sounds_that_fade_is_silence():
    fade = np.linspace(0, 1, 4000)
    sound = np.concatenate((noise(0.25, RATE_HZ) * fade[::-1] ** 4, np.zeros(4000), noise(0.25, RATE_HZ) * fade**4))
    found = flat_runs(sound)
    assert found.dropouts == 0
    assert found.silent_samples == pytest.approx(4000, abs=20)


def test_silence_before_and_after_a_sound_is_no_dropout():
    found = flat_runs(np.concatenate((np.zeros(3000), noise(1, RATE_HZ), np.zeros(5000))))
    assert (found.dropouts, found.silent_samples) == (0, 8000)


def test_a_run_of_more_than_half_a_second_is_silence():
    sound = noise(3, RATE_HZ)
    sound[8000:17_000] = 0
    found = flat_runs(sound)
    assert (found.dropouts, found.silent_samples) == (0, 9000)


def test_a_recording_without_any_sound():
    assert flat_runs(np.zeros(RATE_HZ)).silent_samples == RATE_HZ
    assert flat_runs(np.full(RATE_HZ, 0.3)).silent_samples == RATE_HZ


def test_clipped_sound_is_not_flat():
    found = flat_runs(np.clip(sine(20, 2, RATE_HZ, 1.0), -0.3, 0.3))
    assert (found.dropouts, found.silent_samples) == (0, 0)


@pytest.mark.parametrize("sound", [noise(2, RATE_HZ), noise(2, RATE_HZ, 5e-4), sine(100, 2, RATE_HZ)])
def test_ordinary_sound_is_not_flat(sound):
    found = flat_runs(np.rint(sound * 2**15) / 2**15)
    assert (found.dropouts, found.silent_samples) == (0, 0)


segments = st.lists(
    st.tuples(st.sampled_from(["noise", "zeros", "held"]), st.integers(1, 9000)), min_size=1, max_size=8
)


@given(segments, st.lists(st.integers(0, 70_000), max_size=30))
def test_blocks_do_not_matter(segments, cuts):
    rng = np.random.default_rng(len(segments))
    sound = [0.01]
    for kind, length in segments:
        sound.extend({"noise": rng.normal(0, 0.1, length), "zeros": np.zeros(length)}.get(kind, [sound[-1]] * length))
    whole, parts = flat_runs(sound), flat_runs(sound, cuts)
    assert (whole.silent_samples, whole.dropped_samples, whole.first_dropouts) == (
        parts.silent_samples,
        parts.dropped_samples,
        parts.first_dropouts,
    )
