"""Names of recipes and data sets, for help and completion, which must not load TensorFlow."""

from __future__ import annotations

__all__ = ["DATASETS", "RECIPES"]

RECIPES = {  # name: folder of its data set, description
    "commands": ("speech-commands", "The shipped keyword model: ten spoken commands."),
    "commands-lecture": ("speech-commands", "The same commands with the lecture's network on raw sound; the baseline."),
    "digits": ("spoken-digits", "Spoken digits at 8 kHz, from unseen speakers."),
    "capuchinbird": ("capuchinbird", "The shipped detector of Capuchinbird calls."),
    "capuchinbird-article": (
        "capuchinbird",
        "The same calls with the article's network of six million parameters; the baseline.",
    ),
    "urbansound": ("urbansound8k", "Ten kinds of city sounds, on log-mel spectrograms."),
    "urbansound-mfcc": (
        "urbansound8k",
        "The same sounds with the article's dense network on mean MFCCs; the baseline.",
    ),
}

DATASETS = [
    "speech-commands-v0.01",
    "speech-commands-v0.02",
    "spoken-digits",
    "urbansound8k",
    "capuchinbird",
    "kokoro-voices",
    "librispeech-dev-clean",
    "esc-10",
]
