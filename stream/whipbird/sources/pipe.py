"""Standard input: a WAV file or raw samples from another program, as they arrive."""

from __future__ import annotations

import io
import sys
import threading
from typing import Any

import numpy as np
import soundfile

from whipbird.arrays import Floats
from whipbird.audio.clock import live_clock
from whipbird.audio.gap import Gap
from whipbird.audio.limits import check_format
from whipbird.audio.ring import Ring
from whipbird.errors import SourceError
from whipbird.recordings.corrected.piped import PipedWav, open_pipe
from whipbird.recordings.libsndfile import LONGEST_S, DecodedBlocks, believed, frame_bytes, promised_frames, reason
from whipbird.recordings.metadata.chunks import Header, read_header
from whipbird.recordings.sound_file import Forward
from whipbird.recordings.triggered import TriggeredPipe, says_triggered
from whipbird.sources.base import Notify, Source
from whipbird.sources.ring_writer import ASLEEP, PIECE_S, write_to_ring
from whipbird.system.elapsed import asleep_s, elapsed_s

__all__ = ["FORMATS", "StandardInput"]

NEAR_S = 2.0  # to the clock: sound that is recorded as it comes
WAIT_S = 0.1  # between checks whether the header has arrived; signals are noticed as often

FORMATS = {"s16le": "PCM_16", "s24le": "PCM_24", "s32le": "PCM_32", "f32le": "FLOAT"}
"""Formats of raw samples: from FFmpeg's name to that of libsndfile."""


def _normal(name: str) -> str:
    """The name of a sample format as in `FORMATS`: ALSA's ``FLOAT_LE`` becomes ``f32le``."""
    return name.lower().replace("_", "").replace("float", "f32")


class StandardInput(Source):
    """Sound from a pipe. The writing program is made to wait, so that no sound is lost.

    Parameters
    ----------
    rate_hz, channels : int, optional
        Format of raw samples; if none of the three is given, a WAV header is expected.
    sample_format : str, optional
        One of `FORMATS`, or ALSA's name for it.
    """

    def __init__(
        self, rate_hz: int | None = None, channels: int | None = None, sample_format: str | None = None
    ) -> None:
        super().__init__(name="standard input", live=False)
        self._raw = (rate_hz, channels, sample_format) != (None, None, None)
        self._asked_rate_hz = rate_hz
        self._asked_channels = channels or 1
        self._asked_format = sample_format or "s16le"
        self._file: soundfile.SoundFile | None = None
        self._wav: PipedWav | None = None
        self._triggered: TriggeredPipe | None = None

    def open(self) -> None:
        if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
            raise SourceError("nothing on standard input; pipe sound into it: arecord -t wav | whipbird listen -")
        layout = self._layout() if self._raw else None
        failures: list[Exception] = []

        def read_header() -> None:
            try:
                self._file = self._opened(sys.stdin.fileno(), layout)
            except Exception as error:
                failures.append(error)

        # libsndfile waits for the header, which signals do not interrupt; they do interrupt the wait for a thread.
        thread = threading.Thread(target=read_header, name="header", daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(WAIT_S)
        if failures:
            error = failures[0]
            if not isinstance(error, soundfile.LibsndfileError | ValueError):
                raise error
            why = reason(error) if self._raw else "no WAV header; for raw samples give --rate, --channels and --format"
            raise SourceError(f"standard input: {why}") from error
        assert self._file is not None
        check_format("standard input", self._file.samplerate, self._file.channels)
        self.rate_hz, self.channels = self._file.samplerate, self._file.channels

    def _opened(self, pipe: int, layout: dict[str, Any] | None) -> soundfile.SoundFile:
        if layout is not None:
            return soundfile.SoundFile(pipe, closefd=False, **layout)
        opened = open_pipe(pipe)
        if isinstance(opened, PipedWav):
            self._wav = opened
        return Forward(opened)

    def _promised(self) -> int | None:
        """Number of samples per channel that there should be, if it is known."""
        file, wav = self._file, self._wav
        assert file is not None, "asked before open"
        if wav is None:
            return believed(promised_frames(file), self.rate_hz)
        size, frame = wav.declared_bytes, frame_bytes(file)
        promised = None if size is None or frame is None else believed(size // frame, self.rate_hz)
        return promised if promised is None or self._triggered is None else promised + self._triggered.left_out

    def _blocks(self, file: soundfile.SoundFile) -> DecodedBlocks | TriggeredPipe:
        """Reads the sound, and gaps where an AudioMoth left some out."""
        blocks, wav = DecodedBlocks(file), self._wav
        header = Header() if wav is None else read_header(io.BytesIO(wav.own_head))
        if (file.channels, file.subtype) == (1, "PCM_16") and says_triggered(header):
            self._triggered = TriggeredPipe(blocks.read, LONGEST_S * self.rate_hz)
        return self._triggered or blocks

    def _layout(self) -> dict[str, Any]:
        """The format of raw samples, as arguments for libsndfile."""
        name = _normal(self._asked_format)
        if name not in FORMATS:
            raise SourceError(f"unknown sample format {self._asked_format!r}; use one of {', '.join(FORMATS)}")
        if self._asked_rate_hz is None:
            raise SourceError("raw samples need --rate")
        check_format("standard input", self._asked_rate_hz, self._asked_channels)
        numbers = {"samplerate": self._asked_rate_hz, "channels": self._asked_channels}
        return {**numbers, "format": "RAW", "subtype": FORMATS[name], "endian": "LITTLE"}

    def _starts_with_header(self, samples: Floats) -> bool:
        """Whether samples that were read as raw are the first bytes of a WAV file."""
        content = io.BytesIO(b"RIFF" * 6)  # whole samples of every format
        header, _ = soundfile.read(content, dtype="float32", **(self._layout() | {"channels": 1}))
        first = samples.reshape(-1)[: max(1, 4 * len(header) // 24)]
        return len(first) > 0 and np.array_equal(first, header[: len(first)])

    def run(self, ring: Ring, stop: threading.Event, notify: Notify) -> None:
        file = self._file
        assert file is not None, "run before open"
        blocks = self._blocks(file)
        start_s = awake_s = 0.0

        def read(count: int) -> Floats | Gap:
            nonlocal start_s, awake_s
            samples = blocks.read(count)
            if self.clock.start is None:
                sound = np.empty((0, self.channels), np.float32) if isinstance(samples, Gap) else samples
                if self._raw and self._starts_with_header(sound):
                    raise SourceError("starts with a WAV header; leave out --rate, --channels and --format")
                self.clock = live_clock(len(sound) / self.rate_hz, self.zone)
                start_s, awake_s = elapsed_s(), asleep_s()
            slept_s, awake_s = asleep_s() - awake_s, asleep_s()
            behind_s = elapsed_s() - start_s - ring.position / self.rate_hz
            if slept_s > NEAR_S and abs(behind_s - slept_s) < NEAR_S:  # else a file, which waits for its reader
                ring.skip(round(slept_s * self.rate_hz), ASLEEP)
            return samples

        write_to_ring(self.name, read, self._promised, self.rate_hz, ring, stop, block_s=PIECE_S)
