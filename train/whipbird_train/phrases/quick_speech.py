"""What espeak-ng and flite say for a phrase: they cost hardly anything, and add other voices to Kokoro's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import WhipbirdError
from whipbird_train.phrases.accents import spoken_texts
from whipbird_train.phrases.near import near_texts, neighbours
from whipbird_train.phrases.phrase import Language, Phrase, sounds_of
from whipbird_train.progress import tracked
from whipbird_train.synthesis import espeak
from whipbird_train.synthesis.command_texts import SIMILAR

__all__ = ["near_clips", "phrase_clips", "sentence_clips", "vocabulary_of"]

RATE_HZ = 16_000
NEIGHBOURS = 60


def vocabulary_of(phrase: Phrase, language: Language) -> list[str]:
    """Common words that sound like the phrase; English ones alone."""
    if not language.is_english:
        return []
    words = sorted({*espeak.FILLERS, *SIMILAR})
    sounds = [sum(own, ()) for own in sounds_of(words, language.accents[0])]
    return neighbours(phrase, dict(zip(words, sounds, strict=True)), NEIGHBOURS)


def phrase_clips(phrase: Phrase, language: Language, count: int, seed: int) -> list[Floats]:
    """Clips of the phrase, each of shape (samples,)."""
    return _spoken(spoken_texts(phrase, count, seed, language.is_english), language, (seed, 6))


def near_clips(phrase: Phrase, language: Language, vocabulary: Sequence[str], count: int, seed: int) -> list[Floats]:
    """Clips of what sounds like the phrase."""
    return _spoken(islice(near_texts(phrase, vocabulary, seed), count), language, (seed, 7))


def sentence_clips(language: Language, count: int, seed: int) -> list[Floats]:
    """Sentences of common words; English ones also of words that do not exist."""
    if language.is_english:
        return espeak.running_speech(espeak.FILLERS, count, RATE_HZ, seed)
    sentences = espeak.common_sentences(np.random.default_rng((seed, 8)))
    return _spoken(map(" ".join, islice(sentences, count)), language, (seed, 9))


def _spoken(texts: Iterable[str], language: Language, seed: tuple[int, int]) -> list[Floats]:
    """Clips of texts; those that are silent are left out. Flite says English ones that are written in letters."""
    rng = np.random.default_rng(seed)
    clips = []
    for text in tracked(list(texts), "espeak-ng"):
        accents = espeak.ACCENTS if language.name == "en" and "[[" not in text else language.accents
        with suppress(WhipbirdError):
            clips.append(espeak.speak(text, RATE_HZ, rng, accents))
    return clips
