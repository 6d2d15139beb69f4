"""Write sound to the ring: block by block, waiting for the readers, with missing sound as a gap.

Sound is read, checked and written a second at a time, because each block costs as much work as some hundred
milliseconds of sound. Sound that is paced is written in shorter pieces, when they are due.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.channels import choose_channel
from whipbird.audio.gap import TRUNCATED, Gap
from whipbird.audio.ring import Ring
from whipbird.errors import PartlyReadError, SourceError, source_error

__all__ = ["ASLEEP", "INVALID", "LOUDEST", "PIECE_S", "break_message", "write_block", "write_to_ring"]

BLOCK_S = 1.0  # length of the blocks that are read ...
BLOCK_BYTES = 16 << 20  # ... and their largest size, for many channels at high rates
PIECE_S = 0.06  # length of the pieces that are written of paced sound
LOUDEST = 1e6  # times full scale: no sound, and its square would not fit into a float

INVALID = "invalid samples"  # reasons of gaps
ASLEEP = "computer asleep"


def write_to_ring(
    name: str,
    read_block: Callable[[int], Floats | Gap],
    promised: Callable[[], int | None],
    rate_hz: int,
    ring: Ring,
    stop: threading.Event,
    keep_pace: Callable[[int], bool] | None = None,
    block_s: float = BLOCK_S,
) -> None:
    """Write sound to the ring until it ends or ``stop`` is set.

    Parameters
    ----------
    read_block : callable
        Reads up to the given number of samples, shape (n, channels), or the next gap; no samples at the end. A gap
        passes at once, even if sound is paced.
    promised : callable
        Gives the number of samples that there should be, gaps included, if it is known; called at the end.
    keep_pace : callable, optional
        Waits until more than the given number of samples are due; returns False to stop.
    block_s : float
        Seconds to read at a time.

    Raises
    ------
    SourceError
        If there is no sound, it breaks off, or some of it could not be read.
    """
    block = max(1, min(round(block_s * rate_hz), BLOCK_BYTES // (4 * ring.channels)))
    piece = min(ring.capacity, block if keep_pace is None else max(1, round(PIECE_S * rate_hz)))
    read = skipped = 0
    failure = partly = ""
    while not stop.is_set():
        try:
            samples = read_block(block)
        except PartlyReadError as error:
            partly = str(error)
            break
        except Exception as error:
            failure = str(source_error(error))
            break
        if isinstance(samples, Gap):
            ring.skip(len(samples), samples.reason)
            skipped += len(samples)
            continue
        if len(samples) == 0:
            break
        for start in range(0, len(samples), piece):
            part = samples[start : start + piece]
            if keep_pace is not None and not keep_pace(read):
                return
            while not ring.wait_for_room(len(part), 0.1):
                if stop.is_set():
                    return
            write_block(ring, part)
            read += len(part)
    if stop.is_set():
        return
    read += skipped
    wanted = promised()
    ring.skip((wanted or 0) - read, TRUNCATED)
    if not read and not wanted:
        raise SourceError(f"{name}: holds no sound{f' ({failure})' if failure else ''}")
    if text := break_message(name, read, wanted, rate_hz, failure, partly):
        raise SourceError(text)


def break_message(name: str, read: int, promised: int | None, rate_hz: int, problem: str, partly: str = "") -> str:
    """Where the sound broke off and why, and what else could not be read, in one line; empty if all of it was read.

    Parameters
    ----------
    read, promised : int
        Number of samples that were read, and that there should have been, if known.
    problem : str
        Why reading stopped; empty if nothing prevented it.
    partly : str
        What could not be read before the end; empty if all could.
    """
    lost = max(0, (promised or 0) - read)
    before = f", {lost / rate_hz:.2f} s before its end" if lost else ""
    about = f" ({problem})" if problem else ""
    end = f"breaks off after {read / rate_hz:.2f} s{before}{about}" if lost or problem else ""
    text = "; ".join(filter(None, (end, partly)))
    return f"{name}: {text}" if text else ""


def write_block(ring: Ring, block: Floats) -> float:
    """Write a block; returns the sum of squares.

    Samples that are not finite or above `LOUDEST`, in the channel that is listened to or the mix, become gaps. In other
    channels, they become zeros.
    """
    energy = float(np.vdot(block, block))
    if energy <= LOUDEST**2:  # then every sample is valid
        ring.write(block)
        return energy
    bad = np.flatnonzero(~(np.abs(choose_channel(block, ring.channel)) <= LOUDEST))
    if ring.channel is not None:
        block = np.where(np.abs(block) <= LOUDEST, block, np.float32(0))
        energy = float(np.vdot(block, block))
    written = 0
    for run in np.split(bad, np.flatnonzero(np.diff(bad) > 1) + 1) if len(bad) else ():
        start, end = int(run[0]), int(run[-1]) + 1
        ring.write(block[written:start])
        ring.skip(end - start, INVALID)
        written = end
    ring.write(block[written:])
    return energy
