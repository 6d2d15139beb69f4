"""Run a peer on a recording in the peer's own environment, and print its detections and their cost as JSON.

Run by `benchmarks.peers` as a program of its own, with nothing but the peer installed:
``python peer.py PEER SOUND.wav SETTING``. The recording has 16 kHz, one channel, 16 bits. Some peers give scores, of
which many in a row are high for one word: for every peer, a word counts again only after a second without it.
"""

from __future__ import annotations

import json
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

BYTES = 2  # of a sample
REFRACTORY_S = 1.0


class Listener(NamedTuple):
    """A peer that is ready to listen.

    Attributes
    ----------
    hear : callable
        Takes the next samples as bytes, returns the words that it detects at this moment.
    samples : int
        Samples per call: a hop, or as many as it processes at once.
    """

    hear: Callable[[bytes], list[str]]
    samples: int


def whipbird(_: str) -> Listener:
    """The shipped keyword model, one hop at a time."""
    import numpy as np

    from whipbird.audio.clock import Clock
    from whipbird.engine.detector import Detector
    from whipbird.engine.timings import Timings
    from whipbird.models.model import Model

    model = Model("commands")
    detector = Detector(model, "sound", model.card.sample_rate_hz, Clock(), Timings())

    def hear(piece: bytes) -> list[str]:
        samples = np.frombuffer(piece, "<i2").astype(np.float32) / 32768
        return [detection.label for detection in detector.process(samples)]

    return Listener(hear, model.card.hop)


def pocketsphinx(threshold: str) -> Listener:
    """Keyword spotting with the same threshold for each of the ten commands."""
    from pocketsphinx import Decoder

    words = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "words"
        path.write_text("".join(f"{word} /{threshold}/\n" for word in words))
        decoder = Decoder(kws=str(path), lm=None, loglevel="FATAL")
    decoder.start_utt()

    def hear(piece: bytes) -> list[str]:
        decoder.process_raw(piece, no_search=False, full_utt=False)
        if decoder.hyp() is None:
            return []
        heard = [segment.word.strip() for segment in decoder.seg()]
        decoder.end_utt()  # otherwise the same word is found for ever
        decoder.start_utt()
        return heard

    return Listener(hear, 1024)


def openwakeword(_: str) -> Listener:
    """Three of its own wake words, at its own threshold of 0.5."""
    import numpy as np
    import openwakeword as package

    names = {"alexa": "alexa", "hey_jarvis": "hey jarvis", "hey_mycroft": "hey mycroft"}
    model = package.Model([package.models[name]["model_path"] for name in names])

    def hear(piece: bytes) -> list[str]:
        scores = model.predict(np.frombuffer(piece, "<i2"))
        return [label for name, label in names.items() for key in scores if key.startswith(name) and scores[key] >= 0.5]

    return Listener(hear, 1280)


def pymicro_wakeword(_: str) -> Listener:
    """All four of its own wake words, at their own thresholds."""
    from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures, Model

    features = MicroWakeWordFeatures()
    models = {model.value.replace("_", " "): MicroWakeWord.from_builtin(model) for model in Model}

    def hear(piece: bytes) -> list[str]:
        frames = list(features.process_streaming(piece))
        heard = {label: [model.process_streaming(frame) for frame in frames] for label, model in models.items()}
        return [label for label, found in heard.items() if any(found)]

    return Listener(hear, 1024)


PEERS = {peer.__name__: peer for peer in (whipbird, pocketsphinx, openwakeword, pymicro_wakeword)}


def resident_mb() -> float:
    """Resident memory of this process, shared libraries included."""
    status = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) * 1024 / 1e6


def main() -> None:
    name, path, setting = sys.argv[1:]
    begin_s = time.perf_counter()
    listener = PEERS[name](setting)
    load_s = time.perf_counter() - begin_s
    events = []
    latest_s: dict[str, float] = {}
    with wave.open(path) as sound:
        count, rate_hz = sound.getnframes(), sound.getframerate()
        pieces = sound.readframes(count)
    used_s = time.process_time()
    for begin in range(0, count, listener.samples):
        end = min(begin + listener.samples, count)
        piece = pieces[begin * BYTES : end * BYTES].ljust(listener.samples * BYTES, b"\0")
        for label in listener.hear(piece):
            if end / rate_hz >= latest_s.get(label, -REFRACTORY_S) + REFRACTORY_S:
                events.append((label, end / rate_hz))
            latest_s[label] = end / rate_hz
    result = {
        "events": events,
        "load_s": load_s,
        "cpu_s": time.process_time() - used_s,
        "resident_mb": resident_mb(),
        "piece_s": listener.samples / rate_hz,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
