"""Sound to fill archives with: the bundled voices, again and again, at any rate, over noise that comes and goes."""

from pathlib import Path

import numpy as np
import soundfile
import soxr

from whipbird.engine.run import run_source
from whipbird.events.detection import Detection
from whipbird.sources.replay import Replay

WORDS = Path(__file__).resolve().parents[2] / "examples" / "demo.flac"


def words(seconds, rate_hz, seed=1):
    """Shape (n,), the same every time for the same seed."""
    sound, own_hz = soundfile.read(WORDS, dtype="float32")
    random = np.random.default_rng(seed)
    parts, length = [], 0
    while length < seconds * own_hz:
        pause = random.normal(0, 10 ** random.uniform(-5, -1.5), random.integers(1, 6 * own_hz)).astype(np.float32)
        begin = int(random.integers(0, len(sound) // 2))
        parts += [sound[begin:] * np.float32(random.uniform(0.3, 1.0)), pause]
        length += sum(map(len, parts[-2:]))
    joined = np.concatenate(parts)[: round(seconds * own_hz)]
    return joined if rate_hz == own_hz else soxr.resample(joined, own_hz, rate_hz)[: round(seconds * rate_hz)]


def replayed(path, models):
    """Detections and summary of a replay, in the order of `in_order`."""
    source = Replay(str(path), None)
    source.open()
    found = []
    outcome = run_source(source, models, found.append)
    return in_order([one for one in found if isinstance(one, Detection)]), outcome.summary


def in_order(detections):
    return sorted(detections, key=lambda one: (one.source, one.model, one.reported_s, one.label))
