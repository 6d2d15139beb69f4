"""Front ends of all kinds cut streams into frames and give the same features for any cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_frontends import KINDS, made, sweep
from whipbird.models.frontends.base import FrontEnd, push_each

HOP = 800


def kind(frontend_settings):
    return frontend_settings.kind


@pytest.mark.parametrize("frontend_settings", KINDS, ids=kind)
@settings(deadline=None, max_examples=40)
@given(cuts=st.lists(st.integers(0, 4_000), max_size=12))
def test_a_stream_gives_the_same_frames_as_the_whole_clip_however_it_is_cut(frontend_settings, cuts):
    sound = sweep()[:4_000]
    frontend = made(frontend_settings)
    pieces = np.split(sound, sorted(cuts))
    streamed = np.concatenate([frontend.push(piece) for piece in pieces])
    whole = frontend.whole(sound)
    assert streamed.shape == whole.shape == (frontend.frame_count(len(sound)), frontend.width)
    np.testing.assert_array_equal(streamed, whole)


@pytest.mark.parametrize("frontend_settings", KINDS, ids=kind)
@settings(deadline=None, max_examples=20)
@given(offset=st.integers(0, 16))
def test_the_same_hops_give_the_same_bits_at_any_address(frontend_settings, offset):
    sound = sweep()
    moved = np.empty(len(sound) + offset, np.float32)[offset:]
    moved[:] = sound
    first, second = made(frontend_settings), made(frontend_settings)
    for start in range(0, len(sound), HOP):
        np.testing.assert_array_equal(first.push(sound[start : start + HOP]), second.push(moved[start : start + HOP]))


@settings(deadline=None, max_examples=20)
@given(
    streams=st.lists(st.sampled_from(KINDS), min_size=1, max_size=6),
    rounds=st.lists(st.lists(st.integers(0, 1_000), min_size=6, max_size=6), max_size=4),
)
def test_several_streams_at_once_get_the_same_frames_as_each_alone(streams, rounds):
    sound = sweep()
    together, alone = [made(one) for one in streams], [made(one) for one in streams]
    for number, lengths in enumerate(rounds):
        pieces = [sound[number * 1_000 :][:length] for length in lengths[: len(streams)]]
        found = push_each(list(zip(together, pieces, strict=True)))
        for own, frontend, piece in zip(found, alone, pieces, strict=True):
            np.testing.assert_array_equal(own, frontend.push(piece))


@pytest.mark.parametrize("frontend_settings", KINDS, ids=kind)
def test_a_hop_costs_only_its_own_frames(frontend_settings):
    frontend = made(frontend_settings)
    frontend.push(np.zeros(HOP, np.float32))
    assert len(frontend.push(np.zeros(HOP, np.float32))) == HOP // frontend.step


@pytest.mark.parametrize("frontend_settings", KINDS, ids=kind)
def test_several_clips_at_once_are_transformed_as_each_alone(frontend_settings, noise):
    frontend = made(frontend_settings)
    clips = noise.reshape(2, 2, -1)
    features = frontend.whole(clips)
    assert features.shape == (2, 2, frontend.frame_count(4_000), frontend.width)
    np.testing.assert_array_equal(features[1, 0], frontend.whole(clips[1, 0]))


@pytest.mark.parametrize("frontend_settings", KINDS, ids=kind)
def test_silence_is_the_feature_of_zeros(frontend_settings):
    frontend = made(frontend_settings)
    np.testing.assert_array_equal(frontend.silence(), frontend.push(np.zeros(frontend.frame, np.float32))[0])
    assert np.isfinite(frontend.silence()).all()


def test_frame_count_and_span_convert_between_frames_and_samples():
    frontend = FrontEnd(frame=512, step=160, width=1)
    assert [frontend.frame_count(samples) for samples in (0, 511, 512, 671, 672, 16_000)] == [0, 0, 1, 1, 2, 97]
    assert frontend.span(97) == 15_872
    assert frontend.frame_count(frontend.span(97)) == 97


@pytest.mark.parametrize(("frame", "step"), [(512, 0), (512, 513)])
def test_a_step_that_would_leave_samples_out_is_refused(frame, step):
    with pytest.raises(ValueError, match=f"step of {step} samples"):
        FrontEnd(frame, step, 1)
