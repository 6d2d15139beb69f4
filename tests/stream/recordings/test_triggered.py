import shutil
import subprocess

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from triggered import BLOCK, COMMENT, counter, write_wav
from whipbird.audio.gap import BELOW_TRIGGER, Gap
from whipbird.recordings.reader import Recording
from whipbird.recordings.triggered import TriggeredPipe, find_left_out

RATE_HZ = 8_000
ALL = 10**9


def loud(samples, seed=1):
    return np.random.default_rng(seed).integers(-9_000, 9_000, samples, np.int16)


def read(path, count=1_000):
    """Everything in a recording: samples of 16 bits, and gaps."""
    recording, found = Recording(str(path)), []
    promised = recording.promised
    while len(item := recording.read(count)):
        if not isinstance(item, Gap):
            item = np.round(item[:, 0] * 2**15).astype(np.int16)
            if found and not isinstance(found[-1], Gap):
                item = np.concatenate((found.pop(), item))
        found.append(item)
    recording.close()
    return found, promised


# An AudioMoth's header is part of its first block, so that sound does not start with a block.
@pytest.mark.parametrize("before", [0, 12, 1_000, 70_000])
@pytest.mark.parametrize("blocks", [1, 3, 2**20])
def test_what_was_left_out_is_a_gap_of_its_length(tmp_path, before, blocks):
    first, last = loud(before), loud(2_000, seed=2)
    path = write_wav(tmp_path / "20240501_060000T.WAV", RATE_HZ, first, blocks, last)
    (*sound, gap, rest), promised = read(path)
    assert gap == Gap(before, before + blocks * BLOCK, BELOW_TRIGGER)
    assert promised == before + blocks * BLOCK + 2_000
    np.testing.assert_array_equal(np.concatenate((np.empty(0, np.int16), *sound)), first)
    np.testing.assert_array_equal(rest, last)


def test_a_recording_can_begin_and_end_below_the_trigger(tmp_path):
    path = write_wav(tmp_path / "20240501_060000T.WAV", RATE_HZ, 5, loud(600), 7, 9)
    found, _ = read(path)
    assert [len(item) for item in found] == [5 * BLOCK, 600, 7 * BLOCK, 9 * BLOCK]
    silent = write_wav(tmp_path / "20240501_070000T.WAV", RATE_HZ, 99)
    assert read(silent) == ([Gap(0, 99 * BLOCK, BELOW_TRIGGER)], 99 * BLOCK)


def test_it_is_read_from_its_start(tmp_path):
    path = write_wav(tmp_path / "20240501_060000T.WAV", RATE_HZ, loud(600), 7)
    assert not Recording(str(path)).can_seek


@pytest.mark.parametrize("name", ["20240501_060000T.WAV", "24E144055DA1DC61_20240501_060000T.wav"])
def test_the_name_says_that_it_was_triggered(tmp_path, name):
    assert len(find_left_out(str(write_wav(tmp_path / name, RATE_HZ, loud(600), 7)), None, ALL)) == 1


def test_the_comment_says_so_too(tmp_path):
    path = write_wav(tmp_path / "renamed.wav", RATE_HZ, loud(600), 7, comment=COMMENT)
    assert len(find_left_out(str(path), None, ALL)) == 1


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg makes this recording")
def test_a_converted_recording(tmp_path):
    path = write_wav(tmp_path / "renamed.wav", RATE_HZ, loud(612), 7, loud(100), comment=COMMENT)
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", path, tmp_path / "renamed.flac"], check=True)
    assert [len(item) for item in read(tmp_path / "renamed.flac")[0]] == [612, 7 * BLOCK, 100]


def test_sound_of_other_recorders_is_left_alone(tmp_path):
    path = write_wav(tmp_path / "20240501_060000.WAV", RATE_HZ, loud(600), 7)
    assert [len(item) for item in read(path)[0]] == [600 + BLOCK]


def test_quiet_sound_is_no_block(tmp_path):
    almost = counter(7)
    almost[-1] = 1
    path = write_wav(tmp_path / "20240501_060000T.WAV", RATE_HZ, almost, np.zeros(500, np.int16), counter(0))
    assert find_left_out(str(path), None, ALL) == []


def test_a_number_that_no_recording_lasts_is_sound(tmp_path):
    path = write_wav(tmp_path / "20240501_060000T.WAV", RATE_HZ, loud(600), 2**32 - 1, loud(600))
    assert [len(item) for item in read(path)[0]] == [1_200 + BLOCK]


def test_a_recording_that_was_cut_off_lacks_what_its_header_promises(tmp_path):
    path = write_wav(tmp_path / "20240501_060000T.WAV", RATE_HZ, loud(600), 7, loud(600))
    path.write_bytes(path.read_bytes()[:-400])
    recording = Recording(str(path))
    assert recording.promised == 1_200 + 7 * BLOCK
    assert recording.is_cut()
    found, _ = read(path)
    assert [len(item) for item in found] == [600, 7 * BLOCK, 400]


def test_stereo_and_other_formats_are_not_of_an_audiomoth(tmp_path):
    path = tmp_path / "20240501_060000T.wav"
    soundfile.write(path, np.stack([counter(7)] * 2, axis=1), RATE_HZ)
    assert find_left_out(str(path), None, ALL) == []


def read_pipe(path, count, most=ALL):
    """As `read`, but through a pipe, which gives what comes."""
    with soundfile.SoundFile(path) as file:
        triggered, found = TriggeredPipe(lambda most: file.read(most, "float32", always_2d=True), most), []
        while len(item := triggered.read(count)):
            if not isinstance(item, Gap):
                item = np.round(item[:, 0] * 2**15).astype(np.int16)
                if found and not isinstance(found[-1], Gap):
                    item = np.concatenate((found.pop(), item))
            found.append(item)
    return found, triggered.left_out


def as_values(item):
    return item if isinstance(item, Gap) else item.tolist()


def test_sums_of_more_than_any_recording_lasts_are_sound(tmp_path):
    path = write_wav(tmp_path / "20240501_060000T.WAV", RATE_HZ, 6, loud(600), 5, loud(600), 1)
    assert [block.length for block in find_left_out(str(path), None, 10 * BLOCK)] == [6 * BLOCK]
    assert [len(item) for item in read_pipe(path, 100, 10 * BLOCK)[0]] == [6 * BLOCK, 1_200 + 2 * BLOCK]


@settings(max_examples=30)
@given(
    st.lists(st.one_of(st.integers(1, 10**6), st.integers(1, 700).map(loud)), min_size=1, max_size=6),
    st.integers(1, 900),
)
def test_any_parts_read_in_any_pieces(tmp_path_factory, parts, count):
    path = write_wav(tmp_path_factory.mktemp("any") / "20240501_060000T.WAV", RATE_HZ, *parts)
    found, promised = read(path, count)
    piped, left_out = read_pipe(path, count)
    assert left_out == promised - soundfile.info(path).frames
    assert list(map(as_values, piped)) == list(map(as_values, found))
    gaps = [part * BLOCK for part in parts if isinstance(part, int)]
    sound = [part for part in parts if not isinstance(part, int)]
    assert [len(item) for item in found if isinstance(item, Gap)] == gaps
    assert promised == sum(gaps) + sum(map(len, sound))
    np.testing.assert_array_equal(
        np.concatenate([np.empty(0, np.int16), *(item for item in found if not isinstance(item, Gap))]),
        np.concatenate([np.empty(0, np.int16), *sound]),
    )
