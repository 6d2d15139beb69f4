"""``whipbird replay``: recordings, their events and summaries."""

import shutil
from datetime import datetime

import numpy as np
import pytest
import soundfile

from command_line import as_objects, check_refused, only_line, whipbird, whipbird_here, with_demo
from triggered import BLOCK, COMMENT, write_wav

pytestmark = pytest.mark.usefixtures("first_alone_installed")


def test_replay_without_a_terminal_gives_plain_lines(demo, shipped):
    result = whipbird("replay", demo, "--speed", "max")
    assert result.returncode == 0
    assert result.stderr == ""
    *events, summary = result.stdout.splitlines()
    assert any("yes" in line for line in events)
    assert "heard 17.3 s, lost 0.0 s" in summary


def test_replay_json(demo, shipped):
    *events, summary = as_objects(whipbird("replay", demo, "--speed", "max", "--json").stdout)
    fields = ["label", "begin_s", "peak_s", "end_s", "reported_s", "score", "source", "model", "begin_sample", "time"]
    fields += ["time_from", "concealed"]
    assert all(list(event) == fields for event in events)
    for event in events:
        assert 0 <= event["begin_s"] <= event["peak_s"] <= event["end_s"] <= event["reported_s"]
        assert event["begin_sample"] == round(event["begin_s"] * 16_000)
        assert event["source"] == str(demo)
        assert event["time_from"] == "modified"
    assert list(summary["summary"]) == [
        "source",
        "heard_s",
        "lost_s",
        "events",
        "realtime_factor",
        "delay_p50_s",
        "delay_p95_s",
        "below_trigger_s",
        "held_back",
    ]
    assert summary["summary"]["events"] == len(events) > 8


@pytest.mark.parametrize(
    ("name", "options", "start"),
    [
        ("20210719_210000.flac", (), "2021-07-19T21:00:00+00:00"),
        ("20210719_210000.flac", ("--time-zone", "Australia/Sydney"), "2021-07-19T21:00:00+10:00"),
        ("SITE_20210719_210000-0300.flac", ("--time-zone", "+10:00"), "2021-07-19T21:00:00-03:00"),
    ],
)
def test_events_have_their_time(demo, shipped, tmp_path, name, options, start):
    path = shutil.copy(demo, tmp_path / name)
    *events, _ = as_objects(whipbird_here("replay", path, "--speed", "max", "--json", *options).stdout)
    assert events
    for event in events:
        since = datetime.fromisoformat(event["time"]) - datetime.fromisoformat(start)
        assert since.total_seconds() == pytest.approx(event["begin_s"], abs=0.001)
        assert event["time"].endswith(start[-6:])
        assert event["time_from"] == "name"


@pytest.fixture
def quiet_between(demo, tmp_path):
    """The demo as a triggered recording: ten minutes were left out after its first four seconds."""
    sound, rate_hz = soundfile.read(demo, dtype="int16")
    cut, blocks = 4 * rate_hz, 600 * rate_hz // BLOCK
    return write_wav(tmp_path / "20240501_060000T.WAV", rate_hz, sound[:cut], blocks, sound[cut:], comment=COMMENT)


@pytest.mark.parametrize("speed", ["max", "20"])
def test_what_a_triggered_recorder_left_out_is_a_gap(demo, shipped, quiet_between, speed):
    """Times are right, nothing counts as lost, and nobody waits for ten minutes of nothing."""
    *expected, _ = as_objects(whipbird_here("replay", demo, "--speed", "max", "--json").stdout)
    *reports, summary = as_objects(whipbird_here("replay", quiet_between, "--speed", speed, "--json").stdout)
    events = [report for report in reports if "label" in report]
    moved = [event["begin_s"] + 600 * (event["begin_s"] > 4) for event in expected]
    assert [event["begin_s"] for event in events] == pytest.approx(moved, abs=0.05)
    assert [event["label"] for event in events] == [event["label"] for event in expected]
    assert events[-1]["time"][:19] == "2024-05-01T06:10:15"
    (gap,) = [report["gap"] for report in reports if "gap" in report]
    assert gap == {"begin_s": 4, "end_s": 604, "reason": "below trigger"}
    total = summary["summary"]
    assert (total["lost_s"], total["below_trigger_s"]) == (0, 600)
    assert total["heard_s"] == pytest.approx(17.3, abs=0.1)


def test_people_are_told_what_was_left_out(shipped, quiet_between):
    result = whipbird_here("replay", quiet_between, "--speed", "max")
    assert result.returncode == 0
    assert "0:00:04.00  -- 600.000 s below trigger\n" in result.stdout
    assert "heard 17.3 s, lost 0.0 s, 600.0 s below trigger, 12 events" in result.stdout


def test_broken_recordings_do_not_stop_the_others(demo, shipped, tmp_path, noise):
    (tmp_path / "a-text.wav").write_text("no sound")
    (tmp_path / "b-empty.wav").touch()
    soundfile.write(
        tmp_path / "c-nan.wav", np.where(np.arange(16_000) == 8_000, np.nan, noise), 16_000, subtype="FLOAT"
    )
    soundfile.write(tmp_path / "d-whole.flac", soundfile.read(demo)[0], 16_000)
    whole = (tmp_path / "d-whole.flac").read_bytes()
    (tmp_path / "e-truncated.flac").write_bytes(whole[: len(whole) // 2])
    soundfile.write(tmp_path / "f-one-hertz.wav", noise[:5], 1)
    result = whipbird("replay", tmp_path, "--speed", "max", "--json")
    assert result.returncode == 1
    assert [line.split(":")[1].split("/")[-1] for line in result.stderr.splitlines()] == [
        "a-text.wav",
        "b-empty.wav",
        "e-truncated.flac",
        "f-one-hertz.wav",
    ]
    assert "Traceback" not in result.stderr
    reports = as_objects(result.stdout)
    summaries = [report["summary"] for report in reports if "summary" in report]
    assert [s["source"] and s["source"].split("/")[-1] for s in summaries] == [
        "a-text.wav",
        "b-empty.wav",
        "c-nan.wav",
        "d-whole.flac",
        "e-truncated.flac",
        "f-one-hertz.wav",
        None,
    ]
    assert summaries[3]["events"] > summaries[4]["events"] > 0
    assert summaries[-1]["heard_s"] == pytest.approx(sum(s["heard_s"] for s in summaries[:-1]), abs=1e-5)
    gaps = [report["gap"]["reason"] for report in reports if "gap" in report]
    assert gaps == ["invalid samples", "truncated"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["replay", "demo", "--speed", "fast"], 2, "speed 'fast'"),
        (["replay", "demo", "--speed", "nan"], 2, "speed 'nan'"),
        (["replay", "empty-folder"], 1, "no recordings in this folder"),
        (["replay", "x" * 300], 1, "File name too long"),
    ],
)
def test_errors_say_what_to_do(demo, shipped, tmp_path, arguments, code, message):
    (tmp_path / "empty-folder").mkdir()
    check_refused(whipbird_here(*with_demo(arguments, demo), cwd=tmp_path), code, message)


def test_a_low_rate_is_reported(demo, shipped, tmp_path):
    samples, _ = soundfile.read(demo)
    soundfile.write(tmp_path / "low.wav", samples[::2], 8_000)
    result = whipbird_here("replay", tmp_path / "low.wav", "--speed", "max")
    assert result.returncode == 0
    assert "contains nothing above 4000 Hz" in only_line(result.stderr)


def test_odd_names_are_shown_safely(demo, shipped, tmp_path):
    odd = tmp_path / "a[bold]\n\x1b[31mß😀.flac"
    odd.symlink_to(demo)
    plain = whipbird("replay", odd, "--speed", "max")
    assert plain.returncode == 0
    assert "\x1b" not in plain.stdout
    assert "a[bold]··[31mß😀.flac: heard" in plain.stdout
    as_json = as_objects(
        whipbird("replay", odd, "--speed", "max", "--json", env={"PYTHONIOENCODING": "latin-1"}).stdout
    )
    assert as_json[0]["source"] == str(odd)


def test_the_demo_that_comes_with_whipbird(demo, shipped):
    words = whipbird_here("replay", "--demo", "--speed", "max", "--json").stdout
    assert [event["label"] for event in as_objects(words)[:-1]].count("yes") > 1


def test_nothing_to_replay_is_a_wrong_command_line():
    check_refused(whipbird_here("replay"), 2, "give recordings, or --demo")
