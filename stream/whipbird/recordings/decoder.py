"""Decode files and network feeds to float32 samples with PyAV, which includes FFmpeg.

A decoder belongs to one thread: FFmpeg waits for the network inside its calls, and only its own timeouts end the wait.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from whipbird import __version__
from whipbird.arrays import Floats
from whipbird.audio.limits import check_format
from whipbird.errors import SourceError
from whipbird.recordings.sample_format import SampleFit, packed, to_floats
from whipbird.recordings.timestamps import Block, Timestamps
from whipbird.system.address import redacted, scheme
from whipbird.system.extras import needs

__all__ = ["AGENT", "CUT", "SECURE", "Chunks", "Decoder", "NotUnderstood", "Patience", "pyav", "recorded_blocks"]

AGENT = f"whipbird/{__version__}"  # what servers are told
CUT = "breaks off"
NOT_DECODED = "cannot be decoded"
PADDING = 4096  # most samples by which the last frames of a coded file are padded
GAP_NUMBERS = 1 << 18  # of all channels together: missing sound is returned in pieces of this size
LONGEST_GAP_S = 600.0  # in a recording; timestamps that jump further are considered wrong
SECURE = frozenset({"https", "rtsps", "rtmps", "tls"})
UNREACHABLE = frozenset({errno.ECONNREFUSED, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH})
COUNTED = frozenset({"aac", "ac3", "aiff", "au", "avi", "caf", "dts", "eac3", "flac", "mp3", "w64", "wav"})
# Formats whose headers give the length. That of all others is estimated by FFmpeg from the size of the file.
WITH_LENGTH = frozenset({"aiff", "ape", "dsf", "mpc", "mpc8", "rm", "rso", "tak", "tta", "wav", "wv"})
UNKNOWN_COUNT = 1 << 30  # as written by programs that do not know the number of frames when they start
ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
ASF_HEAD_BYTES = 1 << 16


class NotUnderstood(SourceError):
    """A failure to open that FFmpeg does not explain to people, or that what it got is no sound."""


def pyav() -> ModuleType:
    """The `av` module.

    Raises
    ------
    SourceError
        If it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise SourceError(needs("feeds", "av")) from error
    return av


@dataclass(frozen=True, slots=True)
class Patience:
    """Time limits for FFmpeg, in seconds.

    Attributes
    ----------
    open_s, read_s : float
        For opening, and for each packet. Opening is connecting and analysing; each gets half of the time.
    analyse_s : float
        Length of sound that is analysed to find the format. It is decoded as well. Timestamps that stand still hide
        the length; then the time for analysing runs out, without harm.
    """

    open_s: float
    read_s: float
    analyse_s: float


class Decoder:
    """The first audio track of a file or feed, open for reading from start to end.

    Parameters
    ----------
    address : str
        Path or address.
    rate_hz, channels : int, optional
        Format to which everything is converted; by default that of the start of the sound.
    patience : Patience, optional
        For the network.
    file : file, optional
        Is read in place of the address.

    Raises
    ------
    SourceError
        If it cannot be opened or has no sound. The text does not contain the address.

    Attributes
    ----------
    rate_hz, channels : int
    format_name : str
        FFmpeg's name of the format.
    counted : bool
        Whether timestamps only count the samples that arrived, and so do not show what is missing.
    duration_s : float or None
        Length, if it is known.
    promised : int or None
        Number of samples per channel, if it is known exactly.
    frame : int
        Samples in a coded frame; 0 if not known.
    size : int or None
        Size of the file in bytes, if the address is a file or a server gives a size.
    """

    def __init__(
        self,
        address: str,
        rate_hz: int | None = None,
        channels: int | None = None,
        patience: Patience | None = None,
        file: Any = None,
    ) -> None:
        self._av = av = pyav()
        self._address = address
        self._damage: type[Exception] = av.error.InvalidDataError
        timeouts = None if patience is None else (patience.open_s / 2, patience.read_s)
        try:
            self._container = av.open(
                file or address, options=_options(address, patience), timeout=timeouts, metadata_errors="replace"
            )
        except (av.error.FFmpegError, OSError) as error:
            kind = SourceError if getattr(error, "errno", None) in UNREACHABLE else NotUnderstood
            raise kind(_reason(error, "cannot be reached")) from None  # FFmpeg's message contains the address
        except ValueError:
            raise SourceError("not an address") from None
        except Exception as error:
            raise SourceError(_reason(error, NOT_DECODED)) from None
        try:
            self._stream = _first_track(self._container)
            codec = self._stream.codec_context
            codec.thread_count = 1
            self.rate_hz, self.channels = rate_hz or codec.sample_rate, channels or codec.layout.nb_channels
            check_format(redacted(address), self.rate_hz, self.channels)
        except SourceError:
            self.close()
            raise
        except Exception as error:
            self.close()
            raise SourceError(_reason(error, NOT_DECODED)) from None
        self._fit = SampleFit(self.rate_hz, self.channels)
        self.frame: int = codec.frame_size or 0
        container, stream = self._container, self._stream
        self.format_name: str = container.format.name
        self.counted = self.format_name in COUNTED
        self.size = container.size if container.size >= 0 else None
        self.duration_s = None if container.duration is None else container.duration / 1e6
        self.promised = None
        if self.format_name.startswith("mov") and stream.duration:
            self.promised = round(stream.duration * stream.time_base * self.rate_hz)

    def blocks(self) -> Iterator[Block]:
        """The decoded blocks; what cannot be decoded is left out.

        Raises
        ------
        SourceError
            If the sound breaks off.
        """
        try:
            yield from self._decoded()
        except Exception as error:  # whatever PyAV and NumPy raise for a damaged file
            raise SourceError(_reason(error, CUT)) from None

    def _decoded(self) -> Iterator[Block]:
        for packet in self._container.demux(self._stream):
            try:
                frames = packet.decode()
            except self._damage:
                continue
            for frame in frames:
                if frame.samples == 0 or frame.sample_rate == 0:
                    continue
                time_s = None if frame.pts is None or frame.time_base is None else float(frame.pts * frame.time_base)
                samples = self._fit.push(to_floats(packed(self._av, frame)), frame.sample_rate)
                yield Block(samples, time_s, frame.samples / frame.sample_rate)
        if len(rest := self._fit.finish()):
            yield Block(rest, None, 0.0)

    def header_s(self) -> float | None:
        """Length of a file by its header, in seconds, to within a frame; None if the header does not give it."""
        container, stream = self._container, self._stream
        is_alone = len(container.streams.audio) + len(container.streams.video) == 1  # else the pictures may be longer
        if self.format_name == "asf":
            length_s = _asf_length_s(self._address) if is_alone else None
        elif self.format_name in ("avi", "caf"):
            length_s = float(stream.frames * stream.time_base) if 0 < stream.frames < UNKNOWN_COUNT else None
        elif self.format_name in ("flv", "matroska,webm"):
            own = stream.metadata.get("DURATION")
            if stream.duration is not None:  # only FFmpeg's estimate
                length_s = None
            elif own is not None:
                length_s = _clock_s(own)
            else:
                length_s = self.duration_s if is_alone else None
        else:
            is_given = self.format_name in WITH_LENGTH or self.promised is not None
            length_s = float(stream.duration * stream.time_base) if is_given and stream.duration else None
        return None if length_s is None else length_s - self._start_s

    def held_s(self) -> float:
        """Length of what a file holds, in seconds, without decoding it; nothing can be read afterwards.

        Raises
        ------
        SourceError
            If the file is damaged.
        """
        end_s = 0.0
        try:
            for packet in self._container.demux(self._stream):
                if packet.pts is not None:
                    end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        except Exception as error:
            raise SourceError(_reason(error, CUT)) from None
        return end_s - self._start_s

    @property
    def _start_s(self) -> float:
        """First timestamp, if that is later than 0."""
        stream = self._stream
        return max(0.0, float((stream.start_time or 0) * stream.time_base))

    def close(self) -> None:
        self._container.close()


def recorded_blocks(decoder: Decoder) -> Iterator[Floats]:
    """The samples of a recording: those missing by its timestamps as NaN, and without the padding of the last frame."""
    read = 0
    tail: list[Floats] = []  # beyond the promised end
    for samples in _with_gaps(decoder):
        read += len(samples)
        beyond = 0 if decoder.promised is None else min(len(samples), max(0, read - decoder.promised))
        if beyond and sum(map(len, tail)) + beyond <= PADDING:
            tail.append(samples[len(samples) - beyond :])
            samples = samples[: len(samples) - beyond]
        elif tail:  # the promise was wrong
            samples = np.concatenate((*tail, samples))
            tail = []
        if len(samples):
            yield samples


def _with_gaps(decoder: Decoder) -> Iterator[Floats]:
    timestamps = Timestamps()
    piece = max(1, GAP_NUMBERS // decoder.channels)
    for block in decoder.blocks():
        if not decoder.counted and (lost_s := timestamps.loss_s(block, LONGEST_GAP_S)):
            lost = round(lost_s * decoder.rate_hz)
            for start in range(0, lost, piece):
                yield np.full((min(piece, lost - start), decoder.channels), np.nan, np.float32)
        yield block.samples


class Chunks:
    """Cuts blocks of any length to wanted lengths.

    Parameters
    ----------
    pull : callable
        Returns the next block, shape (n, channels); None at the end.
    channels : int
    """

    def __init__(self, pull: Callable[[], Floats | None], channels: int) -> None:
        self._pull = pull
        self._rest: Floats = np.empty((0, channels), np.float32)
        self._failure: SourceError | None = None

    def read(self, count: int) -> Floats:
        """The next ``count`` samples, fewer only at the end, shape (n, channels).

        Raises
        ------
        SourceError
            If the sound breaks off here; everything before has been returned.
        """
        held = len(self._rest)
        if held >= count:  # without a copy of the rest
            chunk, self._rest = self._rest[:count], self._rest[count:]
            return chunk
        pieces = [self._rest]
        while held < count and self._failure is None:
            try:
                block = self._pull()
            except SourceError as error:
                self._failure = error
                break
            if block is None:
                break
            pieces.append(block)
            held += len(block)
        if not held and self._failure is not None:
            raise self._failure
        joined = np.concatenate(pieces)
        self._rest = joined[count:]
        return joined[:count]


def _first_track(container: Any) -> Any:
    for stream in container.streams.audio:
        if stream.codec_context is not None and stream.codec_context.sample_rate:
            return stream
    raise NotUnderstood("holds no sound that FFmpeg can decode")


def _clock_s(text: str) -> float | None:
    """Seconds of a Matroska tag such as ``00:00:03.008000000``."""
    try:
        hours, minutes, seconds = text.split(":")
        return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    except ValueError:
        return None


def _asf_length_s(path: str) -> float | None:
    """Length that the header of a WMA file gives; FFmpeg ignores it if the file is cut."""
    with open(path, "rb") as file:
        _, found, properties = file.read(ASF_HEAD_BYTES).partition(ASF_PROPERTIES)
    if not found or len(properties) < 76:
        return None
    length, _, preroll_ms, flags = struct.unpack_from("<QQQI", properties, 48)
    is_live = flags & 1
    return None if is_live or not length else length / 1e7 - preroll_ms / 1e3


def _options(address: str, patience: Patience | None) -> dict[str, str]:
    """FFmpeg's options for an address."""
    import ssl

    used = scheme(address)
    options = {}
    if patience is not None:  # and no index of all packets: it would grow to a megabyte, and nothing seeks
        options = {"analyzeduration": str(round(patience.analyse_s * 1e6)), "indexmem": "0"}
    if used is None:
        # A local file must not make FFmpeg read from the network, unless it is a description of a feed.
        description = address.lower().endswith(".sdp")
        return options | {"protocol_whitelist": "file,crypto,data,rtp,udp" if description else "file,crypto,data"}
    options["user_agent"] = AGENT
    if used in ("rtsp", "rtsps"):
        options |= {"rtsp_flags": "prefer_tcp", "allowed_media_types": "audio"}
    if used in ("udp", "rtp"):
        options["overrun_nonfatal"] = "1"
    may_be_secure = used in SECURE or used == "http"  # which may redirect to https
    if may_be_secure and (authorities := ssl.get_default_verify_paths().cafile) is not None:
        options |= {"tls_verify": "1", "ca_file": authorities}
    return options


def _reason(error: Exception, meaning: str) -> str:
    """FFmpeg's message, without the address.

    Parameters
    ----------
    meaning : str
        Meaning of an "input/output error", which FFmpeg uses for almost anything.
    """
    if isinstance(error, OSError) and error.errno == errno.EIO:
        return meaning
    text = str(getattr(error, "strerror", None) or NOT_DECODED)
    if "Immediate exit" in text:
        return "no answer"
    return text[:1].lower() + text[1:]
