"""``whipbird selftest`` and ``whipbird tone`` on a virtual sound card, whose microphone records its loudspeaker."""

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
    facts = json.loads(done.stdout)
    assert facts["works"]
    # test_measure.py checks the accuracy: on a busy machine, the sound server drops samples.
    assert facts["peak_dbfs"] == pytest.approx(-20, abs=3)
    assert facts["level_dbfs"] == pytest.approx(-23.2, abs=3)
    assert facts["noise_floor_dbfs"] is None or facts["noise_floor_dbfs"] < -90
    assert facts["band_hz"][0] < 100
    assert facts["band_hz"][1] > 0.45 * facts["rate_hz"]
    assert facts["longest_delay_s"] >= facts["delay_s"]
    shown = whipbird("selftest", env=card.environment)
    assert "works" in shown.stdout


def test_a_muted_microphone(card):
    sink = card.run("pactl", "get-default-sink").strip()
    card.run("pactl", "set-sink-mute", sink, "1")
    try:
        done = whipbird("selftest", env=card.environment)
    finally:
        card.run("pactl", "set-sink-mute", sink, "0")
    assert done.returncode == 1
    assert "records only digital silence" in only_line(done.stderr)


def test_a_tone_is_played(card):
    done = whipbird("tone", 1000, "--seconds", 0.2, env=card.environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("arguments", [("selftest", "--device", "none such"), ("selftest", "--output", "none such")])
def test_devices_that_do_not_exist(card, arguments):
    done = whipbird(*arguments, env=card.environment)
    assert done.returncode == 1
    assert "none such" in only_line(done.stderr)
