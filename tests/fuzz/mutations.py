"""Mutations of bytes: what transfers, full disks, power failures and bad cards do to files, and what the curious do."""

import random
import struct

__all__ = ["mislabelled", "mutated"]

LENGTHS = (
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFF,
    1 << 40,
    (1 << 64) - 1,
)
HEAD = 512  # bytes: half of the mutations fall among the headers
WORDS = (
    "nan",
    "-1",
    "1e308",
    "1e999",
    "",
    "null",
    "true",
    "[]",
    "{}",
    '"',
    "\0",
    "\u202e",
    "9" * 400,
    "A" * 5000,
    "/",
    "..",
    "-0",
)


def mutated(content: bytes, rng: random.Random, is_text: bool = False) -> bytes:
    """Content with one to four mutations."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        rng.choice(TEXT_MUTATIONS if is_text and rng.random() < 0.7 else MUTATIONS)(data, rng)
    return bytes(data)


SIZES = (  # in headers of recordings: the name before, the distance from it, and the form
    (b"\0fLaC", 18, ">Q"),  # the last 36 bits
    (b"SSND", 4, ">I"),
    (b".snd", 8, ">I"),
    (b"data\xf3\xac", 16, "<Q"),
    (b"ds64", 16, "<Q"),
    (b"data\0\0\0\0", 4, ">Q"),
    (b"data", 4, "<I"),
    (b"Xing", 8, ">I"),
    (b"Info", 8, ">I"),
)
TAG = b"ID3\x03\0\0\0\0\0\x20" + b"TXXX\0\0\0\x16\0\0" + bytes(22)


def mislabelled(content: bytes, rng: random.Random) -> bytes:
    """A recording with a wrong size in its header, or with something before it that its format allows."""
    data = bytearray(b"\0" + content)
    for name, distance, form in SIZES:
        start = data.find(name) + distance + (name[0] == 0)
        if data.find(name) < 0 or start + struct.calcsize(form) > len(data):
            continue
        (size,) = struct.unpack_from(form, data, start)
        kept, size = (size >> 36 << 36, size & (1 << 36) - 1) if name == b"\0fLaC" else (0, size)
        most = (1 << (36 if kept else 8 * struct.calcsize(form))) - 1
        wrong = rng.choice((0, 44, size // 2, size // 3, size + 44, 2 * size, size - 1, most)) & most
        struct.pack_into(form, data, start, kept | wrong)
        break
    before = rng.choice((b"", TAG, TAG + TAG, TAG + bytes(500), bytes(300))) if name in (b"Xing", b"Info") else b""
    return before + bytes(data[1:]) + rng.choice((b"", b"", bytes(1), bytes(100_000)))


def _place(data: bytearray, rng: random.Random) -> int:
    span = len(data) if rng.random() < 0.5 else min(HEAD, len(data))
    return rng.randrange(max(1, span))


def _flip_bit(data: bytearray, rng: random.Random) -> None:
    if data:
        data[_place(data, rng)] ^= 1 << rng.randrange(8)


def _set_bytes(data: bytearray, rng: random.Random) -> None:
    start = _place(data, rng)
    data[start : start + rng.randint(1, 8)] = rng.randbytes(rng.randint(1, 8))


def _set_number(data: bytearray, rng: random.Random) -> None:
    """Another length, count or rate, in either byte order."""
    start, code = _place(data, rng), rng.choice("HIQ")
    number = rng.choice(LENGTHS) & ((1 << 8 * struct.calcsize(code)) - 1)
    packed = struct.pack(rng.choice("<>") + code, number)
    data[start : start + len(packed)] = packed


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[_place(data, rng) :]


def _remove(data: bytearray, rng: random.Random) -> None:
    start = _place(data, rng)
    del data[start : start + rng.choice((1, 7, 512, 4096))]


def _blank(data: bytearray, rng: random.Random) -> None:
    start = _place(data, rng)
    length = min(rng.choice((4, 512, 4096)), len(data) - start)
    data[start : start + length] = bytes(length)


def _repeat(data: bytearray, rng: random.Random) -> None:
    start = _place(data, rng)
    block = data[start : start + rng.choice((4, 100, 4096))]
    data[start:start] = block


def _put_in_front(data: bytearray, rng: random.Random) -> None:
    data[:0] = rng.choice((bytes(100), rng.randbytes(60), b"ID3\x04\0\0\0\0\0\x0a" + bytes(10), b"\xef\xbb\xbf"))


def _append(data: bytearray, rng: random.Random) -> None:
    data += rng.choice((bytes(1000), rng.randbytes(1000), bytes(data[:2000])))


def _change_word(data: bytearray, rng: random.Random) -> None:
    """Another value where a number, a word or a name stood."""
    text = data.decode("utf-8", "replace")
    starts = [n for n in range(1, len(text)) if text[n].isalnum() and not text[n - 1].isalnum()]
    if not starts:
        return
    start = rng.choice(starts)
    end = start
    while end < len(text) and (text[end].isalnum() or text[end] in "._-"):
        end += 1
    data[:] = (text[:start] + rng.choice(WORDS) + text[end:]).encode("utf-8", "replace")


def _change_line(data: bytearray, rng: random.Random) -> None:
    """A line twice, none, or in another place."""
    lines = data.split(b"\n")
    line = lines.pop(rng.randrange(len(lines)))
    for _ in range(rng.randint(0, 2)):
        lines.insert(rng.randint(0, len(lines)), line)
    data[:] = b"\n".join(lines)


def _change_separator(data: bytearray, rng: random.Random) -> None:
    old, new = rng.sample((b",", b"\t", b";", b"\n", b'"', b"=", b"[", b"]", b":"), 2)
    data[:] = data.replace(old, new, rng.randint(1, 3))


MUTATIONS = (_flip_bit, _set_bytes, _set_number, _set_number, _cut, _remove, _blank, _repeat, _put_in_front, _append)
TEXT_MUTATIONS = (_change_word, _change_word, _change_line, _change_separator, _cut)
