"""What Kokoro says for the ten commands, in which voices: those that teach, and those that only test."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from whipbird_train.synthesis.command_texts import command_texts, sentence_texts, similar_texts
from whipbird_train.synthesis.kokoro import Said
from whipbird_train.synthesis.spoken_clips import in_many_voices

__all__ = ["VOICES", "judging_plan", "split_voices", "teaching_plans"]

VOICES = Path("kokoro-voices") / "voices.npz"  # in the folder of data sets
TIMES, SIMILAR, SENTENCES = 220, 900, 1500  # of each command; of words that resemble commands; sentences
TESTED = 6000  # sentences, more than ten hours


def split_voices(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Voices to train with, some two thirds of all, and to test with; mixtures of voices are of one kind only."""
    train: list[str] = []
    test: list[str] = []
    for name in sorted(names):
        (train if hashlib.sha256(name.encode()).digest()[0] % 4 else test).append(name)
    return train, test


def teaching_plans(voices: Sequence[str], words: Sequence[str], transcripts: Sequence[str]) -> dict[str, list[Said]]:
    """Words that resemble commands (``similar``), commands (``words``), and ``sentences`` without them."""
    return {
        "similar": in_many_voices(similar_texts(SIMILAR, 1), voices, 11),
        "words": in_many_voices(command_texts(words, TIMES, 1), voices, 12),
        "sentences": in_many_voices(sentence_texts(transcripts, words, SENTENCES, 1), voices, 13),
    }


def judging_plan(voices: Sequence[str], words: Sequence[str], transcripts: Sequence[str]) -> list[Said]:
    """Sentences without commands."""
    return in_many_voices(sentence_texts(transcripts, words, TESTED, 2), voices, 14)
