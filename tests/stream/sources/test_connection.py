"""A connection to a feed: its thread never ends in silence."""

import pytest
import soundfile

from waiting import LIMIT_S
from whipbird.errors import SourceError
from whipbird.recordings.decoder import Decoder, Patience
from whipbird.sources.connection import Connection

pytest.importorskip("av", reason="PyAV listens to feeds")


def fail(*_):
    raise ValueError("a bug\nin the decoder")


@pytest.fixture
def connect(tmp_path, noise):
    path = tmp_path / "noise.wav"
    soundfile.write(path, noise, 16_000)
    return lambda: Connection(str(path), None, None, Patience(LIMIT_S, LIMIT_S, 0.1))


def test_whatever_opening_raises_is_why_it_fails(connect, monkeypatch):
    monkeypatch.setattr(Decoder, "__init__", fail)
    with pytest.raises(SourceError, match=r"^ValueError: a bug in the decoder$"):
        connect().ready(LIMIT_S)


def test_whatever_decoding_raises_is_why_it_fails(connect, monkeypatch):
    monkeypatch.setattr(Decoder, "blocks", fail)
    connection = connect()
    assert connection.ready(LIMIT_S)
    with pytest.raises(EOFError):
        connection.take(LIMIT_S)
    assert str(connection.failure) == "ValueError: a bug in the decoder"
