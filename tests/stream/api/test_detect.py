"""``whipbird.detect`` gives the events of ``whipbird replay``, however the sound comes."""

import itertools
import logging
import threading
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

import whipbird
from command_line import as_objects, whipbird_here

pytestmark = pytest.mark.usefixtures("first_alone_installed")

RATE_HZ = 16_000
SECONDS = 5


@pytest.fixture(scope="module")
def samples(demo):
    return soundfile.read(demo, dtype="int16")[0]


@pytest.fixture(scope="module")
def short(samples):
    """The first words, and their events."""
    sound = samples[: SECONDS * RATE_HZ]
    return sound, list(whipbird.detect(sound, RATE_HZ))


@pytest.fixture(scope="module")
def resampled(short):
    """The same words in stereo at another rate, and their events."""
    sound = soxr.resample(short[0] / np.float32(32_768), RATE_HZ, 44_100)
    stereo = np.stack((sound, sound / 2), axis=1)
    return stereo, list(whipbird.detect(stereo, 44_100))


def cut(sound, places):
    """Pieces of a sound between these places."""
    return np.split(sound, sorted(places))


def test_the_events_of_a_recording_are_those_of_replay(demo):
    found = list(whipbird.detect(demo))
    printed = whipbird_here("replay", demo, "--speed", "max", "--json").stdout
    shown = [one for one in as_objects(printed) if "label" in one]
    assert [(one.label, one.begin_sample, one.source, one.model) for one in found] == [
        (one["label"], one["begin_sample"], one["source"], one["model"]) for one in shown
    ]
    assert len(found) == 12


def test_the_events_of_an_array_are_those_of_the_recording(demo, samples):
    recorded = [replace(event, source="samples", time=None, time_from="none") for event in whipbird.detect(demo)]
    assert list(whipbird.detect(samples, RATE_HZ)) == recorded  # every field, bit for bit


@settings(max_examples=8)
@given(places=st.lists(st.integers(0, SECONDS * 44_100), max_size=20))
def test_events_of_resampled_stereo_do_not_depend_on_the_cut(resampled, places):
    sound, expected = resampled
    assert len(expected) > 2
    assert list(whipbird.detect(cut(sound, places), 44_100)) == expected


@settings(max_examples=12)
@given(places=st.lists(st.integers(0, SECONDS * RATE_HZ), max_size=40))
def test_events_do_not_depend_on_the_cut(short, places):
    sound, expected = short
    assert expected
    assert list(whipbird.detect(cut(sound, places), RATE_HZ)) == expected


@pytest.mark.parametrize("length", [1, 160, 4_000])
def test_events_do_not_depend_on_the_length_of_chunks(short, length):
    sound, expected = short
    sound = sound[: 3 * RATE_HZ // 2] if length == 1 else sound
    chunks = (sound[start : start + length] for start in range(0, len(sound), length))
    found = list(whipbird.detect(chunks, RATE_HZ))
    assert found == ([event for event in expected if event.reported_s < 1.5] if length == 1 else expected)


def test_events_come_as_soon_as_they_are_certain(short):
    sound, expected = short
    taken = []

    def chunks():
        for start in range(0, len(sound), 1_600):
            taken.append(start)
            yield sound[start : start + 1_600]

    first = next(whipbird.detect(chunks(), RATE_HZ))
    assert first == expected[0]
    assert taken[-1] / RATE_HZ < first.reported_s + 0.5


def test_an_error_of_the_chunks_is_the_callers(short):
    def chunks():
        yield short[0][: 2 * RATE_HZ]
        raise OSError("the radio is gone")

    found = whipbird.detect(chunks(), RATE_HZ)
    assert next(found).label == "yes"
    with pytest.raises(OSError, match="the radio is gone"):
        next(found)


def test_invalid_samples_are_lost_as_in_a_recording(short, tmp_path, caplog):
    sound = short[0] / np.float32(32_768)
    sound[40_000:42_000] = np.nan
    path = tmp_path / "broken.wav"
    soundfile.write(path, sound, RATE_HZ, subtype="FLOAT")
    gaps = {"file": [], "array": [], "chunks": []}
    recorded = [replace(e, source="samples", time=None, time_from="none") for e in detect_with(path, gaps["file"])]
    assert list(whipbird.detect(sound, RATE_HZ, on_gap=gaps["array"].append)) == recorded
    assert list(whipbird.detect(cut(sound, [41_000]), RATE_HZ, on_gap=gaps["chunks"].append)) == recorded
    assert gaps["array"] == gaps["chunks"] == [replace(gap, source="samples") for gap in gaps["file"]]
    assert [(gap.begin_s, gap.end_s, gap.reason) for gap in gaps["array"]] == [(2.5, 2.625, "invalid samples")]
    assert not caplog.records


def detect_with(path, gaps):
    return whipbird.detect(path, on_gap=gaps.append)


def test_without_a_function_for_gaps_they_are_logged(short, caplog):
    sound = short[0] / np.float32(32_768)
    sound[40_000:42_000] = np.inf
    list(whipbird.detect(sound, RATE_HZ))
    assert caplog.record_tuples == [
        ("whipbird", logging.WARNING, "samples: at 2.50 s: 0.12 s lost: invalid samples"),
    ]


def test_a_recording_that_breaks_off_gives_its_events_first(demo, tmp_path):
    path = tmp_path / "short.wav"
    soundfile.write(path, *soundfile.read(demo, dtype="int16"))
    path.write_bytes(path.read_bytes()[: 44 + 2 * SECONDS * RATE_HZ])
    gaps, found = [], []
    with pytest.raises(whipbird.SourceError, match=r"breaks off after 5.00 s"):
        found.extend(whipbird.detect(path, on_gap=gaps.append))
    events = whipbird.detect(path, on_gap=gaps.append)
    assert next(events).label == "yes"
    assert [gap.reason for gap in gaps] == ["truncated"]
    events.close()


def test_channels_are_mixed_or_chosen(short):
    sound, expected = short
    stereo = np.stack((np.zeros_like(sound), sound), axis=1)
    assert list(whipbird.detect(stereo, RATE_HZ, channel=2)) == expected
    assert list(whipbird.detect(stereo, RATE_HZ, channel=1)) == []
    assert list(whipbird.detect([stereo], RATE_HZ, channel=2)) == expected
    with pytest.raises(whipbird.SourceError, match="samples: has 2 channels, not 3"):
        whipbird.detect(stereo, RATE_HZ, channel=3)


def test_only_some_labels(short):
    sound, expected = short
    assert list(whipbird.detect(sound, RATE_HZ, label="no")) == [event for event in expected if event.label == "no"]
    with pytest.raises(whipbird.WhipbirdError, match="no chosen model reports 'novel'"):
        whipbird.detect(sound, RATE_HZ, label=["no", "novel"])


def test_several_models_at_once(short):
    found = list(whipbird.detect(short[0], RATE_HZ, ["commands", "capuchinbird"]))
    assert {event.model for event in found} >= {"commands"}
    with pytest.raises(whipbird.BundleError, match="are both named 'commands'"):
        whipbird.detect(short[0], RATE_HZ, ["commands", whipbird.load_model("commands")])
    with pytest.raises(whipbird.WhipbirdError, match="give at least one model"):
        whipbird.detect(short[0], RATE_HZ, [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"place": (47.6, 8.2)}, "place: no chosen model has a range model"),
        ({"include": "owl"}, "owl"),
        ({"time_zone": "Mars"}, "unknown time zone 'Mars'"),
    ],
)
def test_other_arguments_that_are_wrong_are_refused_at_once(demo, arguments, message):
    with pytest.raises(whipbird.WhipbirdError, match=message) as error:
        whipbird.detect(demo, **arguments)
    assert "\n" not in str(error.value)


def test_what_is_no_sound_is_refused_at_once(tmp_path):
    with pytest.raises(whipbird.SourceError, match="no sound: NoneType; give an array, a path or an iterable"):
        whipbird.detect(None)
    with pytest.raises(whipbird.SourceError, match="No such file"):
        whipbird.detect(tmp_path / "nothing.wav")
    with pytest.raises(whipbird.SourceError, match="samples: give their rate"):
        whipbird.detect(np.zeros(9, np.float32))
    with pytest.raises(whipbird.SourceError, match="samples: give their rate"):
        whipbird.detect([np.zeros(9, np.float32)])


def test_an_empty_sound_is_an_error(noise):
    for sound in (noise[:0], [], [noise[:0]]):
        with pytest.raises(whipbird.SourceError, match="samples: holds no sound"):
            list(whipbird.detect(sound, RATE_HZ))


@pytest.mark.parametrize("kind", ["path", "array", "chunks"])
def test_a_loop_that_is_left_leaves_no_thread(demo, samples, kind):
    before = set(threading.enumerate())
    sound = {"path": demo, "array": samples, "chunks": itertools.repeat(samples)}[kind]
    for event in whipbird.detect(sound, None if kind == "path" else RATE_HZ):
        assert event.label == "yes"
        break
    assert set(threading.enumerate()) == before


def test_threads_may_share_a_model(short):
    sound, expected = short
    model = whipbird.load_model("commands")
    found = {}

    def run(number):
        found[number] = list(whipbird.detect(sound, RATE_HZ, model))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(found.values()) == [expected] * 3
