"""Tones for words, a small network, and a recipe of both."""

import numpy as np

from whipbird.models.card import TrainingData
from whipbird.models.frontends.log_mel import LogMelSettings

RATE_HZ = 8_000
LABELS = ("_silence_", "_unknown_", "low", "middle", "high")
TONES_HZ = {"_unknown_": 300, "low": 500, "middle": 1000, "high": 2000}
FRONTEND = LogMelSettings(frame=256, step=128, fft=256, bands=8, low_hz=20, high_hz=4000)
WINDOW = 61  # frames: as many as lie in one second
SPEAKERS = 4  # of whom the last is for validation


def small_network(frames, width):
    """Builds a network that learns in seconds."""
    import keras

    def build(labels):
        inputs = keras.Input((frames, width))
        hidden = keras.layers.Rescaling(1 / 20, 2)(inputs)
        hidden = keras.layers.Conv1D(8, 5, strides=4, activation="relu")(hidden)
        outputs = keras.layers.Dense(labels, activation="softmax")(keras.layers.GlobalAveragePooling1D()(hidden))
        return keras.Model(inputs, outputs)

    return build


def make_tone(hz, rate_hz=RATE_HZ, seconds=1.0, seed=0):
    """A tone in a little noise, shape (samples,); 0 Hz is the noise alone."""
    count = round(seconds * rate_hz)
    hiss = np.random.default_rng(seed).normal(0, 0.003, count)
    return (0.3 * (hz > 0) * np.sin(2 * np.pi * hz * np.arange(count) / rate_hz) + hiss).astype(np.float32)


def made_training(recordings):
    return TrainingData(name="tones", source="made for this test", licence="none", recordings=recordings)


def make_sounds(takes=2):
    """Every label said by every speaker so many times, at a pitch of one's own; every second take is a longer one."""
    from whipbird_train.examples.labelled_sounds import Sounds

    said = [
        (
            number,
            speaker,
            make_tone(
                TONES_HZ.get(label, 0) * (1 + 0.02 * speaker), seconds=1 + 0.5 * (take % 2), seed=100 * speaker + take
            ),
        )
        for number, label in enumerate(LABELS)
        for speaker in range(SPEAKERS)
        for take in range(takes)
    ]
    names = tuple(f"{LABELS[label]}/{speaker}-{place}.wav" for place, (label, speaker, _) in enumerate(said))
    return Sounds(
        [wave for _, _, wave in said],
        np.array([label for label, _, _ in said]),
        names,
        tuple(f"speaker{speaker}" for _, speaker, _ in said),
        tuple("validation" if speaker == SPEAKERS - 1 else "train" for _, speaker, _ in said),
        made_training,
        [make_tone(0, seconds=2.0, seed=7)],
    )


def make_recipe(sounds, kind=None, **differing):
    """A recipe for tones: all labels, and the three tones that are reported alone."""
    from whipbird_train.examples.augment import Augmenter
    from whipbird_train.examples.words import Mixture, WordExamples
    from whipbird_train.fitting.fit import FitSettings
    from whipbird_train.study.recipe import Experiment, Recipe

    def examples(folder, sounds, labels, seed):
        silence, unknown = (labels.index(label) if label in labels else None for label in LABELS[:2])
        augmenter = Augmenter(sounds.backgrounds, RATE_HZ, speed=(0.98, 1.02), noise_share=0.2)
        training = [sounds.training(len(sounds))]
        return WordExamples(sounds, RATE_HZ, augmenter, Mixture(0, 0, 0), silence, unknown, training)

    def experiments(sounds):
        test = np.array([split == "validation" for split in sounds.splits])
        return [
            Experiment("unseen speakers", "validation", ~test, test),
            Experiment("tones alone", "tones", ~test, test, (2, 3, 4)),
        ]

    said = {
        "name": "tones",
        "description": "Low, middle and high.",
        "limits": "A test.",
        "licence": "none",
        "labels": LABELS,
        "reported": LABELS[2:],
        "rate_hz": RATE_HZ,
        "frontend": FRONTEND,
        "window": WINDOW,
        "hop_s": 0.032,
        "reference_s": 0.5,
        "report": "begin",
        "network": small_network(WINDOW, FRONTEND.bands),
        "settings": FitSettings(epochs=2, batch=8, optimizer="adam", peak_rate=0.02, warmup_epochs=0, cached_epochs=2),
        "read": lambda folder: sounds,
        "examples": examples,
        "experiments": experiments,
        "shipped": "validation",
    }
    return (kind or Recipe)(**(said | differing))
