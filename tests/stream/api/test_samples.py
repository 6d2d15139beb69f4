import numpy as np
import pytest
import soundfile

from whipbird.api.samples import as_blocks, as_rate, channel_number
from whipbird.errors import SourceError, WhipbirdError


@pytest.mark.parametrize(
    ("kind", "subtype"), [("int16", "PCM_16"), ("int32", "PCM_32"), ("uint8", "PCM_U8"), ("float64", "DOUBLE")]
)
def test_samples_are_those_of_a_recording_of_that_type(tmp_path, noise, kind, subtype):
    path = tmp_path / "noise.wav"
    soundfile.write(path, noise, 16_000, subtype=subtype)
    expected = soundfile.read(path, dtype="float32", always_2d=True)[0]
    bytes_ = np.rint(expected * 128 + 128).astype(np.uint8)  # which soundfile does not read as they are
    found = as_blocks(bytes_ if kind == "uint8" else soundfile.read(path, dtype=kind)[0])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


def test_float32_is_not_copied(noise):
    assert np.shares_memory(as_blocks(noise), noise)


def test_channels_are_the_second_dimension(noise):
    assert as_blocks(noise.reshape(-1, 2)).shape == (8_000, 2)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros((2, 16_000), np.float32), r"samples: have the shape \(2, 16000\); .*give samples.T"),
        (np.zeros((2, 3, 4), np.float32), r"samples: have the shape \(2, 3, 4\); give \(samples,\) or"),
        (np.float32(1), "samples: is a single number; give an array"),
        (np.zeros(9, np.int64), "samples: are int64; give float numbers between -1 and 1, or int16, int32 or uint8"),
        (np.zeros(9, bool), "samples: are bool; give"),
        (np.zeros(9, complex), "samples: are complex128; give"),
        (np.array(["a", "b"]), "samples: are str"),
        ([[1.0], [1.0, 2.0]], "samples: no array of samples"),
    ],
    ids=str,
)
def test_what_is_no_sound_is_refused_in_one_line(samples, message):
    with pytest.raises(SourceError, match=message) as error:
        as_blocks(samples)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("rate_hz", [16_000, 16_000.0, np.int64(16_000), np.float32(16_000)], ids=repr)
def test_a_rate_may_be_any_whole_number(rate_hz):
    assert as_rate(rate_hz) == 16_000


@pytest.mark.parametrize(
    ("rate_hz", "message"),
    [
        (None, "samples: give their rate in hertz: rate_hz"),
        (16_000.5, r"samples: the rate 16000\.5 is no whole number of hertz"),
        ("fast", "samples: the rate 'fast' is no whole number of hertz"),
        (float("inf"), "samples: the rate inf is no whole number of hertz"),
        (10, "samples: a rate of 10 Hz is out of range"),
    ],
)
def test_another_rate_is_refused(rate_hz, message):
    with pytest.raises(SourceError, match=message):
        as_rate(rate_hz)


def test_channels_are_numbers_or_the_mix():
    assert channel_number("mix") is None
    assert channel_number(2) == 2


@pytest.mark.parametrize("channel", [0, -1, True, "left", 1.0])
def test_another_channel_is_refused(channel):
    with pytest.raises(WhipbirdError, match=f"channel {channel!r}: give a number from 1, or 'mix'"):
        channel_number(channel)
