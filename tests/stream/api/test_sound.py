from datetime import UTC

import numpy as np
import pytest

from whipbird.api.sound import chunk_blocks, is_whole, open_sound, read_sound
from whipbird.errors import SourceError, WhipbirdError

RATE_HZ = 16_000


def test_arrays_and_paths_are_whole_and_lists_are_chunks(noise, demo):
    assert is_whole(noise)
    assert is_whole(demo)
    assert is_whole(str(demo))
    assert not is_whole([noise])
    assert not is_whole(iter([noise]))


def test_a_recording_has_its_own_rate(demo):
    source = open_sound(demo, None)
    assert (source.rate_hz, source.path) == (RATE_HZ, str(demo))
    source.close()
    with pytest.raises(SourceError, match=r"demo.flac: a recording has its own rate; leave out rate_hz"):
        open_sound(demo, RATE_HZ)


def test_an_address_is_refused_without_its_password():
    with pytest.raises(SourceError, match=r"use whipbird\.listen for network streams") as error:
        open_sound("rtsp://me:secret@camera.local/stream", None)
    assert "secret" not in str(error.value)


def test_a_time_zone_may_be_a_name_or_a_zone(demo):
    for zone in ("UTC", UTC):
        source = open_sound(demo, None, zone)
        assert source.zone is UTC
        source.close()
    with pytest.raises(WhipbirdError, match="unknown time zone 'Mars'"):
        open_sound(demo, None, "Mars")


def test_all_samples_of_a_channel_or_the_mean(noise):
    stereo = np.stack((noise, -noise), axis=1)
    np.testing.assert_array_equal(read_sound(stereo, RATE_HZ, 2)[0], -noise)
    np.testing.assert_array_equal(read_sound(stereo, RATE_HZ, None)[0], np.zeros_like(noise))


@pytest.mark.parametrize(
    ("samples", "channel", "message"),
    [
        (np.zeros(0, np.float32), None, "samples: holds no sound"),
        (np.zeros(9, np.float32), 2, "samples: has 1 channels, not 2"),
        (np.array([0, np.nan], np.float32), None, "samples: has samples that are not finite numbers, or far too loud"),
        (np.array([0, 1e300]), None, "samples: has samples that are not finite numbers, or far too loud"),
    ],
)
def test_a_clip_that_is_no_sound_is_refused(samples, channel, message):
    with pytest.raises(SourceError, match=message):
        read_sound(samples, RATE_HZ, channel)


def test_empty_chunks_are_left_out(noise):
    blocks = list(chunk_blocks([noise[:0], noise[:9], noise[:0], noise[9:]]))
    assert [block.shape for block in blocks] == [(9, 1), (15_991, 1)]


@pytest.mark.parametrize(
    ("chunks", "message"),
    [
        ([], "samples: holds no sound"),
        ([np.zeros((4, 2)), np.zeros(4)], "samples, chunk 2: has 1 channels, but those before have 2"),
        ([0.1, 0.2], "samples, chunk 1: is a single number"),
        ([np.zeros(4), "word"], "samples, chunk 2: "),
        (b"bytes", "samples, chunk 1: "),
    ],
)
def test_chunks_that_are_no_sound_are_refused(chunks, message):
    with pytest.raises(SourceError, match=message):
        list(chunk_blocks(chunks))
