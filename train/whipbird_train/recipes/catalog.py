"""Names of recipes and data sets, for help and completion, which must not load TensorFlow."""

from __future__ import annotations

__all__ = ["DATASETS", "RECIPES"]

RECIPES = {  # name: folder of its data set, description
    "commands": ("speech-commands", "The shipped keyword model: ten spoken commands."),
    "commands-lecture": ("speech-commands", "The same by the lecture's network over raw sound; the baseline."),
    "digits": ("spoken-digits", "Spoken digits at 8 kHz, of speakers it has never heard."),
    "capuchinbird": ("capuchinbird", "The shipped detector of Capuchinbird calls."),
    "capuchinbird-article": ("capuchinbird", "The same by the article's six million parameters; the baseline."),
    "urbansound": ("urbansound8k", "Ten kinds of city sounds, on log-mel spectrograms."),
    "urbansound-mfcc": ("urbansound8k", "The same by the article's dense network over mean MFCCs; the baseline."),
}

DATASETS = ["speech-commands-v0.01", "speech-commands-v0.02", "spoken-digits", "urbansound8k", "capuchinbird"]
