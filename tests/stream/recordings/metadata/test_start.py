import os
import struct
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from whipbird.audio.clock import Clock
from whipbird.recordings.metadata.start import recording_clock

COMMENT = "Recorded at 21:00:00 19/07/2021 (UTC+1) by AudioMoth 24E144055DA1DC61 at medium gain"
LOCAL = b"Timestamp: 2021-07-19T23:00:00"
SYDNEY = ZoneInfo("Australia/Sydney")


@pytest.fixture
def recording(tmp_path):
    """Write a recording that was finished on 20 July 2021 at noon, UTC."""

    def make(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        noon = datetime(2021, 7, 20, 12, tzinfo=UTC).timestamp()
        os.utime(path, (noon, noon))
        return str(path)

    return make


def test_the_best_origin_is_used(recording, wav, info):
    whole = wav((b"guan", b"Timestamp: 2021-07-19T23:00:00Z"), before=[info(COMMENT)])
    clock = recording_clock(recording("20210719_220000.WAV", whole), 1.0)
    assert clock == Clock(datetime(2021, 7, 19, 23, tzinfo=UTC), "guano")
    clock = recording_clock(recording("20210719_220000.WAV", wav(before=[info(COMMENT)])), 1.0)
    assert clock == Clock(datetime(2021, 7, 19, 20, tzinfo=UTC), "audiomoth")
    assert clock.start.utcoffset() == timedelta(hours=1)
    clock = recording_clock(recording("20210719_220000.WAV", wav()), 1.0)
    assert clock == Clock(datetime(2021, 7, 19, 22, tzinfo=UTC), "name")
    clock = recording_clock(recording("words.wav", wav()), 60.0)
    assert clock == Clock(datetime(2021, 7, 20, 11, 59, tzinfo=UTC), "modified")


def test_what_other_recorders_and_programs_write(recording, wav, info):
    song = struct.pack("<HIH", 0, 2, 1) + struct.pack("<HI", 5, 19) + b"2021-07-19 18:00:00"
    clock = recording_clock(recording("20210719_220000.WAV", wav((b"wamd", song))), 1.0, SYDNEY)
    assert clock == Clock(datetime(2021, 7, 19, 18, tzinfo=SYDNEY), "wamd")
    comment = 'opso_metadata{"recording_start_time": "2021-07-19T17:00:00+01:00"}'
    clock = recording_clock(recording("clip.wav", wav(before=[info(comment)])), 1.0)
    assert clock == Clock(datetime(2021, 7, 19, 16, tzinfo=UTC), "opensoundscape")
    broadcast = bytes(320) + b"2021-07-1915:00:00" + struct.pack("<Q", round((15 * 3600 + 0.5) * 8_000))
    clock = recording_clock(recording("ZOOM0001.WAV", wav(before=[(b"bext", broadcast)])), 1.0, SYDNEY)
    assert clock == Clock(datetime(2021, 7, 19, 15, 0, 0, 500_000, tzinfo=SYDNEY), "bext")
    edited = recording("20210719_220000.WAV", wav(before=[(b"bext", broadcast)]))
    assert recording_clock(edited, 1.0).origin == "name"


def test_an_unknown_start(recording, wav, tmp_path):
    assert recording_clock(recording("words.wav", wav()), None) == Clock()
    assert recording_clock(str(tmp_path / "nowhere.wav"), 1.0) == Clock()
    assert recording_clock(recording("words.wav", wav()), 1e300) == Clock()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX's")
def test_nothing_is_read_of_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "20210719_210000.WAV")
    assert recording_clock(str(tmp_path / "20210719_210000.WAV"), 1.0) == Clock()


def test_the_zone_is_for_times_without_one(recording, wav, info):
    path = recording("words.wav", wav((b"guan", LOCAL)))
    assert recording_clock(path, 1.0, SYDNEY).start == datetime(2021, 7, 19, 23, tzinfo=SYDNEY)
    assert recording_clock(path, 1.0).start == datetime(2021, 7, 19, 23).astimezone()
    path = recording("words.wav", wav(before=[info(COMMENT)]))
    assert recording_clock(path, 1.0, SYDNEY).start == datetime(2021, 7, 19, 20, tzinfo=UTC)
    modified = recording_clock(recording("words.wav", wav()), 1.0, SYDNEY).start
    assert modified.isoformat() == "2021-07-20T21:59:59+10:00"


def test_metadata_that_make_no_sense(recording, wav, info):
    broken = wav((b"guan", b"Timestamp: when the owl called"), before=[info("Recorded at the river")])
    assert recording_clock(recording("20210719_220000.WAV", broken), 1.0).origin == "name"


def test_clocks_that_were_never_set(recording, wav, info):
    unset = wav(before=[info(COMMENT.replace("2021", "1970"))])
    path = recording("19700101_000012.WAV", unset)
    assert recording_clock(path, 1.0).origin == "modified"
    os.utime(path, (315_532_800, 315_532_800))  # 1980, the start of memory cards' clocks
    assert recording_clock(path, 1.0) == Clock()


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00", "9999-12-31T23:59:59", "1899-06-01T12:00:00"])
def test_years_far_away(recording, wav, time):
    path = recording("words.wav", wav((b"guan", f"Timestamp: {time}".encode())))
    for zone in (None, SYDNEY, UTC):
        assert recording_clock(path, 1.0, zone).origin == "modified"
