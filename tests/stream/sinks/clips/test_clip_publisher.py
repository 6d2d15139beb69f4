"""Clips of real recordings, as they are heard."""

import shutil
from collections import Counter
from threading import Event

import numpy as np
import pytest
import soundfile

from made_events import Notes
from real_places import Disk
from whipbird import sinks
from whipbird.audio.ring import Ring
from whipbird.engine.run import run_source
from whipbird.events.detection import Detection
from whipbird.recordings.metadata.chunks import read_header
from whipbird.recordings.metadata.guano import from_bytes
from whipbird.sinks.clips.clip import label_in
from whipbird.sinks.clips.clip_publisher import ClipPublisher
from whipbird.sinks.clips.cutter import Margins
from whipbird.sinks.clips.store import Store
from whipbird.sources.base import RunningSource
from whipbird.sources.replay import Replay
from whipbird.sources.samples import Chunks

LIMIT_S = 60  # ends a wait in vain, and measures nothing


@pytest.fixture
def listen(commands, tmp_path):
    """Hear recordings, and write their clips: what was heard, what was told, and the publisher."""

    def listen(paths, speed=None, store=None, channel=None, before_s=1.0, after_s=0.5):
        notes, events = Notes(), []
        store = store or Store(tmp_path / "clips", "forest")
        publisher = ClipPublisher(store, Margins(before_s, after_s), live=False, notify=notes)
        for path in paths:
            source = Replay(str(path), speed)
            source.open()

            def publish(report):
                if isinstance(report, Detection):
                    events.append(report)
                publisher.publish(report)

            run_source(source, [commands], publish, channel, attach=lambda pipeline: publisher.attach(pipeline.running))
        assert publisher.close()
        return events, notes, publisher

    return listen


def content(place):
    with place.open("rb") as file:
        fields = from_bytes(read_header(file).guano).fields
    return fields, *soundfile.read(place, dtype="int16", always_2d=True)


def test_every_event_is_in_a_clip_that_is_the_recording_itself(demo, listen, tmp_path):
    events, notes, publisher = listen([demo])
    sound, rate_hz = soundfile.read(demo, dtype="int16", always_2d=True)
    held = Counter()
    for place in (tmp_path / "clips").iterdir():
        fields, samples, rate = content(place)
        begin = round(float(fields["whipbird|Begin"]) * rate_hz)
        assert rate == rate_hz
        np.testing.assert_array_equal(samples, sound[begin : begin + len(samples)])
        for one in events:
            begins = begin <= max(0, round((one.begin_s - 1.0) * rate_hz))
            if one.label == label_in(place.name) and begins and begin + len(samples) >= round(one.end_s * rate_hz):
                held[one] += 1
    assert set(held) == set(events)
    assert (notes, publisher.lost) == ([], 0)


def test_the_same_at_every_speed_and_at_the_source_s_own_rate_and_channels(demo, listen, tmp_path):
    sound, rate_hz = soundfile.read(demo, dtype="int16")
    other = np.random.default_rng(1).integers(-9, 9, 3 * len(sound)).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", np.stack([other, np.repeat(sound, 3)], axis=1), 3 * rate_hz)
    found = []
    for speed in (None, 20.0):
        store = Store(tmp_path / str(speed), "forest")
        events, _, _ = listen([tmp_path / "a.wav"], speed, store, channel=2)
        assert events
        found.append({place.name: place.read_bytes() for place in (tmp_path / str(speed)).iterdir()})
    assert found[0] == found[1]
    fields, samples, rate = content(next((tmp_path / "None").iterdir()))
    assert (rate, samples.shape[1], fields["Samplerate"]) == (48_000, 2, "48000")


def test_recordings_in_turn_even_of_one_name(demo, listen, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        shutil.copy(demo, tmp_path / folder / "x.flac")
    events, _, publisher = listen([tmp_path / "a" / "x.flac", tmp_path / "b" / "x.flac", tmp_path / "a" / "x.flac"])
    clips = [content(place)[0]["whipbird|Source"] for place in (tmp_path / "clips").iterdir()]
    counts = Counter(clips)
    assert set(counts) == {str(tmp_path / folder / "x.flac") for folder in "ab"}
    assert len(set(counts.values())) == 1  # what was heard a second time is there once
    assert publisher.lost == 0
    assert len(events) % 3 == 0


def test_margins_of_nothing_leave_the_event_alone(demo, listen, tmp_path):
    events, _, _ = listen([demo], before_s=0.0, after_s=0.0)
    lengths = sorted(len(content(place)[1]) / 16_000 for place in (tmp_path / "clips").iterdir())
    assert lengths == pytest.approx(sorted(one.end_s - one.begin_s for one in events), abs=2e-3)


def test_what_cannot_be_written_is_told_once_and_counted_and_listening_goes_on(demo, listen, tmp_path):
    store = Store(tmp_path / "clips", "forest", reserve_bytes=shutil.disk_usage(tmp_path).total)
    events, notes, publisher = listen([demo], store=store)
    assert len(events) > 5
    assert len(notes) == 1
    assert "are free on the disk; listening continues, and clips wait until they can be written" in notes[0]
    assert publisher.lost > 5
    assert publisher.loss == f"{tmp_path / 'clips'}: {publisher.lost} clips were not written"


def test_clips_wait_while_their_folder_is_gone(demo, listen, tmp_path):
    store = Store(tmp_path / "clips", "forest")
    real = store.write
    written = []

    def write(clip):
        written.append(clip)
        if len(written) == 2:
            shutil.rmtree(tmp_path / "clips")
        if len(written) == 3:
            (tmp_path / "clips").mkdir()
        return real(clip)

    store.write = write
    events, notes, publisher = listen([demo], store=store)
    assert (publisher.lost, publisher.done) == (0, len(events))
    assert [note.removeprefix(f"{tmp_path / 'clips'}: ") for note in notes] == [
        "No such file or directory; listening continues, and clips wait until they can be written",
        "clips are written again",
    ]


@pytest.fixture
def small_disk(tmp_path):
    with Disk(tmp_path / "disk", 200_000) as disk:
        yield disk.folder


def test_a_full_disk_leaves_only_whole_clips(demo, listen, small_disk):
    store = Store(small_disk / "clips", "forest")
    _, notes, publisher = listen([demo], store=store)
    places = list((small_disk / "clips").iterdir())
    assert places
    for place in places:
        fields, samples, rate_hz = content(place)
        assert len(samples) / rate_hz == pytest.approx(float(fields["Length"]), abs=1e-3)
    assert publisher.lost > 0
    assert "No space left on device" in notes[0]


def test_a_folder_that_hangs_does_not_hold_up_the_start_of_live_sources(tmp_path, monkeypatch):
    monkeypatch.setattr(sinks.publisher, "QUEUE_LENGTH", 2)
    store, goes_on, hangs, notes = Store(tmp_path / "clips", "forest"), Event(), Event(), Notes()

    def tidy():
        hangs.set()
        assert goes_on.wait(LIMIT_S)

    monkeypatch.setattr(store, "tidy", tidy)
    monkeypatch.setattr(sinks.clips.clip_publisher, "TIDY_S", 0.0)
    publisher = ClipPublisher(store, Margins(), live=True, notify=notes)
    assert hangs.wait(LIMIT_S)
    sources = [Chunks(16_000, 1) for _ in range(4)]
    rings = [Ring(16_000, 1) for _ in sources]
    for number, (source, ring) in enumerate(zip(sources, rings, strict=True)):
        source.name = f"room {number}"
        publisher.attach(RunningSource(source, ring, lambda: None))
    goes_on.set()
    assert publisher.close(LIMIT_S)
    assert [note.rpartition("; ")[2] for note in notes] == ["no clips of room 2", "no clips of room 3"]
