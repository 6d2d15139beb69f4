"""A WAV from a pipe, whatever size its header gives.

Programs that write into a pipe cannot go back to write the size of the sound, and leave there what they had: 0, the
largest number, or an estimate. What follows the declared end and is no chunk is sound. Other formats pass through.
"""

from __future__ import annotations

import io
import os
import struct
import threading

from whipbird.errors import SourceError
from whipbird.recordings.corrected.chunked import RIFF, SIZE_ELSEWHERE, family_of, is_unknown, starts_chunk
from whipbird.recordings.corrected.sizes import LARGEST_HEAD, endless_wav

__all__ = ["PipedWav", "open_pipe"]

PEEKED_BYTES = 16  # of the sound, which libsndfile reads to see what it is, and then again
FORM_BYTES = 12  # which show whether this is a WAV
BLOCK_BYTES = 1 << 16


def open_pipe(pipe: int) -> PipedWav | int:
    """What libsndfile can read of a recording in a pipe: a WAV, or another pipe with the same bytes.

    Raises
    ------
    ValueError
        If a WAV ends before its sound.
    SourceError
        If it cannot be read from a pipe.
    """
    form = _read(pipe, FORM_BYTES)
    if not form:
        raise SourceError("standard input: empty; the program before the pipe wrote nothing")
    if family_of(form) is not RIFF:
        return _passed_on(form, pipe)
    head, size = _read_head(form, pipe)
    endless = endless_wav(head)
    if endless is not None:
        return PipedWav(endless, head, size, pipe)
    if size is None or size <= len(head):  # libsndfile would decode silence without end
        raise SourceError("standard input: a WAV whose header gives no size must be PCM; convert it, or save it first")
    return _passed_on(head, pipe)


def _read(pipe: int, count: int) -> bytes:
    """The next bytes of a pipe, fewer only at its end."""
    content = b""
    while len(content) < count and (more := os.read(pipe, count - len(content))):
        content += more
    return content


def _read_head(form: bytes, pipe: int) -> tuple[bytes, int | None]:
    """Everything before the sound, and the size of the sound, if it is given."""
    head, sound_bytes, before = form, None, b""
    while len(head) < LARGEST_HEAD:
        chunk = before + _read(pipe, RIFF.head.size - len(before))
        if len(chunk) < RIFF.head.size:
            break
        head += chunk
        name, size = RIFF.head.unpack(chunk)
        if name == RIFF.sound:
            size = sound_bytes if size == SIZE_ELSEWHERE and sound_bytes is not None else size
            return head, None if is_unknown(size) else size
        content = _read(pipe, min(size, LARGEST_HEAD))
        if name == b"ds64" and len(content) >= 16:
            sound_bytes = struct.unpack_from("<QQ", content)[1]
        padding = _read(pipe, size % 2)
        before = padding.strip(b"\0")  # not everyone pads
        head += content + (b"" if before else padding)
    raise ValueError("no sound follows the header")


def _passed_on(read: bytes, pipe: int) -> int:
    """Another pipe, through which a thread passes what has been read of a pipe, and the rest."""
    out, into = os.pipe()

    def run() -> None:
        try:
            with os.fdopen(into, "wb", buffering=0) as other:
                block = read
                while block:
                    other.write(block)
                    block = os.read(pipe, BLOCK_BYTES)
        except OSError:  # the reader has stopped
            pass

    threading.Thread(target=run, name="pipe", daemon=True).start()
    return out


class PipedWav(io.RawIOBase):
    """A WAV in a pipe, as a file whose header gives no length. It can be read once, from start to end.

    Parameters
    ----------
    head : bytes
        Header to present.
    own_head : bytes
        Its own header.
    size : int or None
        Size of the sound by its own header, if it is given.
    pipe : int
    """

    def __init__(self, head: bytes, own_head: bytes, size: int | None, pipe: int) -> None:
        self._head, self.own_head, self._size, self._pipe = head, own_head, size, pipe
        self._position = self._taken = 0
        self._left = size  # bytes up to the declared end; None beyond it
        self._zeros = 0  # that come before the rest
        self._rest = b""  # read, but not passed on
        self._ended = False

    @property
    def declared_bytes(self) -> int | None:
        """Size of the sound by its header, if clearly less has come; for the end."""
        return None if self._left is None or self._left <= len(self.own_head) else self._size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Pretend to be somewhere else; only the header and the first bytes of sound can be read again."""
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: 1 << 61}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]  # typeshed's Buffer is private
        view = memoryview(buffer)
        head = self._head[self._position : self._position + len(view)]
        view[: len(head)] = head
        self._position += len(head)
        if len(head) == len(view) or self._position != len(self._head) + self._taken:
            return len(head)
        sound = self._sound(len(view) - len(head))
        view[len(head) : len(head) + len(sound)] = sound
        self._position += len(sound)
        if len(sound) <= PEEKED_BYTES and not self._taken:
            self._head += sound
        else:
            self._taken += len(sound)
        return len(head) + len(sound)

    def _sound(self, count: int) -> bytes:
        """The next bytes of sound, fewer only at the end."""
        sound = b""
        while len(sound) < count and not self._ended:
            wanted = count - len(sound)
            if self._left == 0:
                self._look_beyond()
            elif self._zeros:
                sound += bytes(min(wanted, self._zeros))
                self._zeros -= min(wanted, self._zeros)
            elif self._rest:
                sound += self._rest[:wanted]
                self._rest = self._rest[wanted:]
            else:
                content = os.read(self._pipe, wanted if self._left is None else min(wanted, self._left))
                self._ended = not content
                self._left = None if self._left is None else self._left - len(content)
                sound += content
        return sound

    def _look_beyond(self) -> None:
        """Find out what follows the declared end: a chunk or nothing, or more sound."""
        odd = (self._size or 0) % 2
        content = _read(self._pipe, RIFF.head.size + odd)
        self._ended = len(content) <= 1 or starts_chunk(content[odd:]) or starts_chunk(content)
        while not self._ended and content and not content.strip(b"\0"):
            self._zeros += len(content)
            content = os.read(self._pipe, BLOCK_BYTES)
            self._ended = not content
        if not self._ended:
            self._left, self._rest = None, content
