import librosa
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird.models.frontends.base import FrontEnd
from whipbird.models.frontends.build import make_frontend
from whipbird.models.frontends.log_mel import LogMel, LogMelSettings
from whipbird.models.frontends.mfcc import Mfcc, MfccSettings
from whipbird.models.frontends.raw import RawFrames, RawSettings
from whipbird.models.frontends.stft import StftMagnitude, StftSettings
from whipbird_train.frontend_matrices import make_matrices

RATE_HZ = 16_000
HOP = 800
# The window shorter than the transform, as in the shipped models, and the lengths of the Speech Commands papers.
SIZES = [{"frame": 480, "step": 160, "fft": 512}, {"frame": 256, "step": 128, "fft": 256}]
MEL = {"bands": 40, "low_hz": 20.0, "high_hz": 8000.0}
KINDS = [
    RawSettings(),
    StftSettings(**SIZES[0]),
    LogMelSettings(**SIZES[0], **MEL),
    MfccSettings(**SIZES[0], **MEL, coefficients=13),
]


def made(frontend_settings):
    return make_frontend(frontend_settings, make_matrices(frontend_settings, RATE_HZ))


def kind(frontend_settings):
    return frontend_settings.kind


def sweep():
    """Two seconds: a tone that rises through all bands, loud then soft, over faint noise."""
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    tone = librosa.chirp(fmin=60, fmax=7500, sr=RATE_HZ, duration=2) * np.geomspace(0.8, 0.01, len(time_s))
    return (tone + np.random.default_rng(1).normal(0, 1e-3, len(time_s))).astype(np.float32)


def word(clips):
    return soundfile.read(sorted((clips / "yes").iterdir())[0], dtype="float32")[0]


def librosa_stft(sound, size):
    """Magnitudes, shape (frames, fft / 2 + 1)."""
    return np.abs(
        librosa.stft(sound, n_fft=size["fft"], hop_length=size["step"], win_length=size["frame"], center=False)
    ).T


def librosa_log_mel(sound, size):
    """Decibels, shape (frames, bands)."""
    power = librosa.feature.melspectrogram(
        y=sound,
        sr=RATE_HZ,
        n_fft=size["fft"],
        hop_length=size["step"],
        win_length=size["frame"],
        center=False,
        n_mels=MEL["bands"],
        fmin=MEL["low_hz"],
        fmax=MEL["high_hz"],
    )
    return librosa.power_to_db(power, top_db=None).T


def librosa_mfcc(sound, size):
    """Coefficients, shape (frames, 13)."""
    return librosa.feature.mfcc(S=librosa_log_mel(sound, size).T, n_mfcc=13).T


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("sound", ["sweep", "word"])
@pytest.mark.parametrize(
    ("kind", "options", "librosas"),
    [
        (StftSettings, {}, librosa_stft),
        (LogMelSettings, MEL, librosa_log_mel),
        (MfccSettings, {**MEL, "coefficients": 13}, librosa_mfcc),
    ],
)
def test_features_equal_librosas(sound, size, kind, options, librosas, request):
    sound = sweep() if sound == "sweep" else word(request.getfixturevalue("clips"))
    expected = librosas(sound, size)
    ours = made(kind(**size, **options)).whole(sound)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_raw_frames_are_the_samples():
    assert RawFrames().push(np.array([1, 2, 3], np.float32)).tolist() == [[1], [2], [3]]


@pytest.mark.parametrize("frontend_settings", KINDS, ids=kind)
@settings(deadline=None, max_examples=40)
@given(cuts=st.lists(st.integers(0, 4_000), max_size=12))
def test_a_stream_gives_the_same_frames_as_the_whole_clip_however_it_is_cut(frontend_settings, cuts):
    sound = sweep()[:4_000]
    frontend = made(frontend_settings)
    pieces = np.split(sound, sorted(cuts))
    streamed = np.concatenate([frontend.push(piece) for piece in pieces])
    whole = frontend.whole(sound)
    assert streamed.shape == whole.shape == (frontend.count(len(sound)), frontend.width)
    np.testing.assert_array_equal(streamed, whole)


@pytest.mark.parametrize("frontend_settings", KINDS, ids=kind)
@settings(deadline=None, max_examples=20)
@given(offset=st.integers(0, 16))
def test_the_same_hops_give_the_same_bits_wherever_they_lie_in_memory(frontend_settings, offset):
    sound = sweep()
    moved = np.empty(len(sound) + offset, np.float32)[offset:]
    moved[:] = sound
    first, second = made(frontend_settings), made(frontend_settings)
    for begin in range(0, len(sound), HOP):
        np.testing.assert_array_equal(first.push(sound[begin : begin + HOP]), second.push(moved[begin : begin + HOP]))


@pytest.mark.parametrize("frontend_settings", KINDS, ids=kind)
def test_a_hop_costs_only_its_own_frames(frontend_settings):
    frontend = made(frontend_settings)
    frontend.push(np.zeros(HOP, np.float32))
    assert len(frontend.push(np.zeros(HOP, np.float32))) == HOP // frontend.step


@pytest.mark.parametrize("frontend_settings", KINDS, ids=kind)
def test_several_clips_at_once_are_as_each_alone(frontend_settings, noise):
    frontend = made(frontend_settings)
    clips = noise.reshape(2, 2, -1)
    features = frontend.whole(clips)
    assert features.shape == (2, 2, frontend.count(4_000), frontend.width)
    np.testing.assert_array_equal(features[1, 0], frontend.whole(clips[1, 0]))


@pytest.mark.parametrize("frontend_settings", KINDS, ids=kind)
def test_silence_is_what_zeros_give(frontend_settings):
    frontend = made(frontend_settings)
    np.testing.assert_array_equal(frontend.silence(), frontend.push(np.zeros(frontend.frame, np.float32))[0])
    assert np.isfinite(frontend.silence()).all()


def test_digital_silence_lies_at_the_floor():
    np.testing.assert_allclose(made(LogMelSettings(**SIZES[0], **MEL)).silence(), -100)
    np.testing.assert_allclose(made(LogMelSettings(**SIZES[0], **MEL, floor=1e-6)).silence(), -60)


def test_count_and_span_tell_frames_from_samples_and_back():
    frontend = FrontEnd(frame=512, step=160, width=1)
    assert [frontend.count(samples) for samples in (0, 511, 512, 671, 672, 16_000)] == [0, 0, 1, 1, 2, 97]
    assert frontend.span(97) == 15_872
    assert frontend.count(frontend.span(97)) == 97


@pytest.mark.parametrize(("frame", "step"), [(512, 0), (512, 513)])
def test_a_step_that_would_leave_samples_out_is_refused(frame, step):
    with pytest.raises(ValueError, match=f"step of {step} samples"):
        FrontEnd(frame, step, 1)


def matrices(**changes):
    made_ones = make_matrices(KINDS[3], RATE_HZ) | changes
    return {name: matrix for name, matrix in made_ones.items() if matrix is not None}


@pytest.mark.parametrize(("front_end", "name"), [(StftMagnitude, "window"), (LogMel, "mel"), (Mfcc, "dct")])
def test_a_missing_matrix_is_named(front_end, name):
    with pytest.raises(ValueError, match=f"needs a matrix named '{name}'"):
        front_end(160, matrices(**{name: None}))


@pytest.mark.parametrize(("front_end", "name"), [(StftMagnitude, "window"), (LogMel, "mel"), (Mfcc, "dct")])
def test_a_matrix_of_the_wrong_dimensions_is_named(front_end, name):
    with pytest.raises(ValueError, match=f"matrix '{name}' has 3 dimensions"):
        front_end(160, matrices(**{name: np.zeros((2, 2, 2), np.float32)}))


def test_matrices_that_do_not_fit_each_other_are_refused():
    with pytest.raises(ValueError, match="mel matrix for 129 bins, but the transform gives 257"):
        LogMel(160, matrices(mel=np.zeros((40, 129), np.float32)))
    with pytest.raises(ValueError, match="cosine transform of 64 bands, but there are 40"):
        Mfcc(160, matrices(dct=np.zeros((13, 64), np.float32)))
