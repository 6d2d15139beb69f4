"""A microphone: any input device of PortAudio.

PortAudio's callback runs in C (`rtmixer`) and fills a lock-free buffer of some seconds; a thread moves the samples from
there to the ring. A callback in Python would have to wait for the interpreter, and was called more than a second late
while other threads kept it busy (`docs/decisions.md`).
"""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.clock import live_clock
from whipbird.audio.limits import check_format
from whipbird.audio.ring import Ring
from whipbird.errors import SourceError
from whipbird.sources.base import Notify, Source
from whipbird.sources.devices import Device, count_streams, find_again, find_device, portaudio, rescan, stream_lock
from whipbird.sources.loss import LossMeter
from whipbird.sources.ring_writer import ASLEEP, write_block
from whipbird.system.backoff import Backoff
from whipbird.system.elapsed import asleep_s, elapsed_s

__all__ = ["Microphone"]

BUFFER_S = 10.0  # how long the interpreter may be blocked without loss
BLOCK_S = 0.06  # of each callback, which costs 0.2 ms with a sound server; also a chunk of the pipeline
LATENCY_S = 3 * BLOCK_S  # requested from the system, for its own delays
POLL_S = 0.06  # each poll costs a fifth of a millisecond; sound waits 30 ms on average
STALL_S = 2.0  # without a sample: the device is gone
PAUSES_S = (0.5, 2.0)  # between attempts to open the device again: the first, and the longest
STEP_S = 1.0  # between counts of what is lost while the device is gone
HELD_UP_S = 0.5  # between two polls: this process was suspended or the computer asleep, and sound may have been lost
SETTLE_S = 0.3  # after an overflow, until the sound that the system still holds has arrived
JITTER_S = 0.1  # up to this, missing sound is only late, unless an overflow was flagged
SILENCE_S = 5.0  # of digital silence, before a hint is given
MOST_CHANNELS = 8  # opened for mixing; virtual devices claim to have dozens

OVERFLOW = "overflow"
VANISHED = "device vanished"


class Microphone(Source):
    """A live input device.

    Parameters
    ----------
    device : str or Device, optional
        Number or part of the name, or a device that was open before; by default the system's default device. Once it
        is open, it is known by its name and host: when it is plugged in again, another may have its number.
    channels : int, optional
        Number of channels to open, from the first; None opens all, for mixing.
    rate_hz : int, optional
        Wanted rate; the device's own if it is not given or not supported.

    Attributes
    ----------
    device : Device or None
        The device that was opened; before that, the one that was open before, if it was given.
    """

    def __init__(
        self, device: str | Device | None = None, channels: int | None = 1, rate_hz: int | None = None
    ) -> None:
        super().__init__(name="microphone", live=True)
        self._wanted = device
        self._wanted_channels = channels
        self._wanted_rate_hz = rate_hz
        self.device = device if isinstance(device, Device) else None
        self._recorder: Any = None
        self._action: Any = None
        self._buffer: Any = None
        self._taken: Floats = np.empty((0, 1), np.float32)  # as long as the buffer
        self._notes: list[str] = []

    def open(self) -> None:
        wanted = self._wanted
        device = find_again(wanted) if isinstance(wanted, Device) else find_device(wanted)
        channels = self._wanted_channels or min(device.channels, MOST_CHANNELS)
        if channels > device.channels:
            raise SourceError(f"{device.name}: has {device.channels} channels, not {channels}")
        rate_hz = device.rate_hz if self._wanted_rate_hz is None else self._wanted_rate_hz
        if rate_hz != device.rate_hz and not _supports(device, channels, rate_hz):
            self._notes.append(f"{device.name}: does not support {rate_hz} Hz; using its own {device.rate_hz} Hz")
            rate_hz = device.rate_hz
        check_format(device.name, rate_hz, channels)
        self.name, self.rate_hz, self.channels = device.name, rate_hz, channels
        self._start_stream(device)
        self.device = device

    def _start_stream(self, device: Device) -> None:
        import rtmixer  # needs PortAudio, which `find_device` has found

        size = 1 << round(BUFFER_S * self.rate_hz).bit_length()
        with stream_lock:
            try:
                self._buffer = rtmixer.RingBuffer(4 * self.channels, size)
                self._taken = np.empty((size, self.channels), np.float32)
                self._recorder = rtmixer.Recorder(
                    device=device.number,
                    channels=self.channels,
                    samplerate=self.rate_hz,
                    blocksize=round(BLOCK_S * self.rate_hz),
                    latency=LATENCY_S,
                )
                count_streams(1)
                self._recorder.start()
                self._record()
            except portaudio().PortAudioError as error:
                self._stop_stream()
                raise SourceError(f"{device.name}: cannot be opened ({_reason(error)})") from error

    def _record(self) -> None:
        self._action = self._recorder.record_ringbuffer(self._buffer)

    def _stop_stream(self) -> None:
        with stream_lock:
            if self._recorder is not None:
                count_streams(-1)
                try:
                    self._recorder.close()
                except portaudio().PortAudioError:
                    pass  # the device is gone already
            self._recorder = None

    def close(self) -> None:
        self._stop_stream()

    def run(self, ring: Ring, stop: threading.Event, notify: Notify) -> None:
        for note in self._notes:
            notify(note)
        meter = LossMeter(self.rate_hz)
        silence = SilenceWatch(self.rate_hz)
        last_s = polled_s = elapsed_s()
        asleep_before_s = asleep_s()
        overflows = 0
        held_up = False
        while not stop.is_set():
            time.sleep(POLL_S)
            samples = self._take()
            now_s = elapsed_s()
            if now_s - polled_s > HELD_UP_S:
                held_up = True
                last_s = now_s  # the device has had no chance yet
            polled_s = now_s
            if len(samples):
                last_s = now_s
                if self.clock.start is None:
                    self.clock = live_clock(len(samples) / self.rate_hz, self.zone)
                flagged = self._action.stats.input_overflows > overflows or len(samples) >= len(self._taken)
                if flagged or held_up:
                    reason = ASLEEP if asleep_s() - asleep_before_s > HELD_UP_S else OVERFLOW
                    samples = self._account_overflow(samples, flagged, reason, ring, meter, stop, notify)
                    overflows = self._action.stats.input_overflows
                    held_up = False
                    now_s = polled_s = elapsed_s()
                    asleep_before_s = asleep_s()
                energy = write_block(ring, samples)
                meter.update(now_s, ring.position)
                silence.update(len(samples), energy, self.name, notify)
            elif now_s - last_s > STALL_S or not self._recorder.active:
                self._wait_for_return(ring, meter, stop, notify)
                last_s = polled_s = elapsed_s()
                asleep_before_s = asleep_s()
                overflows = 0
                held_up = False
        if elapsed_s() - last_s > HELD_UP_S:
            self._skip_missing(ring, meter)

    def _take(self) -> Floats:
        """The samples delivered since the last call, shape (n, channels); valid until the next call."""
        count = self._buffer.readinto(self._taken)
        return self._taken[:count]

    def _account_overflow(
        self,
        samples: Floats,
        flagged: bool,
        reason: str,
        ring: Ring,
        meter: LossMeter,
        stop: threading.Event,
        notify: Notify,
    ) -> Floats:
        """Handle a possible loss before these samples: wait for the flow to settle, then write the gap.

        Returns these samples and those that arrived during the wait.
        """
        if self._action not in self._recorder.actions:
            # The buffer filled up, which ended the recording: the samples in it precede the loss.
            write_block(ring, samples)
            samples = samples[:0]
            self._record()
        before = samples.copy()
        stop.wait(SETTLE_S)
        samples = np.concatenate((before, self._take()))
        lost = meter.missing(elapsed_s(), ring.position + len(samples))
        if flagged or lost > JITTER_S * self.rate_hz:
            lost = max(1, lost)
            ring.skip(lost, reason)
            notify(f"{self.name}: {reason}, about {lost / self.rate_hz:.2f} s lost")
        return samples

    def _wait_for_return(self, ring: Ring, meter: LossMeter, stop: threading.Event, notify: Notify) -> None:
        """Wait until a vanished device can be opened again; everything missed is one gap, counted while it lasts."""
        assert self.device is not None
        notify(f"{self.name}: no longer gives sound; waiting for it to return")
        skipped = ring.skipped

        def stopped() -> bool:
            self._skip_missing(ring, meter, STEP_S)
            return stop.is_set()

        backoff = Backoff(*PAUSES_S)
        self._stop_stream()
        while not stopped():
            try:
                rescan()
                self._start_stream(find_again(self.device))
                if self._flows(stop):
                    break
            except SourceError:
                pass
            self._stop_stream()
            backoff.wait(stopped)
        self._skip_missing(ring, meter)
        if not stop.is_set():
            notify(f"{self.name}: is back, {(ring.skipped - skipped) / self.rate_hz:.1f} s lost")

    def _skip_missing(self, ring: Ring, meter: LossMeter, least_s: float = 0.0) -> None:
        """Write everything that is missing by now as a gap, unless it is shorter than ``least_s``."""
        waiting = 0 if self._recorder is None else int(self._buffer.read_available)
        missing = meter.missing(elapsed_s(), ring.position + waiting)
        if missing >= least_s * self.rate_hz:
            ring.skip(missing, VANISHED)

    def _flows(self, stop: threading.Event) -> bool:
        """Whether the stream that was just opened delivers samples."""
        deadline = time.monotonic() + STALL_S
        while not stop.is_set() and time.monotonic() < deadline:
            if self._buffer.read_available:
                return True
            stop.wait(POLL_S)
        return False


class SilenceWatch:
    """Gives a hint when a microphone delivers nothing but zeros for several seconds."""

    def __init__(self, rate_hz: int) -> None:
        self._limit = round(SILENCE_S * rate_hz)
        self._silent = 0

    def update(self, count: int, energy: float, name: str, notify: Notify) -> None:
        """Record that ``count`` samples have arrived, with this sum of squares."""
        if energy > 0:
            self._silent = 0
            return
        before = self._silent
        self._silent += count
        if before < self._limit <= self._silent:
            notify(f"{name}: nothing but digital silence; is it muted, or is recording not permitted?")


def _supports(device: Device, channels: int, rate_hz: int) -> bool:
    sd = portaudio()
    try:
        sd.check_input_settings(device=device.number, channels=channels, dtype="float32", samplerate=rate_hz)
    except sd.PortAudioError:
        return False
    return True


def _reason(error: Exception) -> str:
    return str(error.args[0] if error.args else error).removeprefix("Error opening ").strip()
