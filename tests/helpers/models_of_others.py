"""Bundles of models that other programs made, from the folder of real recordings and models."""

import numpy as np
import soundfile

from whipbird.audio.clock import Clock
from whipbird.engine.detector import Detector
from whipbird.engine.timings import Timings
from whipbird.importers.bundle_files import write_bundle
from whipbird.models.model import Model


def as_model(folder, ingredients):
    """Write a bundle into a new folder, and load it."""
    folder.mkdir(parents=True)
    write_bundle(folder, ingredients)
    return Model(str(folder))


def read_sound(path, rate_hz):
    """Samples of a recording at this rate, of all channels together, shape (n,)."""
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate == rate_hz
    return sound.mean(axis=1)


def run(model, pieces, block=1):
    """Detections in the pieces of one sound, at the model's rate, and the scores of every hop, shape (hops, labels)."""
    hops = []
    detector = Detector(model, "test", model.card.sample_rate_hz, Clock(), Timings(), tap=hops.append, block=block)
    found = [one for piece in pieces for one in detector.process(piece)]
    found += detector.finish(sum(map(len, pieces)) / model.card.sample_rate_hz)
    return found, np.array([hop.scores for hop in hops])


def check_cuts(model, sound):
    """Neither cuts nor the size of the block change an event or a score, to the last bit."""
    random = np.random.default_rng(1)
    found, scores = run(model, [sound])
    for block in (1, 2, 3, 16):
        cuts = np.sort(random.integers(0, len(sound), 25))
        other_found, other_scores = run(model, np.split(sound, cuts), block)
        np.testing.assert_array_equal(other_scores, scores)
        assert other_found == found
