"""Names of clips, and what they say of themselves."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from made_events import BEGIN, event
from whipbird.recordings.metadata.guano import from_bytes
from whipbird.recordings.metadata.names import time_in_name
from whipbird.sinks.clips.clip import Clip, clip_name, guano_of, label_in

TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
ZONES = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
SCORES = st.floats(0, 1)
LABELS = st.text(min_size=1, max_size=80)


def clip(*events, begin_s=None):
    begin_s = events[0].begin_s - 1 if begin_s is None else begin_s
    return Clip(np.zeros((100, 1), np.float32), 16_000, begin_s, events, 0, None)


def test_time_label_and_score_stand_in_the_name():
    name = clip_name(clip(event(2.5, score=0.934, time=BEGIN.astimezone(timezone(timedelta(hours=10))))))
    assert name == "20240501T055959.000Z_yes_0.93.flac"
    assert clip_name(clip(event(12.345, source="card/dawn.wav", time=None))) == "dawn_0000011.345s_yes_0.90.flac"


def test_a_time_that_is_only_guessed_does_not_stand_there():
    guessed = clip(event(source="dawn.wav", time_from="modified"))
    assert clip_name(guessed).startswith("dawn_0000000.000s_")
    assert "Timestamp" not in guano_of(guessed, "forest").fields


@given(TIMES, TIMES, ZONES, ZONES, SCORES, SCORES, LABELS)
def test_names_sort_by_time_whatever_the_zone(one, other, zone, other_zone, score, other_score, label):
    times = sorted([one, other])
    milliseconds = [int(time.timestamp() * 1000) for time in times]
    names = [
        clip_name(clip(event(0.0, time=time.astimezone(zone), score=score, label=label), begin_s=0.0))
        for time, zone, score in zip(times, (zone, other_zone), (score, other_score), strict=True)
    ]
    assert milliseconds[0] == milliseconds[1] or names[0] < names[1]


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_names_without_time_sort_by_place(one, other):
    begins_s = sorted([one, other])
    names = [clip_name(clip(event(begin_s, time=None), begin_s=begin_s)) for begin_s in begins_s]
    assert names == sorted(names)


@given(LABELS, SCORES, st.none() | TIMES, st.text())
def test_every_file_system_takes_them_and_the_label_is_found_again(label, score, time, source):
    name = clip_name(clip(event(label=label, score=score, time=time, source=source)))
    assert not set(name) & set('<>:"/\\|?*\0\n')
    assert len(name.encode()) <= 255
    assert not name.startswith((" ", "-_")) or time is None
    found = label_in(name)
    assert found is not None
    assert found == label or found in name
    assert label_in(name.replace(".flac", "_2.flac")) is not None


def test_other_files_are_no_clips():
    for name in ("dawn.flac", "20240501_060000.wav", "yes_0.93.flac", ".clip-0.part", "20240501T060000.000Z_yes.flac"):
        assert label_in(name) is None


@given(TIMES, LABELS, SCORES)
def test_the_time_can_be_read_from_the_name_too(time, label, score):
    told = time_in_name(clip_name(clip(event(0.0, time=time, label=label, score=score), begin_s=0.0)))
    assert told is not None
    assert abs(told - time) < timedelta(milliseconds=1)


@given(LABELS, st.text(), st.text(), st.none() | TIMES)
def test_metadata_can_always_be_written_and_read(label, source, station, time):
    made = clip(event(label=label, source=source, time=time, time_from="live"))
    guano = guano_of(made, station)
    assert from_bytes(guano.as_text().encode()) == guano
    if time is not None:
        assert abs(guano.timestamp - (time - timedelta(seconds=1))) <= timedelta(milliseconds=1)
    assert guano.fields["whipbird|Score"] == "0.9000"


def test_metadata_have_the_common_name_beside_the_label():
    fields = guano_of(clip(event(label="Strix aluco", common_name="Waldkauz"), begin_s=0.0), "forest").fields
    assert (fields["Species Auto ID"], fields["whipbird|Common Name"]) == ("Strix aluco", "Waldkauz")


def test_metadata():
    made = clip(event(10.0, source="card/dawn.wav"), event(11.0, score=0.95), begin_s=8.0)
    fields = dict(guano_of(made, "forest").fields)
    assert fields.pop("whipbird|Version")
    assert fields == {
        "Timestamp": "2024-05-01T06:00:08.000+00:00",
        "Length": "0.006",
        "Samplerate": "16000",
        "Species Auto ID": "yes",
        "whipbird|Station": "forest",
        "whipbird|Source": "microphone",
        "whipbird|Begin": "8.000000",
        "whipbird|Time From": "live",
        "whipbird|Label": "yes",
        "whipbird|Score": "0.9500",
        "whipbird|Model": "commands",
        "whipbird|Events": "[[2.0, 2.5, 0.9], [3.0, 3.5, 0.95]]",
    }
