"""Completeness of recordings, and the order in which they are processed."""

import heapq
import os
import shutil
import subprocess
import sys
import wave

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from command_line import PLAIN
from ogg_pages import joined, pages
from whipbird.errors import SourceError
from whipbird.recordings.files import Version, version_of
from whipbird.recordings.reader import Recording
from whipbird.watch.completeness import Incomplete, Waiting, check_complete, is_readable

RATE_HZ = 16_000


@pytest.fixture(params=["wav", "flac"])
def recording(request, tmp_path, noise):
    path = tmp_path / f"20240501_040000.{request.param}"
    soundfile.write(path, np.tile(noise, 3), RATE_HZ)
    return path


def look(path, **options):
    return check_complete(version_of(str(path)), **options)


def test_start_and_length_of_a_complete_recording(recording):
    waiting = look(recording)
    assert waiting.duration_s == 3.0
    assert waiting.start_s == 1_714_536_000.0  # an AudioMoth's name, in UTC


def test_a_truncated_recording_is_incomplete_unless_accepted_as_it_is(recording):
    os.truncate(recording, recording.stat().st_size * 2 // 3)
    with pytest.raises(Incomplete, match=rf"{recording.name}: shorter than the 3\.0 s given in its header"):
        look(recording)
    assert look(recording, whole=False).duration_s > 0


def test_what_is_missing_makes_it_incomplete_if_it_is_more_than_a_header(tmp_path, noise):
    """Some programs write the size of the file where that of the sound belongs."""
    path = tmp_path / "a.wav"
    soundfile.write(path, noise, RATE_HZ, "PCM_16")
    os.truncate(path, path.stat().st_size - 44)
    assert look(path).duration_s == (RATE_HZ - 22) / RATE_HZ
    os.truncate(path, path.stat().st_size - 2)
    with pytest.raises(Incomplete):
        look(path)


def test_what_follows_the_last_frame_does_not_make_it_incomplete(tmp_path, noise):
    path = tmp_path / "a.flac"
    soundfile.write(path, noise, RATE_HZ)
    path.write_bytes(path.read_bytes() + b"TAG" + bytes(125))
    assert look(path).duration_s == 1.0


def test_a_flac_of_which_the_header_alone_is_there_is_incomplete(tmp_path, noise):
    path = tmp_path / "a.flac"
    soundfile.write(path, noise, RATE_HZ)
    os.truncate(path, path.read_bytes().index(b"\xff\xf8"))
    with pytest.raises(Incomplete):
        look(path)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.webm", "libopus"),
        ("a.mka", "flac"),
        ("a.wma", "wmav2"),
        ("a.m4a", "aac"),
        ("a.caf", "pcm_s16be"),
        ("a.mp3", "libmp3lame"),
    ],
)
def test_a_truncated_recording_of_any_format_is_incomplete(tmp_path, demo, name, codec):
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg makes these recordings")
    path = tmp_path / name
    command = ["ffmpeg", "-loglevel", "error", "-t", "5", "-i", demo, "-c:a", codec]
    subprocess.run([*command, "-movflags", "faststart", path] if name == "a.m4a" else [*command, path], check=True)
    assert look(path).duration_s == pytest.approx(5.0, abs=0.1)
    os.truncate(path, path.stat().st_size * 6 // 10)
    with pytest.raises(Incomplete, match=rf"{name}: shorter than the (5\.0|4\.9|5\.1) s"):
        look(path)


def test_a_damaged_ogg_does_not_crash_the_check(tmp_path, noise):
    """Libsndfile crashes when it seeks in most of these."""
    path = tmp_path / "a.ogg"
    soundfile.write(path, np.tile(noise, 2), RATE_HZ)
    whole = path.read_bytes()
    random = np.random.default_rng(1)
    setup = whole.index(b"\5vorbis")
    for number in range(40):
        parts = pages(whole)
        parts[1][setup - len(parts[0]) + random.integers(7, 2000)] = random.integers(256)
        (tmp_path / f"{number}.ogg").write_bytes(joined(parts))
    program = (
        "import sys\nfrom whipbird.recordings.files import version_of\n"
        "from whipbird.watch.completeness import check_complete\nfrom whipbird.errors import SourceError\n"
        "for path in sys.argv[1:]:\n  try: check_complete(version_of(path))\n  except SourceError: pass\n"
    )
    command = [sys.executable, "-c", program, *sorted(map(str, tmp_path.glob("*.ogg")))]
    assert subprocess.run(command, env=os.environ | PLAIN, check=False).returncode == 0


def test_a_recording_that_vanishes_during_the_check_is_an_error_of_its_own(tmp_path, noise):
    path = tmp_path / "a.flac"
    soundfile.write(path, noise, RATE_HZ)
    recording = Recording(str(path))
    path.unlink()
    with pytest.raises(SourceError, match=r"a\.flac: .*No such file"):
        recording.is_cut()
    recording.close()


def test_an_empty_file_is_incomplete(tmp_path):
    path = tmp_path / "a.wav"
    path.touch()
    with pytest.raises(Incomplete, match=r"a\.wav: empty so far"):
        look(path)
    with pytest.raises(SourceError, match="empty"):
        look(path, whole=False)


def test_a_file_that_is_no_recording_is_not_incomplete(tmp_path):
    path = tmp_path / "a.wav"
    path.write_text("no sound")
    with pytest.raises(SourceError, match="not a recording") as caught:
        look(path)
    assert not isinstance(caught.value, Incomplete)


def test_a_header_without_a_length_is_accepted(tmp_path, noise):
    """Some programs write such a header when they do not know the length at the start."""
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes((noise * 32767).astype(np.int16).tobytes())
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert look(path).duration_s == 1.0


def test_a_real_compressed_recording_is_complete(demo, tmp_path):
    path = shutil.copy(demo, tmp_path)
    assert look(path).duration_s == pytest.approx(17.3, abs=0.1)


def test_without_a_start_time_the_modification_time_counts(tmp_path, noise):
    path = tmp_path / "a.wav"
    soundfile.write(path, noise, RATE_HZ)
    os.utime(path, (1e9, 1e9))
    assert look(path).start_s == pytest.approx(1e9 - 1.0)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.text(min_size=1)), unique=True))
def test_order_is_by_start_then_by_name(keys):
    queue = []
    for start_s, name in keys:
        heapq.heappush(queue, Waiting(start_s, Version(name, 0, 0), 0.0))
    order = [heapq.heappop(queue) for _ in keys]
    assert [(waiting.start_s, waiting.version.path) for waiting in order] == sorted(keys)


@pytest.mark.parametrize("content", [b"", b"1", b"123"])
def test_a_file_is_readable_to_its_end(tmp_path, content):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    assert is_readable(str(path))


def test_a_file_that_is_gone_is_not_readable(tmp_path):
    assert not is_readable(str(tmp_path / "gone.wav"))
