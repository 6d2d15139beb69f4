"""Run a peer on recordings in the peer's own environment, and print its detections and their cost as JSON.

Run by `benchmarks.peers` as a program of its own, with nothing but the peer installed:
``python peer.py PEER SETTING SOUND.wav ...``. Recordings have 16 kHz, one channel, 16 bits; each gets a new listener.
Some peers give scores, of which many in a row are high for one word: for every peer, the word counts again only after a
second without it.
"""

from __future__ import annotations

import json
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

BYTES = 2  # of a sample
REFRACTORY_S = 1.0
WORD = "alexa"


class Listener(NamedTuple):
    """A peer that is ready to listen for one word.

    Attributes
    ----------
    hear : callable
        Takes the next samples as bytes, returns whether it detects the word at this moment.
    samples : int
        Samples per call: a hop, or as many as it processes at once.
    """

    hear: Callable[[bytes], bool]
    samples: int


def whipbird(folder: str) -> Listener:
    """A model in a folder, 60 ms of sound or more at a time, as when it listens."""
    import numpy as np

    from whipbird.audio.clock import Clock
    from whipbird.engine.detector import Detector
    from whipbird.engine.grid import paced_hops
    from whipbird.engine.timings import Timings
    from whipbird.models.model import Model

    model = Model(folder)
    hops = paced_hops(model.card.hop_s)
    detector = Detector(model, "sound", model.card.sample_rate_hz, Clock(), Timings(), block=hops)

    def hear(piece: bytes) -> bool:
        return bool(detector.process(np.frombuffer(piece, "<i2").astype(np.float32) / 32768))

    return Listener(hear, hops * model.card.hop)


def pocketsphinx(threshold: str) -> Listener:
    """Keyword spotting with its American English model."""
    from pocketsphinx import Decoder

    decoder = Decoder(keyphrase=WORD, kws_threshold=float(threshold), lm=None, loglevel="FATAL")
    decoder.start_utt()

    def hear(piece: bytes) -> bool:
        decoder.process_raw(piece, no_search=False, full_utt=False)
        if decoder.hyp() is None:
            return False
        decoder.end_utt()  # otherwise the same word is found for ever
        decoder.start_utt()
        return True

    return Listener(hear, 1024)


def openwakeword(threshold: str) -> Listener:
    """The first release's package, with its own model."""
    import numpy as np
    import openwakeword as package

    model, limit = package.Model([package.models[WORD]["model_path"]]), float(threshold)

    def hear(piece: bytes) -> bool:
        return bool(max(model.predict(np.frombuffer(piece, "<i2")).values()) >= limit)

    return Listener(hear, 1280)


def pyopen_wakeword(threshold: str) -> Listener:
    """openWakeWord's networks without its package."""
    from pyopen_wakeword import Model, OpenWakeWord, OpenWakeWordFeatures

    features, word, limit = (
        OpenWakeWordFeatures.from_builtin(),
        OpenWakeWord.from_builtin(Model(WORD)),
        float(threshold),
    )

    def hear(piece: bytes) -> bool:
        frames = features.process_streaming(piece)
        heard = [score > limit for frame in frames for score in word.process_streaming(frame)]
        return any(heard)

    return Listener(hear, 1280)


def pymicro_wakeword(_: str) -> Listener:
    """At the threshold of its model."""
    from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures, Model

    features, word = MicroWakeWordFeatures(), MicroWakeWord.from_builtin(Model(WORD))

    def hear(piece: bytes) -> bool:
        heard = [word.process_streaming(frame) for frame in features.process_streaming(piece)]
        return any(heard)

    return Listener(hear, 960)


PEERS = {peer.__name__: peer for peer in (whipbird, pocketsphinx, openwakeword, pyopen_wakeword, pymicro_wakeword)}


def most_mb() -> float:
    """Most resident memory that this process has had, shared libraries included."""
    status = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) * 1024 / 1e6


def detections(listener: Listener, pieces: bytes, rate_hz: int) -> list[float]:
    """When the word is detected, in seconds: at the end of the piece with which it is."""
    found, latest_s = [], -REFRACTORY_S
    size = listener.samples * BYTES
    for number, begin in enumerate(range(0, len(pieces), size), 1):
        if listener.hear(pieces[begin : begin + size].ljust(size, b"\0")):
            at_s = number * listener.samples / rate_hz
            if at_s >= latest_s + REFRACTORY_S:
                found.append(at_s)
            latest_s = at_s
    return found


def main() -> None:
    name, setting, *paths = sys.argv[1:]
    events, start_s, cpu_s, mb = [], None, 0.0, 0.0
    for path in paths:
        with wave.open(path) as sound:
            pieces, rate_hz = sound.readframes(sound.getnframes()), sound.getframerate()
        before_mb = len(pieces) / 1e6
        listener = PEERS[name](setting)
        began_s = time.process_time()
        start_s = began_s if start_s is None else start_s
        events.append(detections(listener, pieces, rate_hz))
        cpu_s += time.process_time() - began_s
        mb = max(mb, most_mb() - before_mb)  # the recording is in memory for the measurement alone
    print(json.dumps({"events": events, "start_s": start_s, "cpu_s": cpu_s, "mb": mb}))


if __name__ == "__main__":
    main()
