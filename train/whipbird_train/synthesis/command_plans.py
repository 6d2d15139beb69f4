"""What Kokoro says for the ten commands, in which voices: those that teach, and those that only test."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from whipbird.errors import DataError
from whipbird_train.datasets.read_speech import NAME, read_transcripts
from whipbird_train.datasets.speech_commands import WORDS
from whipbird_train.synthesis.command_texts import command_texts, sentence_texts, similar_texts
from whipbird_train.synthesis.kokoro import Said, read_voices
from whipbird_train.synthesis.spoken_clips import in_many_voices

__all__ = ["VOICES", "read_plans", "split_voices"]

VOICES = Path("kokoro-voices") / "voices.npz"  # in the folder of data sets
TIMES, SIMILAR, SENTENCES = 220, 900, 1500  # of each command; of words that resemble commands; sentences
JUDGING = 6000  # sentences that test, at the most


def split_voices(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Voices to train with, some two thirds of all, and to test with; mixtures of voices are of one kind only."""
    train: list[str] = []
    test: list[str] = []
    for name in sorted(names):
        (train if hashlib.sha256(name.encode()).digest()[0] % 4 else test).append(name)
    return train, test


def read_plans(data: Path) -> dict[str, list[Said]]:
    """What Kokoro says, from the folder of data sets: to train with, words that resemble commands (``similar``),
    ``sentences`` without commands, and commands (``words``); to test with, other sentences without them (``judging``).

    Raises
    ------
    DataError
        If there are no voices.
    """
    if not (data / VOICES).is_file():
        raise DataError(f"no {data / VOICES}: voices of Kokoro")
    train, test = split_voices(read_voices(data / VOICES))
    taught, read = (read_transcripts(data / NAME, split) for split in ("train", "validation"))
    return {
        "similar": in_many_voices(similar_texts(SIMILAR, 1), train, 11),
        "sentences": in_many_voices(sentence_texts(taught, WORDS, SENTENCES, 1), train, 13),
        "words": in_many_voices(command_texts(WORDS, TIMES, 1), train, 12),
        "judging": in_many_voices(sentence_texts(read, WORDS, JUDGING, 2), test, 14),
    }
