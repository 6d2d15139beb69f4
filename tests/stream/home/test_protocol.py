"""Events are read within bounds, and what is none is refused."""

import asyncio
import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wyoming.event import Event

from whipbird.home import protocol
from whipbird.home.protocol import LONGEST_LINE, DetectRequest, ProtocolError, Sound, parse, read_event


def read_all(content):
    """The events in some bytes."""

    async def read():
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        reader.feed_data(content)
        reader.feed_eof()
        found = []
        while (event := await read_event(reader)) is not None:
            found.append(event)
        return found

    return asyncio.run(read())


def as_bytes(event):
    header = {"type": event.type, "data": {"a": 1}}
    data = json.dumps(event.data).encode()
    header |= {"data_length": len(data), "payload_length": len(event.payload or b"")}
    return json.dumps(header).encode() + b"\n" + data + (event.payload or b"")


VALUES = st.dictionaries(st.text(max_size=9), st.integers() | st.text(max_size=9) | st.none(), max_size=3)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.builds(Event, st.text(max_size=9), VALUES, st.binary(min_size=1, max_size=99) | st.none()), max_size=4)
)
def test_events_are_read_as_they_were_written(events):
    found = read_all(b"".join(map(as_bytes, events)))
    assert found == [Event(one.type, {"a": 1} | one.data, one.payload) for one in events]


@given(st.binary(min_size=1, max_size=200))
def test_anything_else_is_refused_or_an_event(content):
    with contextlib.suppress(ProtocolError):
        assert all(isinstance(event, Event) for event in read_all(content))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\n", "not in JSON"),
        (b"GET / HTTP/1.1\r\n\r\n", "not in JSON"),
        (b"[" * 60_000 + b"\n", "not in JSON"),
        (b"x" * 70_000, "more than 65,536 bytes"),
        (b"[]\n", "no JSON object"),
        (b'{"type": 1}\n', "no type"),
        (b'{"type": "a", "data": []}\n', "no object"),
        (b'{"type": "a", "data_length": 65537}\n', "data_length must be a number up to 65,536"),
        (b'{"type": "a", "payload_length": 1048577}\n', "payload_length must be"),
        (b'{"type": "a", "payload_length": -1}\n', "payload_length must be"),
        (b'{"type": "a", "payload_length": 1e3}\n', "payload_length must be"),
        (b'{"type": "a", "data_length": 2}\n[]', "no JSON object"),
        (b'{"type": "a"', "broke off"),
        (b'{"type": "a", "payload_length": 9}\n123', "broke off"),
    ],
)
def test_the_reason_is_named(content, reason):
    with pytest.raises(ProtocolError, match=reason):
        read_all(content)


def test_an_event_that_has_begun_must_be_complete_in_time(monkeypatch):
    monkeypatch.setattr(protocol, "PATIENCE_S", 0.01)

    async def wait():
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        reader.feed_data(b'{"type"')
        await read_event(reader)

    with pytest.raises(ProtocolError, match=r"not complete after 0\.01 s"):
        asyncio.run(wait())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"width": 2, "channels": 1}, "rate is missing"),
        ({"rate": "16000", "width": 2, "channels": 1}, "rate must be a whole number"),
        ({"rate": 16000, "width": 5, "channels": 1}, "width must be 1, 2, 3 or 4"),
        ({"rate": 16000, "width": 2, "channels": 1, "timestamp": float("nan")}, "timestamp must be a number"),
    ],
)
def test_data_that_make_no_sense_are_refused(data, reason):
    with pytest.raises(ProtocolError, match=f"audio-chunk: {reason}"):
        parse(Sound, Event("audio-chunk", data))


def test_other_keys_are_ignored():
    assert parse(DetectRequest, Event("detect", {"names": ["a"], "new": 1})).names == ["a"]
