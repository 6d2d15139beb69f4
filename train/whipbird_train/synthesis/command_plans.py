"""What Kokoro says for the ten commands, in which voices: those that teach, and those that only test."""

from __future__ import annotations

from pathlib import Path

from whipbird_train.datasets.kokoro_voices import VOICES, check_voices, read_voices, split_voices
from whipbird_train.datasets.read_speech import NAME, read_transcripts
from whipbird_train.datasets.speech_commands import WORDS
from whipbird_train.synthesis.command_texts import command_texts, sentence_texts, similar_texts
from whipbird_train.synthesis.kokoro import Said
from whipbird_train.synthesis.spoken_clips import in_many_voices

__all__ = ["read_plans"]

TIMES, SIMILAR, SENTENCES = 220, 900, 1500  # of each command; of words that resemble commands; sentences
JUDGING = 6000  # sentences that test, at the most


def read_plans(data: Path) -> dict[str, list[Said]]:
    """What Kokoro says, from the folder of data sets: to train with, words that resemble commands (``similar``),
    ``sentences`` without commands, and commands (``words``); to test with, other sentences without them (``judging``).

    Raises
    ------
    DataError
        If there are no voices.
    """
    check_voices(data)
    train, test = split_voices(read_voices(data / VOICES))
    taught, read = (read_transcripts(data / NAME, split) for split in ("train", "validation"))
    return {
        "similar": in_many_voices(similar_texts(SIMILAR, 1), train, 11),
        "sentences": in_many_voices(sentence_texts(taught, WORDS, SENTENCES, 1), train, 13),
        "words": in_many_voices(command_texts(WORDS, TIMES, 1), train, 12),
        "judging": in_many_voices(sentence_texts(read, WORDS, JUDGING, 2), test, 14),
    }
