"""openWakeWord and microWakeWord in whipbird and in their own packages: probabilities of every hop and detections.

The sound is what people read aloud, with a clip of "Alexa" after every few recordings. Whipbird and a package each
process all of it as one stream; the package first gets the silence with which whipbird starts. A detection is a hop at
which the phrase counts, a second or more after the last such hop: for openWakeWord by its probability, for
microWakeWord by the mean of the last ones.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from benchmarks.common import Measure, Unavailable, data_folder, finish, run
from whipbird.arrays import Doubles, Floats, Integers
from whipbird.audio.clock import Clock
from whipbird.engine.detector import Detector, ScoredHop
from whipbird.engine.timings import Timings
from whipbird.errors import BundleError
from whipbird.models.model import Model
from whipbird_train.datasets.clips import load_clip

PHRASE = "alexa"
RATE_HZ = 16_000
PIECE = 1280  # samples that a package gets at once
CLIP_EVERY = 6  # recordings
ON = 0.5  # of openWakeWord
FRAMES = 3  # of a hop of microWakeWord
APART_S = 1.0
MOST_DIFFERENCE = 1e-3
STEP = 1 / 256  # of microWakeWord's probabilities, which have eight bits


@dataclass(frozen=True)
class Program:
    """A package that gives probabilities.

    Attributes
    ----------
    family : str
    lead : int
        Samples of silence before the sound, as whipbird has them.
    package : callable
        Returns the probability of each hop and the hops at which the phrase counts, of samples of 16 bits.
    most : float
        By which a probability may differ.
    """

    family: str
    lead: int
    package: Callable[[Integers], tuple[Doubles, Sequence[int]]]
    most: float

    @property
    def model(self) -> str:
        """Name of the installed model."""
        return f"{self.family}-{PHRASE}"


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


def own(model: Model, sound: Floats) -> tuple[Doubles, list[float]]:
    """Probabilities, and when detections are reported."""
    hops: list[ScoredHop] = []
    detector = Detector(model, "sound", RATE_HZ, Clock(), Timings(), tap=hops.append, block=16)
    found = detector.process(sound) + detector.finish(len(sound) / RATE_HZ)
    return np.array([hop.scores[0] for hop in hops], np.float64), [one.reported_s for one in found]


def pyopen_wakeword(samples: Integers) -> tuple[Doubles, Sequence[int]]:
    """See `Program`; the package listens to eight seconds of silence first."""
    from pyopen_wakeword import Model, OpenWakeWord, OpenWakeWordFeatures

    features, word = OpenWakeWordFeatures.from_builtin(), OpenWakeWord.from_builtin(Model(PHRASE))
    found = [
        probability
        for start in range(0, len(samples), PIECE)
        for embedding in features.process_streaming(samples[start : start + PIECE].tobytes())
        for probability in word.process_streaming(embedding)
    ]
    probabilities = np.array(found[-(len(samples) // PIECE) :], np.float64)
    return probabilities, np.flatnonzero(probabilities > ON).tolist()


def pymicro_wakeword(samples: Integers) -> tuple[Doubles, Sequence[int]]:
    """See `Program`."""
    from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures, Model

    features, word = MicroWakeWordFeatures(), MicroWakeWord.from_builtin(Model(PHRASE))
    probabilities, high = [], []
    frames = (
        frame
        for start in range(0, len(samples), PIECE)
        for frame in features.process_streaming(samples[start : start + PIECE].tobytes())
    )
    for number, frame in enumerate(frames, 1):
        counts = word.process_streaming(frame)
        if number % FRAMES == 0:
            if counts:
                high.append(len(probabilities))
            probabilities.append(word._probabilities[-1])
    return np.array(probabilities, np.float64), high


PROGRAMS = (
    Program("openwakeword", 480, pyopen_wakeword, MOST_DIFFERENCE),
    Program("microwakeword", 320, pymicro_wakeword, STEP),
)


def detections(high: Sequence[int], hop_s: float) -> list[float]:
    """When each detection is reported, in seconds."""
    found, latest = [], -APART_S
    for at_s in ((hop + 1) * hop_s for hop in high):
        if at_s - latest > APART_S:
            found.append(at_s)
        latest = at_s
    return found


def compare(program: Program, sound: Floats) -> list[Measure]:
    """Whipbird and a package on the same sound."""
    try:
        model = Model(program.model)
    except BundleError as error:
        raise Unavailable(f"{error}; install it with: whipbird models add {program.family} {PHRASE}") from error
    began_s = time.process_time()
    scores, found = own(model, sound)
    own_s = time.process_time() - began_s
    samples = (np.pad(sound, (program.lead, 0)) * 32768).astype(np.int16)
    began_s = time.process_time()
    try:
        expected, high = program.package(samples)
    except ImportError as error:
        raise Unavailable(f"{error.name} is not installed") from error
    package_s = time.process_time() - began_s
    count = min(len(scores), len(expected))
    difference = float(np.abs(scores[:count] - expected[:count]).max())
    same, other = ({round(at_s, 3) for at_s in one} for one in (found, detections(high, model.card.hop_s)))
    seconds, name = len(sound) / RATE_HZ, program.family
    return [
        Measure(f"{name}: hops compared", count),
        Measure(f"{name}: largest difference of a probability", difference, "", program.most),
        Measure(f"{name}: detections of both at the same time", len(same & other)),
        Measure(f"{name}: detections of one alone", len(same ^ other), "", 0),
        Measure(f"{name}: processor time of whipbird, per second", 1000 * own_s / seconds, "ms"),
        Measure(f"{name}: processor time of the package, per second", 1000 * package_s / seconds, "ms"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_scores", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="of sound (default 60)")
    options = parser.parse_args()
    sound = make_sound(options.minutes)
    measures = []
    for program in PROGRAMS:
        try:
            measures += compare(program, sound)
        except Unavailable as reason:
            print(f"{program.family} is left out: {reason}", flush=True)
    if not measures:
        raise Unavailable("there is nothing to compare")
    measures.insert(0, Measure("sound", len(sound) / RATE_HZ / 60, "min"))
    finish("same_scores", "wake words here and in their own packages", measures)


if __name__ == "__main__":
    run(main)
