"""The whole way from a sound card to events: PortAudio, its C callback, the ring, the models.

The sound card is a virtual one (PulseAudio), into which a synthetic voice speaks.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from command_line import LIMIT_S, as_objects, only_line, started, whipbird, whipbird_here
from databases import rows
from real_places import SetClock
from virtual_card import VirtualCard
from waiting import wait_until
from whipbird.sources.microphone import SILENCE_S, SilenceWatch


@pytest.fixture(scope="module")
def microphone(tmp_path_factory):
    with VirtualCard(tmp_path_factory.mktemp("mic")) as card:
        listed = whipbird("devices", "--json", env=card.environment)
        if listed.returncode:
            pytest.skip(f"PortAudio does not see the virtual sound card: {listed.stderr.strip()}")
        yield card


@pytest.fixture(scope="module")
def spoken(demo, tmp_path_factory):
    """Some of the demo's words, in half the time."""
    path = tmp_path_factory.mktemp("spoken") / "words.wav"
    sound, rate_hz = soundfile.read(demo, dtype="int16")
    soundfile.write(path, sound[: len(sound) // 2], rate_hz)
    return path


class Listening:
    """A process that listens to the card; a context manager that waits until it does, and for its end."""

    def __init__(self, microphone, folder, *options, env=None):
        database = folder / "heard.sqlite"
        self.process = started(
            "listen", "--json", "--out", database, *options, env=microphone.environment | (env or {})
        )
        self.reports, self.errors = [], []
        self._threads = [
            threading.Thread(target=lambda: self.reports.extend(map(json.loads, self.process.stdout))),
            threading.Thread(target=lambda: self.errors.extend(self.process.stderr)),
        ]
        for thread in self._threads:
            thread.start()
        wait_until(lambda: rows(database, "SELECT id FROM recordings") or self.process.poll() is not None)
        assert self.process.poll() is None, self.errors

    def has_said(self, text):
        return any(text in line for line in self.errors)

    def events(self):
        return [report for report in self.reports if "label" in report]

    def gaps(self):
        return [report["gap"] for report in self.reports if "gap" in report]

    def end(self, number=signal.SIGTERM):
        """End it; returns the summary."""
        self.process.send_signal(number)
        assert self.process.wait(LIMIT_S) == 0, self.errors
        for thread in self._threads:
            thread.join()
        return self.reports[-1]["summary"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()


def test_words_are_detected_as_by_replay(microphone, spoken, tmp_path, shipped):
    replayed = as_objects(whipbird_here("replay", spoken, "--speed", "max", "--json").stdout)[:-1]
    with Listening(microphone, tmp_path, "--rate", 48_000) as listening:
        microphone.play(spoken)
        wait_until(lambda: len(listening.events()) >= len(replayed))
        summary = listening.end(signal.SIGINT)
    events = listening.events()
    assert [event["label"] for event in events] == [event["label"] for event in replayed]
    begin = events[0]["begin_s"] - replayed[0]["begin_s"]
    assert [e["begin_s"] - begin for e in events] == pytest.approx([e["begin_s"] for e in replayed], abs=0.2)
    assert summary["lost_s"] == 0
    assert all(event["time"] for event in events)


def test_duration_channels_and_rate(microphone, shipped):
    options = ("--rate", 16_000, "--channel", 2, "--duration", 0.5, "--json")
    heard = whipbird("listen", *options, env=microphone.environment)
    assert heard.returncode == 0, heard.stderr
    (report,) = as_objects(heard.stdout)
    assert report["summary"]["heard_s"] >= 0.5


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--channel", 33], "channels, not 33"), (["--device", "gramophone"], "no recording device 'gramophone'")],
)
def test_what_is_not_there(microphone, shipped, options, message):
    refused = whipbird("listen", *options, env=microphone.environment)
    assert refused.returncode == 1
    assert message in only_line(refused.stderr)


def test_a_device_that_vanishes_is_opened_again(microphone, spoken, tmp_path, shipped):
    with Listening(microphone, tmp_path) as listening:
        microphone.stop()
        wait_until(lambda: listening.has_said("waiting for it to return"))
        microphone.start()
        wait_until(lambda: listening.has_said("is back"))
        microphone.play(spoken)
        wait_until(lambda: len(listening.events()) > 3)
        summary = listening.end()
    (gap,) = listening.gaps()
    assert gap["reason"] == "device vanished"
    assert gap["end_s"] - gap["begin_s"] > 1
    assert all(event["begin_s"] > gap["end_s"] for event in listening.events())
    assert summary["lost_s"] == pytest.approx(gap["end_s"] - gap["begin_s"], abs=1e-5)  # rounded to microseconds


@pytest.fixture
def only_listed(microphone):
    """Lets the card's programs see these devices alone, besides the default one."""
    path = Path(microphone.environment["ALSA_CONFIG_PATH"].split(":")[1])
    before = path.read_text()
    default = before.splitlines(keepends=True)[:2]

    def restart(*names):
        microphone.stop()
        microphone.start()
        path.write_text("".join([*default, *(f"pcm.{name} {{ type pulse }}\n" for name in names)]))

    yield restart
    path.write_text(before)


def test_a_device_chosen_by_number_is_not_taken_for_another_that_has_its_number(
    microphone, only_listed, tmp_path, shipped
):
    def numbers():
        devices = as_objects(whipbird("devices", "--json", env=microphone.environment).stdout)
        return {device["name"]: device["number"] for device in devices}

    only_listed("amsel")
    number = numbers()["amsel"]
    with Listening(microphone, tmp_path, "--device", number) as listening:
        only_listed("zaunkoenig")
        wait_until(lambda: listening.has_said("waiting for it to return"))
        assert numbers()["zaunkoenig"] == number
        assert not listening.has_said("is back")
        only_listed("kleiber", "meise", "amsel")
        wait_until(lambda: listening.has_said("is back"))
        listening.end()
    assert not listening.has_said("zaunkoenig")


def test_a_loss_counts_while_it_lasts_and_time_is_limited(microphone, tmp_path, shipped):
    with Listening(microphone, tmp_path, "--duration", 8) as listening:
        start_s = time.monotonic()
        microphone.stop()
        try:
            database = tmp_path / "heard.sqlite"
            assert listening.process.wait(LIMIT_S) == 0
            lasted_s = time.monotonic() - start_s
        finally:
            microphone.start()
    assert lasted_s < 8 + 4  # PortAudio may be slow to end
    ((elapsed_s, lost_s),) = rows(database, "SELECT elapsed_s, lost_s FROM recordings")
    assert elapsed_s == pytest.approx(8)
    assert lost_s > 5


def test_the_sleep_of_the_computer_is_a_gap(microphone, spoken, tmp_path, shipped):
    clock = SetClock(tmp_path)
    with Listening(microphone, tmp_path, env=clock.environment) as listening:
        microphone.play(spoken)
        wait_until(lambda: len(listening.events()) > 3)
        clock.put(0.0, asleep_s=3600.0)
        wait_until(lambda: listening.has_said("asleep"))
        before = len(listening.events())
        microphone.play(spoken)
        wait_until(lambda: len(listening.events()) > before)
        wall = datetime.now().astimezone() + timedelta(seconds=3600)
        summary = listening.end()
    (gap,) = listening.gaps()
    assert gap["reason"] == "computer asleep"
    assert gap["end_s"] - gap["begin_s"] == pytest.approx(3600, abs=2)
    assert summary["lost_s"] == pytest.approx(gap["end_s"] - gap["begin_s"], abs=1e-5)
    event = listening.events()[before]
    assert abs(datetime.fromisoformat(event["time"]) - wall) < timedelta(seconds=20)


def test_a_process_that_was_stopped_knows_what_it_lost(microphone, tmp_path, shipped):
    """Sound that the sound server could not hold is a gap: processed and lost seconds make up the time."""
    with Listening(microphone, tmp_path, "--rate", 16_000) as listening:
        began = time.monotonic()
        listening.process.send_signal(signal.SIGSTOP)
        time.sleep(4)
        listening.process.send_signal(signal.SIGCONT)
        stopped = time.monotonic() - began
        time.sleep(2)
        summary = listening.end()
    assert summary["lost_s"] == pytest.approx(sum(g["end_s"] - g["begin_s"] for g in listening.gaps()), abs=1e-4)
    assert summary["heard_s"] + summary["lost_s"] > stopped  # the sound server held it, or the loss is known


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
    code = """
import sys, threading, numpy as np
from whipbird.audio.ring import Ring
from whipbird.sources.microphone import Microphone
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
    with subprocess.Popen(command, text=True, env=os.environ | microphone.environment, **pipes) as process:
        assert process.stdout.readline() == "ready\n"
        player = threading.Thread(target=microphone.play, args=(tone,))
        player.start()
        player.join()
        time.sleep(0.5)
        process.communicate("\n")
    sound = np.load(recorded)
    loud = np.flatnonzero(np.abs(sound) > 0.1)
    middle = sound[loud[0] + 4_800 : loud[0] + 2 * 48_000]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)))) ** 2
    peak = int(spectrum.argmax())
    assert peak * 48_000 / len(middle) == pytest.approx(1000, abs=1)
    beside = spectrum.sum() - spectrum[peak - 5 : peak + 6].sum()
    assert 10 * np.log10(spectrum.sum() / beside) > 60
