"""The whole way from a sound card to events: PortAudio, its C callback, the ring, the models.

The sound card is a virtual one (PulseAudio), into which a synthetic voice speaks.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from stream.sources.loss import LossMeter
from stream.sources.microphone import SILENCE_S, SilenceWatch

SCRIPT = Path(__file__).resolve().parents[2] / "virtual_mic.sh"


class VirtualMicrophone:
    """Starts, stops, and speaks."""

    def __init__(self, folder):
        self._folder = folder
        self.environment = os.environ.copy()

    def start(self):
        subprocess.run([SCRIPT, "start", self._folder], check=True, timeout=30)
        for line in (self._folder / "env").read_text().splitlines():
            for setting in line.removeprefix("export ").split():
                name, _, value = setting.partition("=")
                self.environment[name] = value

    def stop(self):
        subprocess.run([SCRIPT, "stop", self._folder], check=True, timeout=30)

    def play(self, path):
        subprocess.run(["paplay", str(path)], check=True, timeout=60, env=self.environment)

    def records(self):
        """Whether anybody records from it."""
        listed = ["pactl", "list", "short", "source-outputs"]
        return bool(subprocess.run(listed, check=True, capture_output=True, env=self.environment).stdout.strip())

    def listen(self, *arguments):
        command = [sys.executable, "-m", "stream", "listen", "--json", *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, text=True, env=self.environment, **pipes)


@pytest.fixture(scope="module")
def microphone(tmp_path_factory):
    missing = [program for program in ("pulseaudio", "paplay", "pactl") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"the virtual sound card needs {', '.join(missing)}")
    virtual = VirtualMicrophone(tmp_path_factory.mktemp("mic"))
    virtual.start()
    listed = subprocess.run(
        [sys.executable, "-m", "stream", "devices", "--json"], capture_output=True, text=True, env=virtual.environment
    )
    if listed.returncode:
        virtual.stop()
        pytest.skip(f"PortAudio does not see the virtual sound card: {listed.stderr.strip()}")
    yield virtual
    virtual.stop()


def finish(process):
    out, errors = process.communicate(timeout=60)
    return [json.loads(line) for line in out.splitlines()], errors


def wait_until_it_hears(microphone, process):
    deadline = time.monotonic() + 60  # a busy machine takes its time
    while not microphone.records() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.5)
    assert process.poll() is None, process.stderr.read()


def test_words_are_heard_as_by_replay(microphone, demo, shipped):
    command = [sys.executable, "-m", "stream", "replay", str(demo), "--speed", "max", "--json"]
    replayed = [json.loads(line) for line in subprocess.check_output(command, text=True).splitlines()][:-1]
    process = microphone.listen("--rate", 48_000)
    wait_until_it_hears(microphone, process)
    microphone.play(demo)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    (*events, summary), errors = finish(process)
    assert process.returncode == 0, errors
    assert [event["label"] for event in events] == [event["label"] for event in replayed]
    begin = events[0]["begin_s"] - replayed[0]["begin_s"]
    assert [e["begin_s"] - begin for e in events] == pytest.approx([e["begin_s"] for e in replayed], abs=0.2)
    assert summary["summary"]["lost_s"] == 0
    assert all(event["time"] for event in events)


def test_duration_channels_and_rate(microphone, shipped):
    process = microphone.listen("--rate", 16_000, "--channel", "2", "--duration", "0.5")
    (summary,), errors = finish(process)
    assert process.returncode == 0, errors
    assert summary["summary"]["heard_s"] >= 0.5
    process = microphone.listen("--channel", "33", "--duration", "0.5")
    assert "channels, not 33" in finish(process)[1]
    assert process.returncode == 1


def test_an_unknown_device(microphone, shipped):
    process = microphone.listen("--device", "gramophone")
    _, errors = finish(process)
    assert process.returncode == 1
    assert errors == "whipbird: no recording device 'gramophone'; 'whipbird devices' lists them\n"


def test_a_device_that_vanishes_is_taken_up_again(microphone, demo, shipped):
    process = microphone.listen()
    wait_until_it_hears(microphone, process)
    microphone.stop()
    time.sleep(3)
    microphone.start()
    time.sleep(5)
    microphone.play(demo)
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    reports, errors = finish(process)
    assert process.returncode == 0, errors
    assert "waiting for it to come back" in errors
    assert "is back" in errors
    (gap,) = [report["gap"] for report in reports if "gap" in report]
    assert gap["reason"] == "device vanished"
    assert gap["end_s"] - gap["begin_s"] > 2
    after = [report for report in reports if report.get("begin_s", 0) > gap["end_s"]]
    assert len(after) > 5
    summary = reports[-1]["summary"]
    assert summary["lost_s"] == pytest.approx(gap["end_s"] - gap["begin_s"], abs=1e-5)  # rounded to microseconds


def test_a_process_that_was_stopped_knows_what_it_lost(microphone, shipped, tmp_path):
    """Whatever the sound server could not hold meanwhile is a gap: heard and lost make up the time."""
    process = microphone.listen("--rate", 16_000)
    wait_until_it_hears(microphone, process)
    began = time.monotonic()
    process.send_signal(signal.SIGSTOP)
    time.sleep(3)
    process.send_signal(signal.SIGCONT)
    stopped = time.monotonic() - began
    time.sleep(3)
    process.send_signal(signal.SIGTERM)
    reports, errors = finish(process)
    assert process.returncode == 0, errors
    summary = reports[-1]["summary"]
    gaps = sum(report["gap"]["end_s"] - report["gap"]["begin_s"] for report in reports if "gap" in report)
    assert summary["lost_s"] == pytest.approx(gaps, abs=1e-4)
    assert summary["heard_s"] + summary["lost_s"] > stopped + 2  # the sound server held it, or the loss is known


def test_a_long_silence_is_a_hint():
    hints = []
    watch = SilenceWatch(rate_hz=8_000)
    for _ in range(round(SILENCE_S) + 3):
        watch.update(8_000, 0.0, "mic", hints.append)
    assert len(hints) == 1
    assert "muted" in hints[0]
    watch.update(1, 0.5, "mic", hints.append)
    watch.update(8_000, 0.0, "mic", hints.append)
    assert len(hints) == 1


def test_played_sound_arrives_as_it_was(microphone, tmp_path):
    """A tone through the card comes back as a tone: nothing is lost or doubled on the way from C to Python."""
    import threading

    code = """
import sys, threading, numpy as np
from stream.ring import Ring
from stream.sources.microphone import Microphone
mic = Microphone(rate_hz=48_000)
mic.open()
ring = Ring(48_000 * 20, mic.channels)
reader, stop = ring.reader(), threading.Event()
thread = threading.Thread(target=mic.run, args=(ring, stop, print))
thread.start()
print('ready', flush=True)
sys.stdin.readline()
stop.set()
thread.join()
mic.close()
np.save(sys.argv[1], reader.read(48_000 * 20)[:, 0])
"""
    tone = tmp_path / "tone.wav"
    soundfile.write(tone, 0.5 * np.sin(2 * np.pi * 1000 * np.arange(3 * 48_000) / 48_000), 48_000)
    recorded = tmp_path / "recorded.npy"
    command = [sys.executable, "-c", code, str(recorded)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=microphone.environment, **pipes) as process:
        assert process.stdout.readline() == "ready\n"
        player = threading.Thread(target=microphone.play, args=(tone,))
        player.start()
        player.join()
        time.sleep(0.5)
        process.communicate("\n", timeout=30)
    sound = np.load(recorded)
    loud = np.flatnonzero(np.abs(sound) > 0.1)
    middle = sound[loud[0] + 4_800 : loud[0] + 2 * 48_000]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)))) ** 2
    peak = int(spectrum.argmax())
    assert peak * 48_000 / len(middle) == pytest.approx(1000, abs=1)
    beside = spectrum.sum() - spectrum[peak - 5 : peak + 6].sum()
    assert 10 * np.log10(spectrum.sum() / beside) > 60


def test_loss_is_told_from_time():
    meter = LossMeter(rate_hz=1_000)
    for second in range(1, 10):
        meter.update(float(second), second * 1_000 - 40)
    assert meter.missing(10.0, 9_960) == 0
    assert meter.missing(10.0, 9_460) == 500
