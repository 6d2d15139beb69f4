"""Recordings of live sources: the same sound, in files that begin on the hour and after gaps, whatever fails."""

import os
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import soundfile

from made_events import Notes
from real_places import Disk
from waiting import wait_until
from whipbird.audio.clock import Clock
from whipbird.audio.ring import Ring
from whipbird.engine.run import run_source
from whipbird.errors import OutputError
from whipbird.events.detection import Detection
from whipbird.recordings.metadata.start import recording_clock
from whipbird.sinks.record import record_publisher, recorder
from whipbird.sinks.record.record_publisher import RecordPublisher
from whipbird.sinks.retention import Retention
from whipbird.sources.base import RunningSource, Source
from whipbird.sources.replay import Replay

RATE_HZ = 8000


class Microphone:
    """A live source that the test feeds with sound."""

    def __init__(self, name="creek", channels=1, rate_hz=RATE_HZ, capacity_s=600, path=None):
        source = Source(name, path is None, rate_hz, channels, path=path, zone=UTC)
        self.ring = Ring(capacity_s * rate_hz, channels)
        self.running = RunningSource(source, self.ring, lambda: None if self.ring.closed else self.ring.position)
        self.sounds = []
        self._rng = np.random.default_rng(1)

    def start(self, moment):
        """Say when the first sample came."""
        self.running.source.clock = Clock(moment, "live")

    def hear(self, seconds, scale=0.1):
        """Give noise of 16 bits."""
        shape = (round(seconds * self.running.source.rate_hz), self.ring.channels)
        samples = (np.round(self._rng.standard_normal(shape) * scale * 2**15) / 2**15).astype(np.float32)
        self.sounds.append(samples)
        self.ring.write(samples)


@pytest.fixture
def record(tmp_path):
    """Start to record; returns the publisher, the folder and what is told."""
    publishers = []

    def record(*microphones, folder=tmp_path / "recorded", reserve_bytes=0, **limits):
        notes = Notes()
        publisher = RecordPublisher(folder, "forest", Retention(**limits), reserve_bytes, True, notes)
        publishers.append(publisher)
        for microphone in microphones:
            publisher.attach(microphone.running)
        return publisher, folder, notes

    yield record
    for publisher in publishers:
        publisher.close(5.0)


def files(folder):
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def sound(path):
    return soundfile.read(path, dtype="float32", always_2d=True)[0]


def start(path):
    return recording_clock(str(path), None).start


def test_all_sound_is_there_bit_for_bit_in_files_that_begin_on_the_hour(record, monkeypatch):
    monkeypatch.setattr(recorder, "DRIFT_S", 1e9)
    creek, pond = Microphone(channels=2), Microphone("pond/north")
    publisher, folder, notes = record(creek, pond)
    begin = datetime(2026, 6, 1, 21, 59, 57, 250_000, tzinfo=UTC)
    for microphone in (creek, pond):
        microphone.start(begin)
        for seconds in (1.5, 0.02, 4.0, 0.73):
            microphone.hear(seconds)
        microphone.ring.close()
    assert publisher.close(10.0)
    names = [path.name for path in files(folder)]
    assert names == [
        "creek_20260601T215957.250Z.flac",
        "creek_20260601T220000.000Z.flac",
        "pond-north_20260601T215957.250Z.flac",
        "pond-north_20260601T220000.000Z.flac",
    ]
    for microphone, (first, second) in ((creek, files(folder)[:2]), (pond, files(folder)[2:])):
        assert (start(first), start(second)) == (begin, datetime(2026, 6, 1, 22, tzinfo=UTC))
        assert len(sound(first)) == 2.75 * RATE_HZ
        both = np.concatenate((sound(first), sound(second)))
        np.testing.assert_array_equal(both, np.concatenate(microphone.sounds))
    assert (publisher.done, publisher.lost, notes) == (4, 0, [])


def test_short_gaps_are_silence_and_long_ones_begin_a_new_file(record, monkeypatch):
    monkeypatch.setattr(recorder, "DRIFT_S", 1e9)
    creek = Microphone()
    publisher, folder, _ = record(creek)
    begin = datetime(2026, 6, 1, 12, tzinfo=UTC)
    creek.start(begin)
    creek.hear(1)
    creek.ring.skip(RATE_HZ // 4, "overflow")
    creek.hear(1)
    creek.ring.skip(RATE_HZ, "overflow")
    creek.hear(1)
    creek.ring.close()
    assert publisher.close(10.0)
    first, second = files(folder)
    assert start(second) - start(first) == timedelta(seconds=3.25)
    got, (one, two, three) = sound(first), creek.sounds
    np.testing.assert_array_equal(got, np.concatenate((one, np.zeros((RATE_HZ // 4, 1), np.float32), two)))
    np.testing.assert_array_equal(sound(second), three)


def test_what_was_recorded_has_the_same_events(record, commands, demo):
    samples, rate_hz = soundfile.read(demo, dtype="float32", always_2d=True)
    microphone = Microphone(rate_hz=rate_hz)
    publisher, folder, _ = record(microphone)
    microphone.start(datetime.now(UTC))
    microphone.ring.write(samples)
    microphone.ring.close()
    assert publisher.close(10.0)
    (path,) = files(folder)
    found = []
    for one in (demo, path):
        events = []
        source = Replay(str(one))
        source.open()
        run_source(source, [commands], events.append)
        found.append([(one.begin_s, one.label, one.score) for one in events if isinstance(one, Detection)])
    assert found[0] == found[1]
    assert len(found[0]) == 12


def test_a_start_that_has_drifted_away_follows_the_system_clock(record):
    creek = Microphone()
    publisher, folder, _ = record(creek)
    creek.start(datetime(2026, 6, 1, 12, 30, tzinfo=UTC))
    before = datetime.now(UTC)
    creek.hear(2)
    creek.ring.close()
    assert publisher.close(10.0)
    assert abs(start(files(folder)[0]) - (before - timedelta(seconds=2))) < timedelta(seconds=10)


def test_a_recording_is_not_recorded_again(record, demo):
    publisher, folder, _ = record(Microphone(path=str(demo)))
    assert publisher.close(5.0)
    assert files(folder) == []


def test_a_full_disk_costs_only_what_is_heard_meanwhile(record, tmp_path, monkeypatch):
    monkeypatch.setattr(record_publisher, "PAUSES_S", (0.05, 0.1))
    monkeypatch.setattr(record_publisher, "WAIT_S", 0.05)
    with Disk(tmp_path / "disk", 400_000) as disk:
        creek = Microphone()
        publisher, folder, notes = record(creek, folder=disk.folder)
        creek.start(datetime.now(UTC))
        while not publisher.lost:  # noise of 16 bits does not get smaller
            creek.hear(1)
            wait_until(lambda: creek.ring._readers[0]().available < RATE_HZ or publisher.lost)
        assert "No space left on device; listening continues" in notes[0]
        whole = files(folder)
        for path in whole:
            path.unlink()
        for path in folder.glob(".*"):
            path.unlink()
        wait_until(lambda: not publisher.failing_s or creek.hear(0.1))
        lost = publisher.lost
        creek.hear(2)
        creek.ring.close()
        assert publisher.close(10.0)
        np.testing.assert_array_equal(sound(files(folder)[-1])[-2 * RATE_HZ :], creek.sounds[-1])
        assert publisher.lost == lost
        assert notes[-1].startswith(f"{folder}: recording goes on; {lost} second")


def test_too_little_room_is_kept_free(record):
    creek = Microphone()
    publisher, folder, notes = record(creek, reserve_bytes=1 << 60)
    creek.start(datetime.now(UTC))
    creek.hear(3)
    creek.ring.close()
    assert publisher.close(10.0)
    assert files(folder) == []
    assert publisher.lost == 3
    assert "are free on the disk" in notes[0]


def test_what_a_killed_process_left_gets_its_name_and_can_be_read(record, tmp_path):
    creek = Microphone()
    _, folder, _ = record(creek)
    creek.start(datetime.now(UTC))
    creek.hear(30)
    wait_until(lambda: creek.ring._readers[0]().available == 0 and list(folder.glob(".*.part")))
    (part,) = folder.glob(".*.part")
    left = tmp_path / "other"
    left.mkdir()
    (left / part.name).write_bytes(part.read_bytes())
    (left / ".creek_20260601T000000.000Z.flac.part").touch()
    for path in left.iterdir():
        os.utime(path, (0, 0))
    again, _, _ = record(folder=left)
    wait_until(lambda: len(files(left)) == 1 and not list(left.glob(".*")))
    events = []
    source = Replay(str(files(left)[0]))
    source.open()
    outcome = run_source(source, [], events.append)
    assert outcome.summary.heard_s > 25
    assert again.close(5.0)


def test_the_oldest_files_go_beyond_the_limits(record, monkeypatch):
    monkeypatch.setattr(recorder, "DRIFT_S", 1e9)
    creek = Microphone()
    publisher, folder, _ = record(creek, most_bytes=1_000_000)
    creek.start(datetime(2026, 6, 1, 12, tzinfo=UTC))
    for _ in range(5):
        creek.hear(20)  # 320 kB, which noise fills
        creek.ring.skip(RATE_HZ, "overflow")
    creek.ring.close()
    assert publisher.close(10.0)
    assert [f"{start(path):%M:%S}" for path in files(folder)] == ["00:42", "01:03", "01:24"]


def test_sound_that_flac_cannot_hold_is_told(record):
    many = Microphone("many", channels=9)
    publisher, folder, notes = record(many)
    many.start(datetime.now(UTC))
    many.hear(1)
    many.ring.close()
    assert publisher.close(10.0)
    assert "FLAC cannot hold 9 channels at 8000 Hz" in notes[0]
    assert files(folder) == []


def test_a_folder_that_cannot_be_used_is_refused(record, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write recordings into"):
        record(folder=tmp_path / "file")
