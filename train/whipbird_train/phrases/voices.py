"""Synthetic voices that say a phrase, what sounds like it, and sentences without it.

Kokoro's voices are the best, and take a second of processor time for a second of sound: they speak for a given time,
and everything stays in the user's cache. What they say is in an order in which every kind gets its share whenever they
stop, and an interrupted run goes on where it was. espeak-ng and flite cost hardly anything, and add other voices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird_train.phrases.near import near_texts, neighbours
from whipbird_train.phrases.phrase import Language, Phrase, sounds_of
from whipbird_train.progress import tracked
from whipbird_train.synthesis import espeak
from whipbird_train.synthesis.command_plans import VOICES, split_voices
from whipbird_train.synthesis.command_texts import SIMILAR, command_texts
from whipbird_train.synthesis.kokoro import PARTS, VOCABULARY, Said, read_voices
from whipbird_train.synthesis.spoken_clips import cache_folder, in_many_voices, read_clips, speak_all

__all__ = [
    "Spoken",
    "has_kokoro",
    "plan_of",
    "quick_voices",
    "running",
    "said_quickly",
    "speak_for",
    "spoken_by_kokoro",
    "vocabulary_of",
]

RATE_HZ = 16_000
MOST = {"phrase": 3000, "near": 2000, "sentences": 1500, "test": 300}
IN_TURN = ("phrase", "near") * 4 + ("phrase",) * 3 + ("sentences", "test")  # shares of each kind
SEEDS = {"phrase": 21, "test": 22, "near": 23, "sentences": 24}
SENTENCE_WORDS = (4, 12)
NEIGHBOURS = 60
PER_PHRASE = {"phrase": 400, "near": 400}  # by espeak-ng and flite
RUNNING = 200  # sentences by them
END_MARKS = (".", ".", "?", "!")


@dataclass(frozen=True, eq=False)
class Spoken:
    """Clips of voices, each of shape (samples,).

    Attributes
    ----------
    phrase, near : list of arrays
        The phrase, and what sounds like it.
    """

    phrase: list[Floats]
    near: list[Floats]


def has_kokoro(data: Path) -> bool:
    """Whether Kokoro's packages and voices are here."""
    return (data / VOICES).is_file() and all(
        find_spec(name) is not None for name in (*PARTS, VOCABULARY, "onnxruntime")
    )


def vocabulary_of(phrase: Phrase, language: Language) -> list[str]:
    """Common words that sound like the phrase; English ones alone."""
    if not language.is_english:
        return []
    words = sorted({*espeak.FILLERS, *SIMILAR})
    sounds = sounds_of(words, language.accents[0])
    return neighbours(phrase, {word: sum(own, ()) for word, own in zip(words, sounds, strict=True)}, NEIGHBOURS)


def plan_of(phrase: Phrase, language: Language, vocabulary: Sequence[str], data: Path) -> dict[str, list[Said]]:
    """What Kokoro says, by kind; ``test`` is the phrase in voices that say nothing else."""
    train, test = split_voices(read_voices(data / VOICES))
    texts = {
        "phrase": command_texts([phrase.spoken], MOST["phrase"], 1),
        "near": list(islice(near_texts(phrase, vocabulary, 1), MOST["near"])),
        "sentences": list(islice(_sentences(phrase), MOST["sentences"])),
        "test": command_texts([phrase.spoken], MOST["test"], 2),
    }
    return {
        kind: in_many_voices(said, test if kind == "test" else train, SEEDS[kind], language.accents)
        for kind, said in texts.items()
    }


def speak_for(plans: Sequence[Mapping[str, Sequence[Said]]], data: Path, seconds: float) -> None:
    """Let Kokoro speak for some seconds, in turn for each phrase.

    Raises
    ------
    OSError
        If a clip cannot be written.
    """
    queues = [{kind: iter(plan[kind]) for kind in plan} for plan in plans]
    order: list[Said] = []
    for _ in range(max(MOST.values())):
        order += [said for queue in queues for kind in IN_TURN for said in islice(queue[kind], 1)]
    speak_all(order, data / VOICES, cache_folder(), within_s=seconds)


def spoken_by_kokoro(plan: Mapping[str, Sequence[Said]]) -> dict[str, list[Floats]]:
    """Clips that there are, by kind."""
    return {kind: [samples for _, samples in read_clips(own, cache_folder())] for kind, own in plan.items()}


def quick_voices(phrase: Phrase, language: Language, vocabulary: Sequence[str], seed: int) -> Spoken:
    """Clips by espeak-ng and flite."""
    rng = np.random.default_rng((seed, 6))
    texts = {
        "phrase": command_texts([phrase.spoken], PER_PHRASE["phrase"], seed),
        "near": list(islice(near_texts(phrase, vocabulary, seed), PER_PHRASE["near"])),
    }
    said = {kind: [_said(text, language, rng) for text in tracked(own, kind)] for kind, own in texts.items()}
    return Spoken(said["phrase"], said["near"])


def said_quickly(phrase: Phrase, language: Language, seed: int) -> Iterator[Floats]:
    """Endless clips of a phrase by espeak-ng and flite."""
    rng = np.random.default_rng((seed, 6))
    while True:
        yield _said(phrase.spoken, language, rng)


def running(language: Language, seed: int) -> list[Floats]:
    """Sentences by espeak-ng and flite, of words and made-up ones."""
    rng = np.random.default_rng((seed, 7))
    if language.is_english:
        return espeak.running_speech(espeak.FILLERS, RUNNING, RATE_HZ, seed)
    texts = [" ".join(rng.choice(espeak.FILLERS, rng.integers(*SENTENCE_WORDS))) for _ in range(RUNNING)]
    return [_said(text, language, rng) for text in tracked(texts, "sentences")]


def _said(text: str, language: Language, rng: np.random.Generator) -> Floats:
    accents = espeak.ACCENTS if language.name == "en" and "[[" not in text else language.accents
    return espeak.speak(text, RATE_HZ, rng, accents)


def _sentences(phrase: Phrase) -> Iterator[str]:
    """Endless sentences of common words without those of the phrase."""
    rng = np.random.default_rng(8)
    own = set(phrase.text.lower().split())
    while True:
        words = rng.choice(espeak.FILLERS, rng.integers(*SENTENCE_WORDS)).tolist()
        yield " ".join(word for word in words if word not in own) + str(rng.choice(END_MARKS))
