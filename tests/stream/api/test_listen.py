"""``whipbird.listen`` opens the sources that the command line knows; these are real ones, in processes of their own."""

import os
import subprocess
import sys
import threading

import pytest
import soundfile

import whipbird
from command_line import LIMIT_S, PACKAGES
from command_line import whipbird as whipbird_command
from ports import reserved_port
from virtual_card import VirtualCard
from waiting import wait_until

pytestmark = pytest.mark.usefixtures("first_alone_installed")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "words.wav"}, r"expected '-', an address such as rtsp://… or an .sdp file; use whipbird\.detect"),
        ({"source": "-", "device": "usb"}, "device cannot be used with standard input or a network stream"),
        ({"source": "rtsp://camera/a", "rate_hz": 8000}, "rate_hz cannot be used with a network stream"),
        ({"source": "rtsp://camera/a", "channels": 2}, "channels and sample_format apply only to raw samples"),
        ({"sample_format": "s16le"}, "channels and sample_format apply only to raw samples on standard input"),
        ({"source": "-", "model": "no-such-model"}, "no-such-model"),
        ({"source": "-", "channel": "left"}, "channel 'left': give a number from 1, or 'mix'"),
        ({"source": "-", "channel": 0}, "channel 0: give a number from 1, or 'mix'"),
    ],
    ids=str,
)
def test_what_cannot_be_listened_to_is_refused(arguments, message):
    with pytest.raises(whipbird.WhipbirdError, match=message) as error:
        whipbird.listen(**arguments)
    assert "\n" not in str(error.value)


def run(code, *arguments, env=None, **options):
    """What a program of its own prints."""
    environment = os.environ | {"PYTHONPATH": PACKAGES} | (env or {})
    words = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, env=environment, timeout=LIMIT_S, **options)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_standard_input(demo):
    samples, rate_hz = soundfile.read(demo, dtype="int16")
    code = (
        "import whipbird\n"
        f"for event in whipbird.listen('-', rate_hz={rate_hz}, sample_format='s16le'): print(event.label)"
    )
    assert run(code, input=samples.tobytes()).split() == [event.label for event in whipbird.detect(demo)]


def own_threads(before):
    """Threads that have come since then, but for those of the server."""
    return [one for one in set(threading.enumerate()) - before if "process_request_thread" not in one.name]


def test_a_feed_is_left_without_a_thread(demo):
    pytest.importorskip("av")
    from feed_servers import LiveSound, Station

    with Station(LiveSound(*soundfile.read(demo, dtype="int16"))) as station:
        before = set(threading.enumerate())
        with whipbird.listen(station.address()) as listening:
            event = next(listening)
        wait_until(lambda: not own_threads(before))
    assert event.label in whipbird.load_model("commands").reported
    assert event.source == listening.source == station.address()
    assert event.time_from == "live"


def test_a_feed_that_is_not_there_is_an_error_at_once():
    pytest.importorskip("av")
    with reserved_port() as port, pytest.raises(whipbird.SourceError, match=r"127\.0\.0\.1"):
        whipbird.listen(f"http://127.0.0.1:{port}/live")


def test_a_microphone_that_a_program_forgets_does_not_hold_up_its_end(tmp_path, demo):
    with VirtualCard(tmp_path) as card:
        if whipbird_command("devices", "--json", env=card.environment).returncode:
            pytest.skip("PortAudio does not see the virtual sound card")
        code = (
            "import subprocess, sys, threading, whipbird\n"
            "listening = whipbird.listen()\n"
            "playing = subprocess.Popen(['paplay', sys.argv[1]])\n"
            "print(next(listening).label)\n"
            "other = whipbird.listen(duration_s=0.5)\n"
            "print(len(list(other)), other.summary.lost_s)\n"
            "listening.close(); playing.kill(); playing.wait()\n"
            "print(threading.active_count())\n"
            "forgotten = whipbird.listen(callback=print)"
        )
        path = tmp_path / "words.wav"
        soundfile.write(path, *soundfile.read(demo, dtype="int16"))
        label, lost, threads = run(code, path, env=card.environment).splitlines()
    assert (label, lost.split()[1], threads) == ("yes", "0.0", "1")
