"""Samples that a caller gives, as the runtime wants them: float32, shape (samples, channels), full scale 1."""

from __future__ import annotations

import operator
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from whipbird.arrays import Floats
from whipbird.audio.limits import MOST_CHANNELS, check_format
from whipbird.errors import SourceError, WhipbirdError

__all__ = ["Array", "Channel", "as_blocks", "as_rate", "channel_number"]


class Array(Protocol):
    """An array of any library that NumPy can read."""

    def __array__(self) -> NDArray[Any]: ...


Channel = int | Literal["mix"]
"""Channel to process, counted from 1, or the mix of all."""

INTEGERS = {"int16": (0, 1 << 15), "int32": (0, 1 << 31), "uint8": (128, 1 << 7)}
"""Types of integers, as in WAV files: the number that is silence, and full scale."""


def as_blocks(samples: Array, name: str = "samples") -> Floats:
    """Samples as float32, shape (samples, channels).

    Parameters
    ----------
    samples : array, shape (samples,) or (samples, channels)
        Floating-point numbers between -1 and 1, or integers of a type that WAV files have: int16, int32 or uint8.
    name : str
        Of the samples, for errors.

    Raises
    ------
    SourceError
        If the type or the shape is another one.
    """
    try:
        given = np.asarray(samples)
    except Exception as error:  # whatever foreign arrays raise, such as those on a graphics card
        raise SourceError(f"{name}: no array of samples ({error})") from error
    kind, shape = given.dtype.name, given.shape
    if given.ndim == 0:
        raise SourceError(f"{name}: is a single number; give an array of samples, such as numpy.asarray(samples)")
    if given.ndim == 1:
        given = given[:, None]
    if given.ndim != 2:
        raise SourceError(f"{name}: have the shape {shape}; give (samples,) or (samples, channels)")
    if given.shape[1] > MOST_CHANNELS:
        raise SourceError(f"{name}: have the shape {shape}; channels are the second dimension: give samples.T")
    if kind in INTEGERS:
        silence, full_scale = INTEGERS[kind]
        return (given.astype(np.float32) - np.float32(silence)) / np.float32(full_scale)
    if given.dtype.kind != "f":
        raise SourceError(f"{name}: are {kind}; give float numbers between -1 and 1, or int16, int32 or uint8")
    with np.errstate(over="ignore"):  # what does not fit is too loud, and so no sound
        return given.astype(np.float32, copy=False)


def as_rate(rate_hz: float | None, channels: int = 1, name: str = "samples") -> int:
    """A rate in hertz as an integer.

    Raises
    ------
    SourceError
        If there is none, or it is no whole number or out of range.
    """
    if rate_hz is None:
        raise SourceError(f"{name}: give their rate in hertz: rate_hz")
    try:
        rate = operator.index(int(rate_hz) if float(rate_hz).is_integer() else rate_hz)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise SourceError(f"{name}: the rate {rate_hz!r} is no whole number of hertz") from error
    check_format(name, rate, channels)
    return rate


def channel_number(channel: Channel) -> int | None:
    """Channel, counted from 1; None for the mix of all."""
    if channel == "mix":
        return None
    if isinstance(channel, bool) or not isinstance(channel, int) or channel < 1:
        raise WhipbirdError(f"channel {channel!r}: give a number from 1, or 'mix'")
    return channel
