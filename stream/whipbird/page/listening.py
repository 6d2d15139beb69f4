"""Live sound for those who listen on the page: encoded once for all of them, and muted while somebody speaks.

A source is only encoded while somebody listens, on one thread that reads the ring like any other reader and never holds
it up. What is judged (`whipbird.page.voice_mute`) goes out some seconds late. While a source has no sound, silence is
sent, so that players keep waiting.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import numpy as np

from whipbird.arrays import Floats
from whipbird.audio.channels import choose_channel
from whipbird.audio.gap import Gap
from whipbird.audio.resample import Resampler
from whipbird.events.reports import Opening, Report, Summary
from whipbird.page.mp3 import RATE_HZ, Mp3Stream
from whipbird.page.voice_mute import STEP_S, VoiceMute
from whipbird.page.watcher import Watcher
from whipbird.sinks.clips.voices import KEEP, VoiceDetector, treatment
from whipbird.sinks.publisher import Sink
from whipbird.sources.base import RunningSource

__all__ = ["ListenState", "LiveSounds"]

LATE_S = 3.0  # without sound until silence is sent
HEAD_START_S = 3.0  # of sound that is sent at once: players wait for some before they start
PACE_S = 0.25  # between looks at the sound
WAITING = 20  # pieces for a listener
MOST_LISTENERS = 50


@dataclass(frozen=True)
class ListenState:
    """Who listens to a source.

    Attributes
    ----------
    listeners : int
    muted : bool
        Whether they hear silence because somebody speaks.
    muted_s : float
        Seconds for which that was so, since the station started.
    """

    listeners: int = 0
    muted: bool = False
    muted_s: float = 0.0


class LiveSounds(Sink):
    """The live sound of a station's microphones and feeds.

    Attributes
    ----------
    voices : str
        What becomes of voices, as in the settings of clips: ``keep`` mutes nothing; empty mutes what models hear that
        do not listen for words.
    """

    def __init__(self, voices: str = "") -> None:
        self.voices = voices
        self._lock = threading.Lock()
        self._channels: dict[str, _Channel] = {}
        self._wanted = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="page sound", daemon=True)
        self._thread.start()

    def attach(self, running: RunningSource) -> None:
        """Read the sound of a source, which has not started."""
        if running.source.live:
            with self._lock:
                self._channels.setdefault(running.source.name, _Channel()).tap = _Tap(running)

    def write(self, report: Report) -> None:
        """Learn whether the models of a source listen for words, and when a source ends."""
        if isinstance(report, Opening):
            with self._lock:
                if (channel := self._channels.get(report.source)) is not None:
                    channel.hears_words = all(one.hears_words for one in report.listeners)
        elif isinstance(report, Summary) and report.source is not None:
            with self._lock:
                if (channel := self._channels.get(report.source)) is not None:
                    channel.tap = None

    def states(self) -> dict[str, ListenState]:
        """Who listens, by source."""
        with self._lock:
            return {
                name: ListenState(len(one.listeners), one.muted and bool(one.listeners), one.muted_s)
                for name, one in self._channels.items()
            }

    def has(self, source: str) -> bool:
        """Whether a source can be listened to."""
        with self._lock:
            return source in self._channels

    @property
    def is_full(self) -> bool:
        """Whether no more can listen."""
        with self._lock:
            return sum(len(one.listeners) for one in self._channels.values()) >= MOST_LISTENERS

    async def frames(self, source: str) -> AsyncIterator[bytes]:
        """The sound of a source from now on, as MP3."""
        watcher = Watcher(WAITING)
        with self._lock:
            channel = self._channels[source]
            channel.is_new |= not channel.listeners
            for frames in () if channel.is_new else channel.latest:
                watcher.send(frames)
            channel.listeners.add(watcher)
        self._wanted.set()
        try:
            while (frames := await watcher.next()) is not None:
                yield frames
        finally:
            with self._lock:
                channel.listeners.discard(watcher)
                if not any(one.listeners for one in self._channels.values()):
                    self._wanted.clear()

    def close(self) -> None:
        """End all streams and the thread."""
        self._stop.set()
        self._wanted.set()
        self._thread.join()
        with self._lock:
            for channel in self._channels.values():
                _send(channel.listeners, None)

    def _run(self) -> None:
        detector: VoiceDetector | None = None
        while not self._stop.is_set():
            self._wanted.wait()
            if self._stop.wait(PACE_S):
                return
            with self._lock:
                channels = list(self._channels.values())
            for channel in channels:
                with self._lock:
                    listeners = list(channel.listeners)
                if not listeners:
                    continue
                mutes = treatment(self.voices, channel.hears_words) != KEEP
                if mutes and detector is None:
                    detector = VoiceDetector()
                try:
                    frames = channel.advance(detector if mutes else None)
                except Exception:  # the thread must go on for other sources; the browser may ask again
                    channel.is_new, frames = True, None
                if frames:
                    channel.latest.append(frames)
                if frames is None or frames:
                    _send(listeners, frames)


def _send(listeners: Iterable[Watcher], frames: bytes | None) -> None:
    for listener in listeners:
        listener.send(frames, must=frames is None)


class _Channel:
    """A source and those who listen to it, whether it runs or not."""

    def __init__(self) -> None:
        self.tap: _Tap | None = None
        self.listeners: set[Watcher] = set()
        self.is_new = True  # nobody has listened until now
        self.latest: deque[bytes] = deque(maxlen=round(HEAD_START_S / STEP_S))
        self.hears_words = False
        self.muted_s = 0.0
        self._encoder: Mp3Stream | None = None
        self._mute: VoiceMute | None = None
        self._started_s = self._sent_s = 0.0
        self._ready: Floats = np.empty(0, np.float32)

    @property
    def muted(self) -> bool:
        """Whether silence is sent because somebody speaks."""
        return self._mute is not None and self._mute.is_on

    def advance(self, detector: VoiceDetector | None) -> bytes:
        """Encode what has come, without voices if there is a detector for them."""
        tap = self.tap
        if self.is_new or self._encoder is None:
            self.is_new, self._encoder, self._mute = False, Mp3Stream(), None
            self._ready = np.empty(0, np.float32) if tap is None else tap.latest(HEAD_START_S)
            self._started_s, self._sent_s = time.monotonic(), -len(self._ready) / RATE_HZ
        if detector is None:
            self._mute = None
        elif self._mute is None:
            self._mute = VoiceMute(detector, RATE_HZ)
        if tap is not None:
            self._ready = np.concatenate((self._ready, tap.read()))
        step, frames = round(STEP_S * RATE_HZ), b""
        if time.monotonic() - self._started_s - self._sent_s > LATE_S:  # nothing comes
            self._ready = np.pad(self._ready, (0, max(0, step - len(self._ready))))
        while len(self._ready) >= step:
            block, self._ready = self._ready[:step], self._ready[step:]
            self._sent_s += STEP_S
            if self._mute is not None:
                block = self._mute.push(block)
                self.muted_s += STEP_S * self._mute.is_on
            frames += self._encoder.push(block)
        return frames


class _Tap:
    """Reads the sound of one run of a source, at the rate of the stream."""

    def __init__(self, running: RunningSource) -> None:
        self._reader = running.ring.reader()
        self._channel = running.ring.channel
        self._most = running.ring.capacity
        self._rate_hz = running.source.rate_hz
        self._resampler = Resampler(self._rate_hz, RATE_HZ)

    def latest(self, seconds: float) -> Floats:
        """The last seconds of what came while nobody listened, shape (n,)."""
        self._resampler = Resampler(self._rate_hz, RATE_HZ)
        return self.read()[-round(seconds * RATE_HZ) :]

    def read(self) -> Floats:
        """The sound since the last look, shape (n,)."""
        pieces = [np.empty(0, np.float32)]
        while (item := self._reader.read(self._most)) is not None:
            if not isinstance(item, Gap):
                pieces.append(self._resampler.push(np.ascontiguousarray(choose_channel(item, self._channel))))
        return np.clip(np.concatenate(pieces), -1, 1)
