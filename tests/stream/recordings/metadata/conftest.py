"""WAV files made by hand, chunk by chunk."""

import struct

import pytest


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


@pytest.fixture(scope="session")
def wav():
    """Make the bytes of a WAV file of a second of silence at 8 kHz, with chunks before and after the sound."""

    def make(*behind, before=(), form=b"RIFF", data=b"\0" * 16_000):
        body = b"WAVE" + chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8_000, 16_000, 2, 16))
        body += b"".join(chunk(*part) for part in (*before, (b"data", data), *behind))
        return form + struct.pack("<I", len(body)) + body

    return make


@pytest.fixture(scope="session")
def info():
    """Make the chunk in which recorders leave a comment."""

    def make(comment):
        return b"LIST", b"INFO" + chunk(b"IART", b"AudioMoth\0") + chunk(b"ICMT", comment.encode().ljust(384, b"\0"))

    return make
