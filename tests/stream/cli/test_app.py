"""The command line as users and programs meet it."""

import ast
import fcntl
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import termios
import time
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import pytest
import soundfile

from command_line import LIMIT_S, ROOT, as_objects, check_refused, command, only_line, started, whipbird, whipbird_here
from waiting import wait_until
from whipbird import __version__

HEAVY = {"tensorflow", "keras", "librosa", "sklearn", "scipy", "numba", "matplotlib", "httpx", "paho", "train"}


def lines(result):
    return as_objects(result.stdout)


@pytest.mark.parametrize("command", ["listen", "replay", "watch", "classify", "devices", "models", "report"])
def test_help_has_examples(command):
    result = whipbird_here(command, "--help")
    assert result.returncode == 0
    assert f"whipbird {command}" in result.stdout
    assert "Example" in result.stdout


def test_commands_of_other_packages_are_listed_and_run():
    """Training is one: an entry point, of whose module help needs no more than the name."""
    assert "train" in [point.name for point in entry_points(group="whipbird.commands")]
    listed = whipbird_here("--help").stdout
    assert re.search(r"^\W*train\s+Train a model", listed, re.MULTILINE)
    assert "custom" in whipbird_here("train", "--help").stdout


def test_version():
    assert whipbird_here("--version").stdout == f"whipbird {__version__}\n"


def test_completion_is_offered():
    shell = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    offered = whipbird_here("--show-completion", "bash", env=shell).stdout
    assert "complete -o default -F _whipbird_completion whipbird" in offered


def test_replay_without_a_terminal_gives_plain_lines(demo, shipped):
    result = whipbird("replay", demo, "--speed", "max")
    assert result.returncode == 0
    assert result.stderr == ""
    *events, summary = result.stdout.splitlines()
    assert any("yes" in line for line in events)
    assert "heard 17.3 s, lost 0.0 s" in summary


def test_an_unknown_sensitivity_is_one_line(demo, shipped):
    result = whipbird_here("replay", demo, "--model", shipped, "--sensitivity", "wild")
    assert result.returncode == 1
    assert only_line(result.stderr).startswith("whipbird: commands has no operating point 'wild'; use one of balanced")


def test_replay_json(demo, shipped):
    *events, summary = lines(whipbird("replay", demo, "--speed", "max", "--json"))
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
def test_events_tell_when_they_were(demo, shipped, tmp_path, name, options, start):
    path = shutil.copy(demo, tmp_path / name)
    *events, _ = lines(whipbird_here("replay", path, "--speed", "max", "--json", *options))
    assert events
    for event in events:
        since = datetime.fromisoformat(event["time"]) - datetime.fromisoformat(start)
        assert since.total_seconds() == pytest.approx(event["begin_s"], abs=0.001)
        assert event["time"].endswith(start[-6:])
        assert event["time_from"] == "name"


def test_a_pipe_gives_the_events_of_the_file(demo, shipped, tmp_path):
    wav, raw = tmp_path / "demo.wav", tmp_path / "demo.raw"
    samples, rate_hz = soundfile.read(demo, dtype="int16")
    soundfile.write(wav, samples, rate_hz)
    samples.tofile(raw)

    def events(result):
        assert result.returncode == 0, result.stderr
        *found, _ = lines(result)
        return [{k: v for k, v in event.items() if k not in ("source", "time", "time_from")} for event in found]

    expected = events(whipbird("replay", wav, "--speed", "max", "--json"))
    assert expected
    with wav.open("rb") as pipe:
        assert events(whipbird("listen", "-", "--json", stdin=pipe)) == expected
    with raw.open("rb") as pipe:
        arguments = ("--rate", rate_hz, "--channels", 1, "--format", "S16_LE", "--json")
        assert events(whipbird("listen", "-", *arguments, stdin=pipe)) == expected
    paced = events(whipbird("replay", wav, "--speed", "20", "--json"))
    assert paced == expected


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
    reports = lines(result)
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
        (["replay", "demo", "--channel", "0"], 2, "channel '0'"),
        (["replay", "demo", "--channel", "7"], 1, "has 1 channels, not 7"),
        (["replay", "demo", "--model", "nothing"], 1, "no model named 'nothing'"),
        (["replay", "demo", "--label", "whisper"], 2, "no model here reports 'whisper'"),
        (["replay", "demo", "--time-zone", "Mars/Olympus"], 2, "unknown time zone"),
        (["replay", "empty-folder"], 1, "no recordings in this folder"),
        (["classify", "nowhere.wav"], 1, "nowhere.wav"),
        (["listen", "words.wav"], 2, "whipbird replay"),
        (["listen", "-", "--device", "usb"], 2, "--device does not go with standard input"),
        (["listen", "--format", "s16le"], 2, "standard input"),
        (["listen", "-", "--format", "s13le", "--rate", "8000"], 1, "unknown sample format"),
        (["listen", "-", "--rate", "12"], 1, "12 Hz is out of range"),
        (["listen", "-", "--channels", "2"], 1, "raw samples need --rate"),
        (["listen", "-", "--rate", "8000", "--channels", "2000"], 1, "2000 channels are out of range"),
        (["listen", "-", "--rate", "8000", "--duration", "nan"], 2, "--duration"),
        (["replay", "x" * 300], 1, "File name too long"),
        (["listen", "--device", "no such microphone"], 1, "n"),
    ],
)
def test_errors_say_what_to_do(demo, shipped, tmp_path, arguments, code, message):
    (tmp_path / "empty-folder").mkdir()
    check_refused(whipbird_here(*with_demo(arguments, demo), cwd=tmp_path), code, message)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["replay", "nowhere.wav"], 1, "nowhere.wav: No such file"),
        (["listen", "-"], 1, "no WAV header"),
        (["sing"], 2, "No such command"),
    ],
)
def test_errors_end_the_process(shipped, tmp_path, arguments, code, message):
    check_refused(whipbird(*arguments, cwd=tmp_path), code, message)


def with_demo(arguments, demo):
    return [str(demo) if argument == "demo" else argument for argument in arguments]


def test_classify(demo, shipped, tmp_path):
    samples, rate_hz = soundfile.read(demo)
    yes = tmp_path / "yes.wav"
    soundfile.write(yes, samples[round(0.5 * rate_hz) : round(1.5 * rate_hz)], rate_hz)
    result = whipbird_here("classify", yes, "nowhere.wav", "--json")
    assert result.returncode == 1  # one of them is not there
    (found,) = lines(result)
    assert list(found) == ["path", "label", "score", "scores"]
    assert found["label"] == "yes"
    assert found["score"] == found["scores"]["yes"]
    assert sum(found["scores"].values()) == pytest.approx(1, abs=1e-4)
    assert "yes" in whipbird_here("classify", yes).stdout


def test_models_lists_what_is_installed_and_where_to_put_more(shipped, tmp_path):
    result = whipbird_here("models", env={"XDG_DATA_HOME": str(tmp_path)})
    assert result.returncode == 0
    assert "commands" in result.stdout
    assert "--model FOLDER" in result.stdout
    (listed, *_) = lines(whipbird_here("models", "--json"))
    assert listed["card"]["labels"]


def test_a_low_rate_is_told(demo, shipped, tmp_path):
    samples, _ = soundfile.read(demo)
    soundfile.write(tmp_path / "low.wav", samples[::2], 8_000)
    result = whipbird_here("replay", tmp_path / "low.wav", "--speed", "max")
    assert result.returncode == 0
    assert "contains nothing above 4000 Hz" in only_line(result.stderr)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_with_a_summary(demo, shipped, number):
    with started("replay", demo, "--speed", "1", "--json") as process:
        first = process.stdout.readline()  # a word has been heard: it is running
        process.send_signal(number)
        rest, errors = process.communicate(timeout=LIMIT_S)
    *_, last = as_objects(first + rest)
    assert 0 < last["summary"]["heard_s"] < 17
    assert process.returncode == 128 + number
    assert errors == ""


def unread(pipe):
    """Bytes that wait in a pipe."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


@pytest.mark.skipif(sys.platform != "linux", reason="makes a small pipe and looks into it")
def test_a_slow_reader_loses_nothing(demo, shipped, tmp_path):
    """More output than a pipe holds, read when an output that is live would have been given up: replay waits for it."""
    once = whipbird_here("replay", demo, "--speed", "max", "--json").stdout.count('"label"')
    copies = [tmp_path / f"{number}.flac" for number in range(6)]
    for copy in copies:
        copy.symlink_to(demo)
    impatient = "import whipbird.listen.session as s; s.PATIENCE_S = 0.1; from whipbird.__main__ import main; main()"
    words = [sys.executable, "-c", impatient, "replay", *map(str, copies), "--speed", "max", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pipesize=4096) as process:
        wait_until(lambda: unread(process.stdout) > 3000)
        time.sleep(2)  # all is heard, and the pipe has been full for long
        out, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, errors
    assert out.count(b'"label"') == 6 * once


def catches(process, number):
    """Whether a process has a handler for a signal."""
    (line,) = re.findall(r"SigCgt:\s*(\w+)", Path(f"/proc/{process.pid}/status").read_text())
    return bool(int(line, 16) >> number - 1 & 1)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("header", ["", "RIFF"])
def test_signals_end_the_wait_for_a_silent_pipe(shipped, header):
    with started("listen", "-", "--json", stdin=subprocess.PIPE) as process:
        process.stdin.write(header)
        process.stdin.flush()
        wait_until(lambda: catches(process, signal.SIGTERM) and not unread(process.stdin))
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == 0
        assert json.loads(process.stdout.read())["summary"]["heard_s"] == 0


def test_a_pipe_that_breaks_off_is_told(demo, shipped, tmp_path):
    wav = tmp_path / "demo.wav"
    soundfile.write(wav, soundfile.read(demo)[0], 16_000)
    wav.write_bytes(wav.read_bytes()[:100_044])
    with wav.open("rb") as pipe:
        result = whipbird("listen", "-", "--json", stdin=pipe)
    assert result.returncode == 1
    assert "standard input: breaks off after 3.12 s" in result.stderr
    assert [line["gap"]["reason"] for line in lines(result) if "gap" in line] == ["truncated"]


def test_duration_is_kept_exactly(demo, shipped, tmp_path):
    raw = tmp_path / "demo.raw"
    soundfile.read(demo, dtype="int16")[0].tofile(raw)
    with raw.open("rb") as pipe:
        result = whipbird("listen", "-", "--rate", 16_000, "--duration", "2", "--json", stdin=pipe)
    assert lines(result)[-1]["summary"]["heard_s"] == 2.0


def test_odd_names_are_shown_safely(demo, shipped, tmp_path):
    odd = tmp_path / "a[bold]\n\x1b[31mß😀.flac"
    odd.symlink_to(demo)
    plain = whipbird("replay", odd, "--speed", "max")
    assert plain.returncode == 0
    assert "\x1b" not in plain.stdout
    assert "a[bold]··[31mß😀.flac: heard" in plain.stdout
    assert "a[bold]··[31mß😀.flac:" in whipbird_here("classify", odd).stdout
    as_json = lines(whipbird("replay", odd, "--speed", "max", "--json", env={"PYTHONIOENCODING": "latin-1"}))
    assert as_json[0]["source"] == str(odd)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full stands for a full disk")
@pytest.mark.parametrize("words", [["models"], ["replay", "demo", "--speed", "max"], ["classify", "demo"]])
def test_a_full_disk_is_one_line(demo, shipped, words):
    with open("/dev/full", "w") as full, started(*with_demo(words, demo), stdout=full) as process:
        _, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1
    assert "No space left on device" in only_line(errors)


def test_the_same_model_twice_is_once_and_two_of_one_name_are_refused(demo, shipped, bundle):
    def heard(*options):
        return whipbird_here("replay", demo, "--speed", "max", *options).stdout.splitlines()[:-1]

    assert heard("-m", "commands", "-m", shipped) == heard()
    refused = whipbird_here("replay", demo, "-m", "commands", "-m", bundle)
    assert refused.returncode == 1
    assert "both named 'commands'" in only_line(refused.stderr)


def test_a_reader_that_goes_away_is_no_error(demo, shipped):
    words = f"{shlex.join(command('replay', demo, '--speed', 'max'))} | head -1"
    result = subprocess.run(["bash", "-c", words], capture_output=True, text=True, timeout=LIMIT_S)
    assert only_line(result.stdout)
    assert result.stderr == ""


def test_standard_input_is_heard_as_it_comes(demo, shipped):
    """Events come while the pipe is still open."""
    samples, _ = soundfile.read(demo, dtype="int16")
    with started("listen", "-", "--rate", 16_000, "--json", stdin=subprocess.PIPE) as process:
        process.stdin.buffer.write(samples[: 3 * 16_000].tobytes())
        process.stdin.buffer.flush()
        assert json.loads(process.stdout.readline())["label"] == "yes"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=LIMIT_S)
    assert "summary" in as_objects(out)[-1]


def test_nothing_heavy_is_imported(demo, shipped, tmp_path):
    """The runtime must start quickly on a small computer, also with outputs; ruff looks at each module alone."""
    code = (
        "import sys; folder, demo = sys.argv[1:]\n"
        "from whipbird.cli.app import app\n"
        "names = [f'--out={folder}/h.{end}' for end in ('jsonl', 'csv', 'birdnet.csv', 'raven.txt', 'sqlite')]\n"
        "for words in (['replay', demo, '--speed', 'max', '--clips', folder, *names],\n"
        "              ['classify', demo], ['report', f'{folder}/h.sqlite']):\n"
        "    app(words, standalone_mode=False)\n"
        "print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    words = [sys.executable, "-c", code, str(tmp_path), str(demo)]
    result = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=LIMIT_S)
    imported = ast.literal_eval(result.stdout.splitlines()[-1])
    assert "whipbird" in imported
    assert HEAVY.isdisjoint(imported)


@pytest.mark.parametrize("name", ["A" * 300, "/dev/zero"])
def test_annotations_that_cannot_be_read_are_named(demo, name):
    result = whipbird_here("inspect", demo, "--json", "-a", name)
    assert result.returncode == 1
    assert name in only_line(result.stderr)


def test_a_number_of_any_length_is_a_wrong_channel(demo):
    result = whipbird_here("classify", demo, "--channel", "9" * 5000)
    assert result.returncode == 2
    assert len(result.stderr) < 2000


@pytest.mark.parametrize("option", ["--csv", "--figure"])
def test_an_empty_name_of_a_file_is_refused(demo, tmp_path, option):
    database = tmp_path / "heard.sqlite"
    assert whipbird_here("replay", demo, "--speed", "max", "--plain", "--out", database).returncode == 0
    result = whipbird_here("report", database, option, "")
    assert result.returncode == 1
    assert "cannot write" in only_line(result.stderr)
