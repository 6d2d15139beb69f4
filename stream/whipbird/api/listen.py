"""Events in live sound: a microphone, a network stream, or standard input."""

from __future__ import annotations

import os
from collections.abc import Sequence

from whipbird.api.choice import Names, choose
from whipbird.api.listening import Listening, OnEvent
from whipbird.api.model import ModelLike
from whipbird.api.run import OnGap
from whipbird.api.samples import Channel, channel_number
from whipbird.errors import WhipbirdError
from whipbird.models.settings import RANGE_THRESHOLD
from whipbird.sources.base import Source
from whipbird.system.address import is_feed

__all__ = ["listen"]


def listen(
    source: str | os.PathLike[str] | None = None,
    model: ModelLike | Sequence[ModelLike] = "commands",
    *,
    callback: OnEvent | None = None,
    device: str | int | None = None,
    channel: Channel | None = None,
    rate_hz: int | None = None,
    channels: int | None = None,
    sample_format: str | None = None,
    duration_s: float | None = None,
    label: Names = (),
    names: str = "en",
    place: tuple[float, float] | None = None,
    range_threshold: float = RANGE_THRESHOLD,
    include: Names = (),
    exclude: Names = (),
    on_gap: OnGap | None = None,
) -> Listening:
    """Listen to live sound, on a thread of its own.

    The result gives the events by iteration (``for`` or ``async for``), unless they go to a callback. It is closed by
    ``with``, by `Listening.close`, or, without a callback, when nothing refers to it any longer. Up to 10,000 events
    wait to be taken; further events are dropped, and their number is logged.

    Parameters
    ----------
    source : str, optional
        Network stream (rtsp://, http:// and others) or .sdp file; "-" reads standard input (WAV, or raw samples with
        ``rate_hz``). By default, a microphone.
    callback : callable, optional
        Gets each event, on the thread that listens: a callback that takes longer than 30 s costs sound.
    device : str or int, optional
        Microphone: its number or part of its name; see ``whipbird devices``.
    channel : int or "mix", optional
        Channel to process, counted from 1, or the mean of all. By default, 1 for a microphone, otherwise the mean.
    rate_hz : int, optional
        Sample rate to request from the microphone, or of raw samples.
    channels : int, optional
        Number of channels of raw samples.
    sample_format : str, optional
        Format of raw samples: "s16le", "s24le", "s32le" or "f32le".
    duration_s : float, optional
        Stop after this many seconds.
    model, label, names, place, range_threshold, include, exclude, on_gap
        As for `whipbird.detect`.

    Raises
    ------
    SourceError
        If the source cannot be opened; from the iterator or `Listening.wait`, if it breaks off.
    BundleError
        If a model cannot be used.
    WhipbirdError
        If another argument is wrong.
    """
    address = None if source is None else os.fspath(source)
    number = channel_number(channel if channel is not None else 1 if address is None else "mix")
    opened = _source(address, device, number, rate_hz, channels, sample_format, duration_s)
    choice = choose(model, label, names, place, range_threshold, include, exclude)
    opened.open()
    return Listening(opened, choice, number, duration_s, callback, on_gap)


def _source(
    address: str | None,
    device: str | int | None,
    channel: int | None,
    rate_hz: int | None,
    channels: int | None,
    sample_format: str | None,
    duration_s: float | None,
) -> Source:
    """The source, not yet opened. Errors do not repeat the address, which may contain a password."""
    if address is not None and device is not None:
        raise WhipbirdError("device cannot be used with standard input or a network stream")
    if address != "-" and (channels is not None or sample_format is not None):
        raise WhipbirdError("channels and sample_format apply only to raw samples on standard input")
    if address is None:
        from whipbird.sources.microphone import Microphone

        return Microphone(None if device is None else str(device), channel, rate_hz)
    if address == "-":
        from whipbird.sources.pipe import StandardInput

        return StandardInput(rate_hz, channels, sample_format)
    if not is_feed(address):
        raise WhipbirdError(
            "expected '-', an address such as rtsp://… or an .sdp file; use whipbird.detect for recordings"
        )
    if rate_hz is not None:
        raise WhipbirdError("rate_hz cannot be used with a network stream")
    from whipbird.sources.feed import Feed

    return Feed(address, limit_s=duration_s)
