"""Sound that a caller gives: an array, the path of a recording, or chunks that come one after the other."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import TypeAlias

from whipbird.api.samples import Array, as_blocks, as_rate
from whipbird.arrays import Floats
from whipbird.audio.channels import choose_channel
from whipbird.engine.classify import check_samples, read_clip
from whipbird.errors import SourceError, WhipbirdError
from whipbird.recordings.metadata.zones import time_zone
from whipbird.sources.base import Source
from whipbird.sources.replay import Replay
from whipbird.sources.samples import NAME, Samples
from whipbird.system.address import scheme

__all__ = ["Sound", "chunk_blocks", "is_whole", "open_sound", "read_sound"]

Sound: TypeAlias = Array | str | os.PathLike[str]
"""An array of samples, or the path of a recording."""


def is_whole(sound: object) -> bool:
    """Whether this is an array or a path, and not chunks of sound."""
    return isinstance(sound, str | os.PathLike) or hasattr(sound, "__array__")


def open_sound(sound: Sound, rate_hz: float | None, zone: str | tzinfo | None = None) -> Source:
    """An opened source of an array or a recording.

    Raises
    ------
    SourceError
        If it cannot be read, or is no sound.
    """
    if isinstance(sound, str | os.PathLike):
        source: Source = Replay(_path(sound, rate_hz), zone=_zone(zone))
    else:
        samples = as_blocks(sound)
        source = Samples(samples, as_rate(rate_hz, samples.shape[1]))
    source.open()
    return source


def read_sound(sound: Sound, rate_hz: float | None, channel: int | None) -> tuple[Floats, int]:
    """All samples of one channel or the mean of all, shape (n,), and their rate.

    Raises
    ------
    SourceError
        If it cannot be read as a whole, is no sound, is empty, or has samples that are not finite numbers.
    """
    if isinstance(sound, str | os.PathLike):
        return read_clip(_path(sound, rate_hz), channel)
    samples = as_blocks(sound)
    rate = as_rate(rate_hz, samples.shape[1])
    if channel is not None and channel > samples.shape[1]:
        raise SourceError(f"{NAME}: has {samples.shape[1]} channels, not {channel}")
    if not len(samples):
        raise SourceError(f"{NAME}: holds no sound")
    chosen = choose_channel(samples, channel)
    try:
        check_samples(chosen)
    except SourceError as error:
        raise SourceError(f"{NAME}: {error}") from error
    return chosen, rate


def chunk_blocks(chunks: Iterable[Array]) -> Iterator[Floats]:
    """Chunks of samples as blocks, shape (n, channels), without empty ones.

    Raises
    ------
    SourceError
        If a chunk is no sound or has another number of channels than the first, or if there is no sound at all.
    """
    channels = 0
    for number, chunk in enumerate(chunks, 1):
        name = f"{NAME}, chunk {number}"
        block = as_blocks(chunk, name)
        if not len(block):
            continue
        if channels and block.shape[1] != channels:
            raise SourceError(f"{name}: has {block.shape[1]} channels, but those before have {channels}")
        channels = block.shape[1]
        yield block
    if not channels:
        raise SourceError(f"{NAME}: holds no sound")


def _path(path: str | os.PathLike[str], rate_hz: float | None) -> str:
    text = os.fspath(path)
    if rate_hz is not None:
        raise SourceError(f"{text}: a recording has its own rate; leave out rate_hz")
    if scheme(text):
        raise SourceError("addresses are not supported here; use whipbird.listen for network streams")
    return text


def _zone(zone: str | tzinfo | None) -> tzinfo | None:
    try:
        return time_zone(zone) if isinstance(zone, str) else zone
    except ValueError as error:
        raise WhipbirdError(str(error)) from error
