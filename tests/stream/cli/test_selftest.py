"""``whipbird selftest`` and ``whipbird tone`` on a virtual sound card, whose microphone hears its loudspeaker."""

import json

import pytest

from command_line import only_line, whipbird
from virtual_card import VirtualCard


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    with VirtualCard(tmp_path_factory.mktemp("card")) as card:
        yield card


def test_a_microphone_that_works(card):
    done = whipbird("selftest", "--json", "--level", -20, env=card.environment)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["works"]
    # How exact it is, is for test_hearing.py to say: on a busy machine, the sound server leaves out samples.
    assert told["peak_dbfs"] == pytest.approx(-20, abs=3)
    assert told["level_dbfs"] == pytest.approx(-23.2, abs=3)
    assert told["noise_floor_dbfs"] is None or told["noise_floor_dbfs"] < -90
    assert told["band_hz"][0] < 100
    assert told["band_hz"][1] > 0.45 * told["rate_hz"]
    assert told["longest_delay_s"] >= told["delay_s"]
    shown = whipbird("selftest", env=card.environment)
    assert "works" in shown.stdout


def test_a_muted_one(card):
    sink = card.run("pactl", "get-default-sink").strip()
    card.run("pactl", "set-sink-mute", sink, "1")
    try:
        done = whipbird("selftest", env=card.environment)
    finally:
        card.run("pactl", "set-sink-mute", sink, "0")
    assert done.returncode == 1
    assert "nothing but digital silence" in only_line(done.stderr)


def test_a_tone_is_played(card):
    done = whipbird("tone", 1000, "--seconds", 0.2, env=card.environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("arguments", [("selftest", "--device", "none such"), ("selftest", "--output", "none such")])
def test_devices_that_are_not_there(card, arguments):
    done = whipbird(*arguments, env=card.environment)
    assert done.returncode == 1
    assert "none such" in only_line(done.stderr)
