"""What synthetic voices say to teach the ten commands: the commands, words that resemble them, and sentences without.

Sentences are what readers of LibriSpeech read, cut to a length that a voice says in one breath. Words that sound
exactly like a command ("know", "write") are commands to a listener, and occur in none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from whipbird_train.datasets.read_speech import COMMANDS
from whipbird_train.datasets.speech_commands import WORDS

__all__ = ["MARKS", "SAME_SOUND", "SIMILAR", "command_texts", "sentence_texts", "similar_texts"]

SAME_SOUND = frozenset({*COMMANDS, "writ"}).difference(WORDS)
SIMILAR = Path(__file__).with_name("similar.txt").read_text(encoding="utf-8").split()  # to one of the commands
MARKS = ("", ".", ".", "!", "!", "?", ",", "...")
WORDS_IN_SENTENCE = (4, 14)


def command_texts(words: Iterable[str], count: int, seed: int) -> list[str]:
    """Each word ``count`` times, with punctuation that changes its intonation."""
    rng = np.random.default_rng((seed, 0))
    return [word + str(rng.choice(MARKS)) for word in words for _ in range(count)]


def similar_texts(count: int, seed: int) -> list[str]:
    """Words that resemble commands, alone or two or three in a row."""
    rng = np.random.default_rng((seed, 1))
    return [" ".join(rng.choice(SIMILAR, rng.integers(1, 4))) + str(rng.choice(MARKS)) for _ in range(count)]


def sentence_texts(transcripts: Sequence[str], words: Iterable[str], count: int, seed: int) -> list[str]:
    """Pieces of transcripts without the words; in a third of them, a word that resembles one takes another's place.

    The pieces come in random order, each with punctuation; at most ``count``, and fewer if the transcripts have fewer.
    """
    rng = np.random.default_rng((seed, 2))
    forbidden = set(words) | SAME_SOUND
    pieces = []
    for transcript in transcripts:
        said: list[str] = []
        for word in [*re.findall(r"[a-z']+", transcript.lower()), ""]:
            longest = int(rng.integers(*WORDS_IN_SENTENCE))
            if word in forbidden or not word or len(said) >= longest:
                if len(said) >= WORDS_IN_SENTENCE[0]:
                    pieces.append(said)
                said = []
            if word and word not in forbidden:
                said.append(word)
    texts = []
    for number in rng.permutation(len(pieces))[:count]:
        said = list(pieces[number])
        if rng.random() < 1 / 3:
            said[rng.integers(len(said))] = str(rng.choice(SIMILAR))
        texts.append(" ".join(said) + str(rng.choice((".", ".", "?", "!"))))
    return texts
