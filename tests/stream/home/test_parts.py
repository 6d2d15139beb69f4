"""Samples of any width, clients' clocks, addresses, and names of rooms."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.errors import WhipbirdError
from whipbird.events.thresholds import NO_THRESHOLDS
from whipbird.home.address import parse_address
from whipbird.home.catalog import Catalog
from whipbird.home.client_clock import ClientClock
from whipbird.home.pcm import PcmReader
from whipbird.home.rooms import RoomNames, parse_rooms
from whipbird.review.false_wakes import room_of


@given(st.sampled_from([1, 2, 3, 4]), st.sampled_from([1, 2, 3]), st.binary(max_size=99), st.lists(st.integers(0, 99)))
def test_samples_do_not_depend_on_cuts(width, channels, content, cuts):
    places = sorted({0, *(min(cut, len(content)) for cut in cuts), len(content)})
    reader = PcmReader(width, channels)
    pieces = [reader.push(content[first:last]) for first, last in pairwise(places)]
    frame = width * channels
    frames = [content[first : first + frame] for first in range(0, len(content) // frame * frame, frame)]
    expected = [
        [int.from_bytes(one[width * n : width * (n + 1)], "little", signed=True) for n in range(channels)]
        for one in frames
    ]
    found = np.concatenate([np.empty((0, channels), np.float32), *pieces])
    scale = np.float32(2 ** (8 * width - 1))
    np.testing.assert_array_equal(found, np.array(expected, np.float32).reshape(-1, channels) / scale)


def test_times_are_those_of_the_piece_with_the_sample():
    clock = ClientClock(1000, 50.0)
    assert clock.at_ms(7) == 57
    clock.mark(0, 100)
    clock.mark(500, 700)  # 100 ms later than the samples say
    assert (clock.at_ms(0), clock.at_ms(499), clock.at_ms(500), clock.at_ms(900)) == (100, 599, 700, 1100)


def test_only_the_latest_marks_are_kept():
    clock = ClientClock(1000, 0.0)
    for second in range(1000):
        clock.mark(1000 * second, 1000 * second)
    assert len(clock._marks) < 70
    assert clock.at_ms(990_500) == 990_500


@pytest.mark.parametrize(
    "text", ["tcp://0.0.0.0:10400", "tcp://[::1]:0", "tcp://name.local:1", "unix:///run/a.sock", "unix://a.sock"]
)
def test_addresses(text):
    assert str(parse_address(text)) == text


@pytest.mark.parametrize("text", ["", "tcp://", "tcp://host", "tcp://host:x", "tcp://h:99999", "http://a:1", "unix://"])
def test_what_is_no_address(text):
    with pytest.raises(WhipbirdError, match="give an address such as"):
        parse_address(text)


def test_rooms_have_names_by_address():
    names = RoomNames(parse_rooms(["kitchen=192.168.1.20", "living room=fd00::1"]))
    assert names.room(("192.168.1.20", 999)) == "kitchen"
    assert names.room(("::ffff:192.168.1.20", 999, 0, 0)) == "kitchen"
    assert names.room(("fd00::1", 999, 0, 0)) == "living room"
    assert names.room(("fe80::1%eth0", 999, 0, 2)) == "fe80::1"
    assert names.room("") == "local"


def test_names_in_use_are_not_given_again():
    names = RoomNames({})
    assert [names.take("a") for _ in range(3)] == ["a", "a (2)", "a (3)"]
    names.give_back("a (2)")
    assert names.take("a") == "a (2)"
    assert [room_of(one) for one in ("a", "a (2)", "a (b)")] == ["a", "a", "a (b)"]


@pytest.mark.parametrize("text", ["kitchen", "=1.2.3.4", "kitchen=host", "kitchen="])
def test_what_is_no_room(text):
    with pytest.raises(WhipbirdError, match="give a name and an IP address"):
        parse_rooms([text])


def test_an_address_has_one_name():
    with pytest.raises(WhipbirdError, match="another name"):
        parse_rooms(["a=1.2.3.4", "b=1.2.3.4"])


def test_phrases_are_found_by_their_names_their_models_and_what_is_said():
    catalog = Catalog(["commands", "digits"], "balanced", NO_THRESHOLDS)

    def found(*names):
        phrases, unknown = catalog.find(names)
        return [phrase.name for phrase in phrases], unknown

    assert found("commands/stop") == (["commands/stop"], [])
    assert found("Stop", "digits/nine", "go_") == (["commands/go", "commands/stop", "digits/nine"], [])
    assert len(found("digits")[0]) == 10
    assert found("commands/stop", "alexa", "stopp") == (["commands/stop"], ["alexa", "stopp"])
