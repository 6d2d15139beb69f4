import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_recordings import measured, noise, sine
from whipbird.measures.clipping import Clipping

STEP = 2.0**-15


def clipping(sound, cuts=()):
    return measured(Clipping(STEP), sound, cuts)


def rounded(sound):
    return np.rint(np.asarray(sound) / STEP) * STEP


@pytest.mark.parametrize("limit", [1.0, 0.5, 0.1])
def test_flat_tops_below_full_scale_are_counted(limit):
    sound = np.clip(sine(440, 1, 48_000, 1.5 * limit), -limit, limit)
    found = clipping(sound)
    assert found.samples == np.count_nonzero(np.abs(sound) >= limit)
    assert found.runs == 880
    assert found.level == pytest.approx(limit)


def test_one_side_alone_can_be_clipped():
    sound = np.minimum(sine(440, 1, 48_000, 0.9), 0.7)
    found = clipping(sound)
    assert found.runs == 440
    assert found.level == pytest.approx(0.7)


@pytest.mark.parametrize("rate_hz", [8000, 48_000, 384_000])
@pytest.mark.parametrize("frequency_hz", [20, 100, 997])
def test_a_sine_that_is_only_rounded_is_not_clipped(rate_hz, frequency_hz):
    assert clipping(rounded(sine(frequency_hz, 1, rate_hz, 0.999))).runs == 0


def test_noise_and_silence_are_not_clipped():
    assert clipping(rounded(noise(5, 16_000))).runs == 0
    assert clipping(rounded(noise(5, 16_000, 2 * STEP))).runs == 0
    assert clipping(np.zeros(16_000)).runs == 0


def test_a_flat_top_below_the_loudest_sample_does_not_count():
    top = [0, 0.5, 0.5, 0.5, 0]
    assert clipping(top).samples == 3
    assert clipping([*top, 0.6, 0]).samples == 0
    assert clipping([0.6, *top]).samples == 0


def counted_slowly(samples):
    """The definition, applied sample by sample."""
    count = 0
    for sign in (1, -1):
        values = [sign * value for value in samples]
        top = max(values)
        start = None
        for index, value in enumerate([*values, None]):
            if value == top:
                start = index if start is None else start
            elif start is not None:
                before = values[start - 1] if start else top
                after = top if value is None else value
                steep = max(top - before, top - after) > 2.5 * STEP
                count += (index - start) * (index - start >= 3 and steep and top >= 0.01)
                start = None
    return count


@given(
    st.lists(st.sampled_from([-0.5, -0.25, 0.0, 0.25, 0.5 - STEP, 0.5]), min_size=1, max_size=60),
    st.lists(st.integers(0, 60)),
)
def test_blocks_do_not_matter_and_the_definition_holds(samples, cuts):
    assert clipping(samples, cuts).samples == clipping(samples).samples == counted_slowly(samples)
