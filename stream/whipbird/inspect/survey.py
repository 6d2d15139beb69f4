"""Survey of a recording or a part of it: the measures that its facts and pictures are made of.

The recording is read once, in blocks, and memory does not grow with its length.
"""

from __future__ import annotations

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.channels import choose_channel
from whipbird.audio.gap import Gap, is_lost
from whipbird.audio.phase import Cancellation
from whipbird.errors import PartlyReadError, SourceError
from whipbird.measures.bandwidth import quantisation_step
from whipbird.measures.clipping import Clipping
from whipbird.measures.envelope import Envelope
from whipbird.measures.flat_runs import FlatRuns
from whipbird.measures.levels import Levels
from whipbird.measures.spectra import Spectra
from whipbird.recordings.reader import Recording
from whipbird.sources.ring_writer import BLOCK_S, LOUDEST

__all__ = ["Survey", "survey_recording"]

BLOCK = 1 << 16  # samples that are measured at once, of all channels together


class Survey:
    """What was measured in a recording.

    Parameters
    ----------
    subtype : str
        Libsndfile's name of the sample format, see `quantisation_step`.
    expected : int or None
        Expected number of samples of each channel; None if it is not known.

    Attributes
    ----------
    rate_hz, channels : int
    start, end : int
        The part that was asked for, as far as it exists, in samples from the start of the recording.
    read, promised : int or None
        Samples from the start of the recording that were read, and that its header promises; ``read`` is None unless
        the recording was read to its end.
    problem : str
        Why reading ended before the end; empty if it did not.
    partly : str
        What could not be read before the end; empty if all could.
    below_trigger, lost : int
        Samples that a triggered recorder left out, and that could not be read although the sound goes on after them.
        They are silence in the pictures, and not measured.
    invalid : int
        Samples that are not finite or absurdly large; they count as zero.
    cancellation : Cancellation
        Of the channels in their mix.
    levels : Levels
    clipping, flat_runs : tuple of Clipping, tuple of FlatRuns
        Of each channel.
    envelope, spectra : Envelope, Spectra
        Of the chosen channel, or of the mean of all channels.
    """

    def __init__(
        self, rate_hz: int, channels: int, start: int, promised: int | None, subtype: str, expected: int | None
    ) -> None:
        self.rate_hz, self.channels, self.start, self.promised = rate_hz, channels, start, promised
        self.end = start
        self.read: int | None = None
        self.problem = self.partly = ""
        self.below_trigger = self.lost = 0
        self.invalid = 0
        self.cancellation = Cancellation(rate_hz, channels)
        self.levels = Levels(rate_hz, channels)
        self.clipping = tuple(Clipping(quantisation_step(subtype)) for _ in range(channels))
        self.flat_runs = tuple(FlatRuns(rate_hz) for _ in range(channels))
        self.envelope, self.spectra = Envelope(rate_hz, expected), Spectra(rate_hz, expected)

    @property
    def begin_s(self) -> float:
        return self.start / self.rate_hz

    @property
    def end_s(self) -> float:
        return self.end / self.rate_hz

    def push(self, block: Floats, channel: int | None) -> None:
        """Take the next block, shape (samples, channels)."""
        block, invalid = _valid(block)
        self.invalid += invalid
        sound = np.ascontiguousarray(block.T)
        self.levels.push(sound)
        for samples, clipping, runs in zip(sound, self.clipping, self.flat_runs, strict=True):
            clipping.push(samples)
            runs.push(samples)
        if self.channels > 1:
            self.cancellation.push(block, choose_channel(block, None))
        mono = choose_channel(block, channel)
        self.envelope.push(mono)
        self.spectra.push(mono)

    def skip(self, gap: Gap) -> None:
        """Pass samples that are missing."""
        count = len(gap)
        if is_lost(gap.reason):
            self.lost += count
        else:
            self.below_trigger += count
        for clipping, runs in zip(self.clipping, self.flat_runs, strict=True):
            clipping.finish()
            runs.skip(count)
        self.envelope.skip(count)
        self.spectra.skip(count)

    def finish(self) -> None:
        """Process the end of the sound."""
        self.cancellation.finish()
        for clipping, runs in zip(self.clipping, self.flat_runs, strict=True):
            clipping.finish()
            runs.finish()
        self.envelope.finish()
        self.spectra.finish()


def survey_recording(
    recording: Recording,
    subtype: str,
    channel: int | None = None,
    begin_s: float = 0.0,
    end_s: float | None = None,
) -> Survey:
    """Read a recording from its start and measure a part of it.

    Parameters
    ----------
    recording : Recording
        A recording of which nothing has been read.
    subtype : str
        Libsndfile's name of the sample format, see `quantisation_step`.
    channel : int or None
        Channel of the pictures, counted from 1; None takes the mean of all channels.
    begin_s, end_s : float or None
        The part that is measured; None for the end of the recording.

    Raises
    ------
    SourceError
        If there is no such channel, or no sound in that part. A recording that breaks off later has a ``problem``.
    """
    path, rate_hz, channels = recording.path, recording.rate_hz, recording.channels
    if channel is not None and channel > channels:
        raise SourceError(f"{path}: has {channels} channels, not {channel}")
    start, end = round(begin_s * rate_hz), None if end_s is None else round(end_s * rate_hz)
    until = recording.promised if end is None else min(end, recording.promised or end)
    expected = None if until is None else max(0, until - start)
    survey = Survey(rate_hz, channels, start, recording.promised, subtype, expected)
    blocks = _Blocks(recording, start, end, survey.levels.frame * max(1, BLOCK // channels // survey.levels.frame))
    while len(block := blocks.next()):
        if isinstance(block, Gap):
            survey.skip(block)
        else:
            survey.push(block, channel)
    if blocks.position <= start:
        about = f" ({blocks.problem})" if blocks.problem else ""
        length = f"; it ends after {blocks.position / rate_hz:.2f} s" if blocks.position else ""
        raise SourceError(f"{path}: holds no sound{f' from {begin_s:g} s on' if length else ''}{length}{about}")
    survey.finish()
    survey.end, survey.read = blocks.position, blocks.position if blocks.ended else None
    survey.promised = recording.promised  # which may be known better at its end
    survey.problem, survey.partly = blocks.problem, blocks.partly
    return survey


class _Blocks:
    """Reads a part of a recording in blocks of equal size, which are shorter before gaps and at the end.

    Attributes
    ----------
    position : int
        Number of samples read so far, from the start of the recording.
    ended : bool
        Whether the end of the recording was reached.
    problem : str
        Why it could not be read to its end; empty if it could.
    partly : str
        What could not be read before the end; empty if all could.
    """

    def __init__(self, recording: Recording, start: int, end: int | None, size: int) -> None:
        self._recording = recording
        self._start, self._end, self._size = start, end, size
        self._gap: Gap | None = None  # comes next
        self._piece = max(
            1, round(BLOCK_S * recording.rate_hz)
        )  # as in detection, so that a damaged recording is read equally far
        self.position = 0
        self.ended = False
        self.problem = self.partly = ""

    def next(self) -> Floats | Gap:
        """The next block, shape (n, channels), or the next gap; n is 0 at the end."""
        while self.position < self._start and not self.ended:
            self._read(self._start - self.position)
        pieces: list[Floats] = []
        held = 0
        while held < self._size and not self.ended and self._gap is None and not self._is_done:
            wanted = self._size - held
            piece = self._read(wanted if self._end is None else min(wanted, self._end - self.position))
            pieces.append(piece)
            held += len(piece)
        if not held and self._gap is not None:
            gap, self._gap = self._gap, None
            return gap
        return np.concatenate(pieces) if pieces else np.empty((0, self._recording.channels), np.float32)

    @property
    def _is_done(self) -> bool:
        return self._end is not None and self.position >= self._end

    def _read(self, count: int) -> Floats:
        """Up to this many samples; none at the end, and before a gap, which then comes next."""
        try:
            samples = self._recording.read(min(count, self._piece))
        except PartlyReadError as error:
            self.partly = str(error)
            samples = np.empty((0, self._recording.channels), np.float32)
        except SourceError as error:
            self.problem = str(error)
            samples = np.empty((0, self._recording.channels), np.float32)
        if isinstance(samples, Gap):
            begin, end = max(self._start, samples.begin), min(samples.end, self._end or samples.end)
            self.position = end
            self._gap = Gap(begin, end, samples.reason) if begin < end else None
            return np.empty((0, self._recording.channels), np.float32)
        self.ended = len(samples) == 0
        self.position += len(samples)
        return samples


def _valid(block: Floats) -> tuple[Floats, int]:
    """A block with zeros for invalid samples, and the number of these in all channels."""
    if float(np.vdot(block, block)) <= LOUDEST**2:
        return block, 0
    good = np.abs(block) <= LOUDEST
    return np.where(good, block, np.float32(0)), int(np.count_nonzero(~good))
