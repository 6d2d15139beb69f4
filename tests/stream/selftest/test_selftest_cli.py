"""``whipbird selftest`` and ``whipbird tone`` on a virtual sound card, whose microphone hears its loudspeaker."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "virtual_mic.sh"


def whipbird(*arguments, environment):
    command = [sys.executable, "-m", "stream", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    """Environment of programs that are to use it."""
    if not all(map(shutil.which, ("pulseaudio", "pactl", "bash"))):
        pytest.skip("pulseaudio and pulseaudio-utils make the sound card of these tests")
    folder = tmp_path_factory.mktemp("card")
    subprocess.run([SCRIPT, "start", folder], check=True, timeout=30)
    environment = os.environ.copy()
    for line in (folder / "env").read_text().splitlines():
        for setting in line.removeprefix("export ").split():
            name, _, value = setting.partition("=")
            environment[name] = value
    yield environment
    subprocess.run([SCRIPT, "stop", folder], check=True, timeout=30)


def test_a_microphone_that_works(card):
    done = whipbird("selftest", "--json", "--level", -20, environment=card)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["works"]
    assert told["peak_dbfs"] == pytest.approx(-20, abs=0.5)
    assert told["level_dbfs"] == pytest.approx(-23.2, abs=0.5)
    assert told["noise_floor_dbfs"] is None or told["noise_floor_dbfs"] < -90
    assert told["band_hz"][0] < 100
    assert told["band_hz"][1] > 0.45 * told["rate_hz"]
    assert told["longest_delay_s"] >= told["delay_s"]
    shown = whipbird("selftest", environment=card)
    assert "works" in shown.stdout


def test_a_muted_one(card):
    sink = subprocess.run(["pactl", "get-default-sink"], capture_output=True, text=True, check=True, env=card)
    subprocess.run(["pactl", "set-sink-mute", sink.stdout.strip(), "1"], check=True, env=card)
    try:
        done = whipbird("selftest", environment=card)
    finally:
        subprocess.run(["pactl", "set-sink-mute", sink.stdout.strip(), "0"], check=True, env=card)
    assert done.returncode == 1
    assert "nothing but digital silence" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_tone_is_played(card):
    done = whipbird("tone", 1000, "--seconds", 0.2, environment=card)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("arguments", [("selftest", "--device", "none such"), ("selftest", "--output", "none such")])
def test_devices_that_are_not_there(card, arguments):
    done = whipbird(*arguments, environment=card)
    assert done.returncode == 1
    assert "none such" in done.stderr
    assert done.stderr.count("\n") == 1
