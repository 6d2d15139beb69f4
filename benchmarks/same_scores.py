"""openWakeWord in whipbird and in its own package: probabilities of every 80 ms and detections on the same sound.

The sound is what people read aloud, with a clip of "Alexa" after every few recordings. Both process all of it as one
stream; the package gets it as whole chunks, after the 30 ms of silence with which whipbird starts. A detection is a
probability above 0.5, a second or more after the last one.
"""

from __future__ import annotations

import argparse
import time
from itertools import cycle

import numpy as np

from benchmarks.common import Measure, Unavailable, data_folder, finish, run
from whipbird.arrays import Doubles, Floats
from whipbird.audio.clock import Clock
from whipbird.engine.detector import Detector, ScoredHop
from whipbird.engine.timings import Timings
from whipbird.errors import BundleError
from whipbird.models.model import Model
from whipbird_train.datasets.clips import load_clip

MODEL, PHRASE = "openwakeword-alexa", "alexa"
RATE_HZ, HOP = 16_000, 1280
CLIP_EVERY = 6  # recordings
LEAD = 480  # samples of silence before the first chunk of the package
ON, APART_S = 0.5, 1.0
MOST_DIFFERENCE = 1e-3


def make_sound(minutes: float) -> Floats:
    """Read speech with clips of the phrase."""
    speech = cycle(sorted(data_folder("read-speech").glob("*/*/*/*.opus")))
    clips = cycle(sorted((data_folder("wake-words") / PHRASE).glob("*.opus")))
    pieces: list[Floats] = []
    samples = number = 0
    while samples < 60 * minutes * RATE_HZ:
        number += 1
        pieces.append(load_clip(next(clips if number % CLIP_EVERY == 0 else speech), RATE_HZ))
        samples += len(pieces[-1])
    steps = np.clip(np.rint(np.concatenate(pieces) * 32768), -32768, 32767)  # of 16 bits, as the package gets it
    sound: Floats = (steps / 32768).astype(np.float32)
    return sound


def own(sound: Floats) -> tuple[Doubles, list[float]]:
    """Probabilities, and when detections are reported."""
    hops: list[ScoredHop] = []
    detector = Detector(Model(MODEL), "sound", RATE_HZ, Clock(), Timings(), tap=hops.append, block=16)
    found = detector.process(sound) + detector.finish(len(sound) / RATE_HZ)
    return np.array([hop.scores[0] for hop in hops], np.float64), [one.reported_s for one in found]


def package(sound: Floats) -> Doubles:
    """Probabilities of the package."""
    try:
        import pyopen_wakeword
    except ImportError as error:
        raise Unavailable("needs pyopen-wakeword") from error
    features = pyopen_wakeword.OpenWakeWordFeatures.from_builtin()
    word = pyopen_wakeword.OpenWakeWord.from_builtin(pyopen_wakeword.Model(PHRASE))
    samples = (np.pad(sound, (LEAD, 0)) * 32768).astype(np.int16)
    found = [
        probability
        for start in range(0, len(samples), HOP)
        for embedding in features.process_streaming(samples[start : start + HOP].tobytes())
        for probability in word.process_streaming(embedding)
    ]
    return np.array(found[-(len(sound) // HOP) :], np.float64)  # it listens to eight seconds of silence first


def detections(probabilities: Doubles) -> Doubles:
    """When each detection is reported, in seconds."""
    high = np.flatnonzero(probabilities > ON)
    return (high[np.diff(high, prepend=-RATE_HZ) * HOP / RATE_HZ > APART_S] + 1) * HOP / RATE_HZ


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_scores", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="of sound (default 60)")
    options = parser.parse_args()
    sound = make_sound(options.minutes)
    try:
        began_s = time.process_time()
        scores, found = own(sound)
        own_s = time.process_time() - began_s
    except BundleError as error:
        raise Unavailable(f"{error}; install it with: whipbird models add openwakeword {PHRASE}") from error
    began_s = time.process_time()
    expected = package(sound)
    package_s = time.process_time() - began_s
    difference = float(np.abs(scores[: len(expected)] - expected).max())
    same, other = {round(at_s, 3) for at_s in found}, {round(at_s, 3) for at_s in detections(expected).tolist()}
    seconds = len(sound) / RATE_HZ
    measures = [
        Measure("sound", seconds / 60, "min"),
        Measure("largest difference of a probability", difference, "", MOST_DIFFERENCE),
        Measure("detections of both at the same time", len(same & other)),
        Measure("detections of one alone", len(same ^ other), "", 0),
        Measure("processor time of whipbird, per second", 1000 * own_s / seconds, "ms"),
        Measure("processor time of the package, per second", 1000 * package_s / seconds, "ms"),
    ]
    finish("same_scores", "openWakeWord here and in its own package", measures)


if __name__ == "__main__":
    run(main)
