"""What Kokoro says for a phrase: the phrase, what sounds like it, and sentences without it.

Its voices are the best, and take a second of processor time for a second of sound: they speak for a given time, in an
order in which every kind gets its share whenever they stop. All clips stay in the user's cache, and a run's folder
keeps for how long they have spoken, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird_train.datasets.kokoro_voices import VOICES, read_voices, split_voices
from whipbird_train.phrases.accents import spoken_texts
from whipbird_train.phrases.near import near_texts
from whipbird_train.phrases.phrase import Language, Phrase
from whipbird_train.phrases.stopwatch import spent_s, timed
from whipbird_train.synthesis.espeak import common_sentences
from whipbird_train.synthesis.kokoro import Said
from whipbird_train.synthesis.spoken_clips import cache_folder, in_many_voices, read_clips, speak_all

__all__ = ["KINDS", "clips_by_kind", "in_turn", "plan_of", "speak_for"]

KINDS = {"phrase": 3000, "near": 2000, "sentences": 1500, "test": 300}  # and the most of each
TURN = ("phrase", "near") * 4 + ("phrase",) * 3 + ("sentences", "test")  # shares of each kind
SEEDS = {"phrase": 21, "test": 22, "near": 23, "sentences": 24}
SPEEDS = (0.6, 1.3)  # people speak to machines slowly
END_MARKS = (".", ".", "?", "!")
SPOKEN = "spoken.json"


def plan_of(phrase: Phrase, language: Language, vocabulary: Sequence[str], data: Path) -> dict[str, list[Said]]:
    """What is said, by kind; ``test`` is the phrase in voices that say nothing else."""
    train, test = split_voices(read_voices(data / VOICES))
    texts = {
        "phrase": spoken_texts(phrase, KINDS["phrase"], 1, language.is_english),
        "near": list(islice(near_texts(phrase, vocabulary, 1), KINDS["near"])),
        "sentences": list(islice(_sentences(phrase), KINDS["sentences"])),
        "test": spoken_texts(phrase, KINDS["test"], 2, language.is_english),
    }
    return {
        kind: in_many_voices(said, test if kind == "test" else train, SEEDS[kind], language.accents, SPEEDS)
        for kind, said in texts.items()
    }


def speak_for(plans: Sequence[Mapping[str, Sequence[Said]]], data: Path, seconds: float, run: Path) -> None:
    """Let Kokoro speak for what is left of some seconds, which earlier calls with the same run have not used.

    Raises
    ------
    WhipbirdError
        If packages are missing.
    OSError
        If a clip cannot be written.
    """
    if (left_s := seconds - spent_s(run / SPOKEN)) > 0:
        with timed(run / SPOKEN):
            speak_all(in_turn(plans), data / VOICES, cache_folder(), within_s=left_s)


def in_turn(plans: Sequence[Mapping[str, Sequence[Said]]]) -> list[Said]:
    """All that is planned, so that any beginning of it has about the same share of every kind and every plan."""
    queues = [{kind: iter(own) for kind, own in plan.items()} for plan in plans]
    order: list[Said] = []
    while True:
        before = len(order)
        order += [said for kind in TURN for queue in queues for said in islice(queue[kind], 1)]
        if len(order) == before:
            return order


def clips_by_kind(plan: Mapping[str, Sequence[Said]]) -> dict[str, list[Floats]]:
    """Clips that there are, each of shape (samples,), by kind."""
    return {kind: [samples for _, samples in read_clips(own, cache_folder())] for kind, own in plan.items()}


def _sentences(phrase: Phrase) -> Iterator[str]:
    """Endless sentences of common words without those of the phrase."""
    rng = np.random.default_rng((8, zlib.crc32(phrase.text.encode())))  # several phrases have different ones
    own = set(phrase.text.lower().split())
    for words in common_sentences(rng):
        yield " ".join(word for word in words if word not in own) + str(rng.choice(END_MARKS))
