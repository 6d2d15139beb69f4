"""A model of thousands of labels, of which a few are heard: tones of their own."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np

from made_tflite import FULLY_CONNECTED, LOGISTIC, MEAN, tensor, tflite
from tones import make_tone

LABELS = 6522  # as many as BirdNET has
RATE_HZ = 16_000
TONES_HZ = (500, 1000, 1500, 2000)  # of the labels that are heard
FRAMES, BANDS = 150, 64
LOUD_DB, STEEPNESS = 10.0, 0.3  # the level of a band at which the score of its label is 0.5, and how fast it rises
GENERA = ("Strix", "Turdus", "Parus", "Pica", "Corvus", "Sylvia", "Anas", "Larus", "Picus", "Otus")
FRONTEND = Path(__file__).resolve().parents[2] / "models" / "capuchinbird"


def many_labels(count=LABELS):
    """Made-up scientific names, in the order of the network's outputs."""
    return [f"{GENERA[number % len(GENERA)]} species{number:04}" for number in range(count)]


def heard_labels(count=LABELS):
    """The labels with a tone of their own, spread over all, in the order of `TONES_HZ`."""
    labels = many_labels(count)
    return [labels[place * count // len(TONES_HZ)] for place in range(min(count, len(TONES_HZ)))]


def write_many_labels(folder, count=LABELS, report="end"):
    """Write the bundle of a model with this many labels; windows of 3 s every 1.5 s."""
    folder.mkdir(parents=True)
    shutil.copy(FRONTEND / "frontend.npz", folder)
    (folder / "model.tflite").write_bytes(_network(count))
    labels = many_labels(count)
    settings = {"smooth_s": 1.5, "on": 0.6, "off": 0.4, "release_s": 1.5, "min_s": 0.0, "refractory_s": 0.0}
    debounce = dict.fromkeys(labels, settings)
    card = {
        "name": "many",
        "version": "1",
        "description": "Tones.",
        "labels": labels,
        "species": {label: {"scientific": label, "common": f"Common {label}"} for label in labels},
        "sample_rate_hz": RATE_HZ,
        "window": FRAMES,
        "hop_s": 1.5,
        "reference_s": 1.5,
        "report": report,
        "frontend": json.loads((FRONTEND / "card.json").read_text())["frontend"],
        "debounce": debounce,
        "operating_points": {"strict": dict.fromkeys(labels, settings | {"on": 0.9})},
        "training": [],
        "licence": "none",
        "limits": "A test.",
        "results": {},
        "sha256": {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("frontend.npz", "model.tflite")
        },
    }
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def made_tones(rate_hz=RATE_HZ):
    """Twenty-four seconds in which the label of each tone is heard once, shape (samples,)."""
    return np.concatenate([make_tone(hz, rate_hz, 3.0, hz) for tone in TONES_HZ for hz in (0, tone)])


def _network(count):
    """The mean of the frames, and a score for each label, of which most depend on no band."""
    edges_hz = np.linspace(_mel(200), _mel(3000), BANDS + 2)[1:-1]
    weights, bias = np.zeros((count, BANDS), np.float32), np.full(count, -9.0, np.float32)
    labels = many_labels(count)
    for label, hz in zip(heard_labels(count), TONES_HZ, strict=False):
        band = int(np.abs(edges_hz - _mel(hz)).argmin())
        weights[labels.index(label), band], bias[labels.index(label)] = STEEPNESS, -STEEPNESS * LOUD_DB
    bias += np.random.default_rng(1).normal(0, 0.3, count).astype(np.float32)
    return _tflite(weights, bias)


def _mel(hz):
    """Slaney's scale, which is linear below 1 kHz."""
    return 3 * hz / 200 if hz < 1000 else 15 + 27 * np.log(hz / 1000) / np.log(6.4)


def _tflite(weights, bias):
    """MEAN over frames, FULLY_CONNECTED, LOGISTIC."""
    count, bands = weights.shape
    tensors = [
        tensor("frames", (1, FRAMES, bands)),
        tensor("axis", (1,), np.array([1], np.int32)),
        tensor("mean", (1, bands)),
        tensor("weights", (count, bands), weights),
        tensor("bias", (count,), bias),
        tensor("sums", (1, count)),
        tensor("scores", (1, count)),
    ]
    return tflite(tensors, [(MEAN, [0, 1], 2), (FULLY_CONNECTED, [2, 3, 4], 5), (LOGISTIC, [5], 6)], [0], [6])
