"""``whipbird listen``: standard input, and options that do not go together."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from pipes import unread

import pytest
import soundfile

from command_line import LIMIT_S, as_objects, check_refused, started, whipbird, whipbird_here
from real_places import SetClock
from waiting import wait_until

pytestmark = pytest.mark.usefixtures("first_alone_installed")


def test_a_pipe_gives_the_events_of_the_file(demo, shipped, tmp_path):
    wav, raw = tmp_path / "demo.wav", tmp_path / "demo.raw"
    samples, rate_hz = soundfile.read(demo, dtype="int16")
    soundfile.write(wav, samples, rate_hz)
    samples.tofile(raw)

    def events(result):
        assert result.returncode == 0, result.stderr
        *found, _ = as_objects(result.stdout)
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


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["listen", "words.wav"], 2, "whipbird replay"),
        (["listen", "file:///night/words.wav"], 2, "whipbird replay"),
        (["listen", "http://bird:s3cret@cam:99999/"], 1, "http://cam:99999/: its port must be a number"),
        (["listen", "http://"], 1, "http://: names no host"),
        (["listen", "radio.m3u"], 2, "radio.m3u: a list of addresses; give one of http://radio.example/live"),
        (["listen", "-", "--device", "usb"], 2, "--device cannot be used with standard input"),
        (["listen", "--format", "s16le"], 2, "standard input"),
        (["listen", "-", "--format", "s13le", "--rate", "8000"], 1, "unknown sample format"),
        (["listen", "-", "--rate", "12"], 1, "12 Hz is out of range"),
        (["listen", "-", "--channels", "2"], 1, "raw samples need --rate"),
        (["listen", "-", "--rate", "8000", "--channels", "2000"], 1, "2000 channels are out of range"),
        (["listen", "-", "--rate", "8000", "--duration", "nan"], 2, "--duration"),
        (["listen", "--device", "no such microphone"], 1, "n"),
    ],
)
def test_errors_say_what_to_do(shipped, tmp_path, arguments, code, message):
    (tmp_path / "radio.m3u").write_text("http://radio.example/live\n")
    check_refused(whipbird_here(*arguments, cwd=tmp_path), code, message)


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


def test_a_truncated_pipe_is_reported(demo, shipped, tmp_path):
    wav = tmp_path / "demo.wav"
    soundfile.write(wav, soundfile.read(demo)[0], 16_000)
    wav.write_bytes(wav.read_bytes()[:100_044])
    with wav.open("rb") as pipe:
        result = whipbird("listen", "-", "--json", stdin=pipe)
    assert result.returncode == 1
    assert "standard input: breaks off after 3.12 s" in result.stderr
    assert [line["gap"]["reason"] for line in as_objects(result.stdout) if "gap" in line] == ["truncated"]


def test_duration_is_kept_exactly(demo, shipped, tmp_path):
    raw = tmp_path / "demo.raw"
    soundfile.read(demo, dtype="int16")[0].tofile(raw)
    with raw.open("rb") as pipe:
        result = whipbird("listen", "-", "--rate", 16_000, "--duration", "2", "--json", stdin=pipe)
    assert as_objects(result.stdout)[-1]["summary"]["heard_s"] == 2.0


def test_duration_counts_while_a_pipe_is_silent(demo, shipped):
    samples, _ = soundfile.read(demo, dtype="int16", stop=3 * 16_000)
    with started("listen", "-", "--rate", 16_000, "--duration", 5, "--json", stdin=subprocess.PIPE) as process:
        process.stdin.buffer.write(samples.tobytes())
        process.stdin.buffer.flush()
        assert json.loads(process.stdout.readline())["label"] == "yes"
        start_s = time.monotonic()
        assert process.wait(LIMIT_S) == 0
        assert time.monotonic() - start_s > 2
        assert json.loads(process.stdout.readlines()[-1])["summary"]["heard_s"] == 3.0


@pytest.mark.parametrize("header", ["", "RIFF"])
def test_duration_ends_the_wait_for_a_silent_pipe(shipped, header):
    with started("listen", "-", "--duration", 1, "--json", stdin=subprocess.PIPE) as process:
        process.stdin.write(header)
        process.stdin.flush()
        assert process.wait(LIMIT_S) == 0
        assert json.loads(process.stdout.read())["summary"]["heard_s"] == 0


@pytest.mark.parametrize("recorded", [True, False], ids=["as it comes", "before"])
def test_the_sleep_of_the_computer_is_a_gap_in_sound_that_is_recorded_as_it_comes(shipped, tmp_path, recorded):
    clock, second = SetClock(tmp_path), bytes(2 * 8_000)
    options = ("--rate", 8_000, "--json")
    with started("listen", "-", *options, stdin=subprocess.PIPE, env=clock.environment) as process:
        process.stdin.buffer.write(second if recorded else 60 * second)
        process.stdin.buffer.flush()
        wait_until(lambda: not unread(process.stdin))
        time.sleep(1.0)
        clock.put(0.0, asleep_s=3600.0)
        out, _ = process.communicate((second * 2).decode(), timeout=LIMIT_S)
    gaps = [report["gap"] for report in as_objects(out) if "gap" in report]
    assert [gap["reason"] for gap in gaps] == ["computer asleep"] * recorded
    assert all(abs(gap["end_s"] - gap["begin_s"] - 3600) < 1 for gap in gaps)


def test_events_are_printed_while_standard_input_is_open(demo, shipped):
    samples, _ = soundfile.read(demo, dtype="int16")
    with started("listen", "-", "--rate", 16_000, "--json", stdin=subprocess.PIPE) as process:
        process.stdin.buffer.write(samples[: 3 * 16_000].tobytes())
        process.stdin.buffer.flush()
        assert json.loads(process.stdout.readline())["label"] == "yes"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=LIMIT_S)
    assert "summary" in as_objects(out)[-1]
