"""How else people say an English phrase: vowels in full that others reduce, other vowels, every syllable stressed.

Synthetic voices reduce vowels as native speakers in a hurry do. Many people do not, and they say a phrase to a machine
more slowly and clearly than they say it to each other. Changes are of a kind that leaves a phrase the same to a
listener; what is taught not to be the phrase differs by more, see `whipbird_train.phrases.near`.
"""

from __future__ import annotations

import numpy as np

from whipbird_train.phrases.phrase import Phrase, is_vowel
from whipbird_train.synthesis.command_texts import MARKS

__all__ = ["spoken_texts"]

ACCENTED = 0.4  # share of the texts that are changed
IN_FULL, OTHER_VOWEL, UNVOICED, EVERY_SYLLABLE = 0.7, 0.15, 0.15, 0.3  # how often, in these
REDUCED = {
    "@": ("V", "0", "a", "E"),
    "@2": ("@", "i:"),
    "a#": ("a", "A:"),
    "I#": ("I", "i:"),
    "I2": ("I", "i:"),
    "3": ("Er", "A:r", "3:"),
    "t#": ("t",),
}
OTHERS = {
    "I": ("i:",), "i:": ("I",), "i": ("I",), "E": ("eI", "a"), "eI": ("E",), "a": ("E", "A:"), "aa": ("a", "A:"),
    "A:": ("a", "0"), "V": ("a", "A:"), "0": ("A:", "oU"), "O:": ("oU", "0"), "oU": ("O:", "0"), "U": ("u:",),
    "u:": ("U",), "3:": ("Er", "V"),
}  # fmt: skip
VOICELESS = {"z": ("s",), "v": ("f",), "d": ("t",), "D": ("z",), "T": ("s",)}
CHANGES = ((REDUCED, IN_FULL), (OTHERS, OTHER_VOWEL), (VOICELESS, UNVOICED))
STRESS = "',%="


def spoken_texts(phrase: Phrase, count: int, seed: int, accents: bool) -> list[str]:
    """Texts of a phrase for synthetic voices, with punctuation that changes its intonation.

    Parameters
    ----------
    accents : bool
        Whether some of them have other sounds than the phrase.
    """
    rng = np.random.default_rng((seed, 0))
    return [
        (_accented(phrase, rng) if accents and rng.random() < ACCENTED else phrase.spoken) + str(rng.choice(MARKS))
        for _ in range(count)
    ]


def _accented(phrase: Phrase, rng: np.random.Generator) -> str:
    every = rng.random() < EVERY_SYLLABLE
    words = ["".join(_changed(sound, every, rng) for sound in word) for word in phrase.words]
    return f"[[{' '.join(words)}]]"


def _changed(sound: str, stressed: bool, rng: np.random.Generator) -> str:
    """A sound as another speaker may say it."""
    plain = sound.lstrip(STRESS)
    stress = "'" if stressed and is_vowel(sound) else sound[: len(sound) - len(plain)]
    for changes, often in CHANGES:
        if plain in changes and rng.random() < often:
            return stress + str(rng.choice(changes[plain]))
    return stress + plain
