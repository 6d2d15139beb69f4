"""The folder of clips: what is written, what goes, and when nothing is written."""

import dataclasses
import os
import shutil

import numpy as np
import pytest
import soundfile

from made_events import event
from whipbird.errors import OutputError
from whipbird.recordings.metadata.chunks import read_header
from whipbird.recordings.metadata.guano import from_bytes
from whipbird.recordings.metadata.start import recording_clock
from whipbird.sinks import kept_folder as module
from whipbird.sinks.clips import store as store_module
from whipbird.sinks.clips.clip import Clip, guano_of, label_in
from whipbird.sinks.clips.store import Store
from whipbird.sinks.retention import Retention

RATE_HZ = 48_000


def make_clip(begin_s=10.0, channels=1, rate_hz=RATE_HZ, **fields):
    samples = np.random.default_rng(1).integers(-(2**15), 2**15, (rate_hz // 10, channels)) / np.float32(2**15)
    return Clip(samples.astype(np.float32), rate_hz, begin_s - 1, (event(begin_s, **fields),), 0, None)


def make_store(folder, pictures=False, reserve_bytes=0, **limits):
    return Store(folder, "forest", Retention(**limits), pictures, reserve_bytes)


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != module.NOTE)


@pytest.mark.parametrize(("channels", "rate_hz"), [(1, 48_000), (2, 16_000), (8, 8_000), (1, 384_000)])
def test_a_clip_is_the_same_sound_with_its_time_and_metadata(tmp_path, channels, rate_hz):
    clip = make_clip(channels=channels, rate_hz=rate_hz)
    place = make_store(tmp_path / "new" / "clips").write(clip)
    samples, rate = soundfile.read(place, dtype="float32", always_2d=True)
    assert rate == rate_hz
    np.testing.assert_array_equal(samples, clip.samples)
    with place.open("rb") as file:
        assert from_bytes(read_header(file).guano) == guano_of(clip, "forest")
    clock = recording_clock(str(place), None)
    assert (clock.start, clock.origin) == (clip.time, "guano")
    assert names(place.parent) == [place.name]


def test_full_scale_and_fine_steps_are_kept(tmp_path):
    samples = np.array([[-1.0], [1.0], [2.0**-23], [0.5 + 2.0**-23]], np.float32)
    place = make_store(tmp_path).write(dataclasses.replace(make_clip(), samples=samples))
    (got,) = soundfile.read(place, dtype="float32", always_2d=True)[0].T
    np.testing.assert_array_equal(got, np.float32([-1, 1 - 2.0**-23, 2.0**-23, 0.5 + 2.0**-23]))
    assert place.suffix == ".flac"


def test_sound_above_full_scale_is_kept_as_it_is(tmp_path):
    """As recorded in 32-bit floating point; FLAC cannot hold it."""
    clip = dataclasses.replace(make_clip(channels=2), samples=3 * make_clip(channels=2).samples)
    store = make_store(tmp_path, most_bytes=10**9)
    place = store.write(clip)
    assert store.write(clip) == place
    samples, _ = soundfile.read(place, dtype="float32", always_2d=True)
    np.testing.assert_array_equal(samples, clip.samples)
    with place.open("rb") as file:
        assert from_bytes(read_header(file).guano) == guano_of(clip, "forest")
    assert (place.suffix, label_in(place.name)) == (".wav", "yes")
    assert names(tmp_path) == [place.name]


def test_nothing_is_overwritten_and_the_same_clip_is_written_once(tmp_path):
    store = make_store(tmp_path)
    first = store.write(make_clip())
    assert store.write(make_clip()) == first
    other = store.write(dataclasses.replace(make_clip(), samples=make_clip().samples / 2))
    assert other.name == first.name.replace(".flac", "_2.flac")
    assert make_store(tmp_path).write(make_clip()) == first
    assert names(tmp_path) == [first.name, other.name]


def test_the_oldest_of_a_label_go_and_other_files_stay(tmp_path):
    for name in ("notes.txt", "dawn.flac", "20240501_060000.wav"):
        (tmp_path / name).write_bytes(b"mine")
    store = make_store(tmp_path, per_label=2)
    for number in range(5):
        place = store.write(make_clip(number, label="yes" if number else "no"))
        os.utime(place, (number, number))
        store.tidy()
    assert [name.split("_")[1:] for name in names(tmp_path) if "Z_" in name] == [
        ["no", "0.90.flac"],
        ["yes", "0.90.flac"],
        ["yes", "0.90.flac"],
    ]
    assert {"notes.txt", "dawn.flac", "20240501_060000.wav"} <= set(names(tmp_path))


def test_limits_hold_over_a_restart_and_count_pictures(tmp_path):
    store = make_store(tmp_path)
    places = [store.write(make_clip(number)) for number in range(4)]
    for number, place in enumerate(places):
        then = module.time.time() - 7200 + number
        os.utime(place, (then, then))
    places[0].with_suffix(".png").write_bytes(bytes(100_000))
    size = places[0].stat().st_size
    store = make_store(tmp_path, most_bytes=5 * size)
    store.tidy()
    assert names(tmp_path) == [place.name for place in places[1:]]
    store = make_store(tmp_path, age_s=3600.0)
    new = store.write(make_clip(5))
    store.tidy()
    assert names(tmp_path) == [new.name]


def test_a_clip_that_somebody_has_taken_away_does_not_matter(tmp_path):
    store = make_store(tmp_path, per_label=1)
    store.write(make_clip(1)).unlink()
    place = store.write(make_clip(2))
    store.tidy()
    assert names(tmp_path) == [place.name]


def test_what_a_killed_process_left_unfinished_goes_later(tmp_path):
    picture = ".20240501T060009.000Z_yes_0.90_2.png.partial"
    for name, age_s in (
        (".clip-01234567.part", 7200),
        (picture, 7200),
        (".notes.png.partial", 7200),
        (".clip-00000000.part", 0),
    ):
        (tmp_path / name).touch()
        then = os.stat(tmp_path / name).st_mtime - age_s
        os.utime(tmp_path / name, (then, then))
    make_store(tmp_path)
    assert names(tmp_path) == [".clip-00000000.part", ".notes.png.partial"]


def test_room_is_left_on_the_disk(tmp_path):
    store = make_store(tmp_path, reserve_bytes=shutil.disk_usage(tmp_path).total)
    with pytest.raises(OutputError, match=r"less than .* are free on the disk"):
        store.write(make_clip())
    assert names(tmp_path) == []


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path, monkeypatch):
    store = make_store(tmp_path)
    with pytest.raises(ValueError, match="9 channels; FLAC holds 8"):
        store.write(make_clip(channels=9))
    with pytest.raises(ValueError, match="cannot hold a clip of 1000000 Hz"):
        store.write(dataclasses.replace(make_clip(), rate_hz=1_000_000))
    monkeypatch.setattr(store_module, "guano_of", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.write(make_clip())
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_used_is_refused(tmp_path):
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "clips"):
        with pytest.raises(OutputError, match="cannot write clips into"):
            make_store(folder)


def test_a_picture_lies_beside_its_clip_and_goes_with_it(tmp_path):
    pytest.importorskip("matplotlib")
    store = make_store(tmp_path, pictures=True, per_label=1)
    first = store.write(make_clip(1, label="$yes$ 100%"))
    assert first.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    second = store.write(make_clip(2, label="$yes$ 100%"))
    store.tidy()
    assert names(tmp_path) == [second.name, second.with_suffix(".png").name]


def test_a_name_is_taken_by_a_whole_clip_or_not_at_all(tmp_path, monkeypatch):
    """Whenever a process is killed: no step of writing leaves part of a clip under its name."""
    seen = []

    def watched(name):
        real = getattr(os, name)

        def step(*arguments, **options):
            seen.extend(path.stat().st_size for path in tmp_path.glob("*.flac"))
            result = real(*arguments, **options)
            seen.extend(path.stat().st_size for path in tmp_path.glob("*.flac"))
            return result

        return step

    for name in ("link", "replace", "open", "unlink"):
        monkeypatch.setattr(os, name, watched(name))
    path = make_store(tmp_path).write(make_clip())
    assert set(seen) == {path.stat().st_size}


def test_without_links_a_clip_takes_its_name_all_the_same(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    store = make_store(tmp_path)
    paths = [store.write(make_clip()), store.write(dataclasses.replace(make_clip(), rate_hz=RATE_HZ // 2))]
    assert len(set(paths)) == 2
    assert names(tmp_path) == sorted(path.name for path in paths)


DAY_S = 86_400


def aged(folder, days):
    """Make the clips in a folder look as old."""
    for path in folder.iterdir():
        then = module.time.time() - days * DAY_S
        os.utime(path, (then, then))


def test_a_clock_that_is_wrong_at_the_start_removes_nothing(tmp_path):
    for begin_s in (10, 20, 30):
        make_store(tmp_path).write(make_clip(begin_s))
    aged(tmp_path, 400)  # so they look to a clock that is 400 days ahead
    store = make_store(tmp_path, age_s=30 * DAY_S)
    store.write(make_clip(40))
    store.tidy()
    assert len(names(tmp_path)) == 4


def test_in_doubt_no_more_clips_go_for_their_age_than_were_added(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "DOUBT_S", 0.0)
    for begin_s in (10, 20, 30):
        make_store(tmp_path).write(make_clip(begin_s))
    aged(tmp_path, 400)
    store = make_store(tmp_path, age_s=30 * DAY_S)
    store.write(make_clip(40))
    store.tidy()
    store.tidy()
    assert len(names(tmp_path)) == 3


def test_clips_that_may_never_be_kept_longer_go_even_if_the_clock_is_in_doubt(tmp_path):
    place = make_store(tmp_path).write(make_clip())
    weeks = 30 * 86_400
    os.utime(place, (place.stat().st_mtime - weeks, place.stat().st_mtime - weeks))
    make_store(tmp_path, age_s=86_400.0).tidy()
    assert place.exists()
    make_store(tmp_path, age_s=86_400.0, never_longer=True).tidy()
    assert not place.exists()


def test_a_folder_says_for_how_long_it_keeps_clips(tmp_path):
    make_store(tmp_path, age_s=86_400.0)
    assert module.kept_for_s(tmp_path) == 86_400
    make_store(tmp_path)
    assert module.kept_for_s(tmp_path) is None
    (tmp_path / module.NOTE).write_text("[]")
    assert module.kept_for_s(tmp_path) is None


def test_clips_that_become_too_old_go(tmp_path):
    make_store(tmp_path).write(make_clip(10))
    aged(tmp_path, 31)
    make_store(tmp_path).write(make_clip(20))
    store = make_store(tmp_path, age_s=30 * DAY_S)
    store.tidy()
    assert len(names(tmp_path)) == 1
