"""What synthetic voices say for models of words: the words, and much else that is none of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird_train.datasets.kokoro_voices import VOICES, read_voices, split_voices
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.synthesis import espeak
from whipbird_train.synthesis.kokoro import has_kokoro
from whipbird_train.synthesis.spoken_clips import cache_folder, in_many_voices, read_clips, speak_all, training_data

__all__ = ["KOKORO", "kokoro_words", "synthetic_speech"]

KOKORO = "kokoro/"  # starts the names of its clips
END_MARKS = (".", ".", "?", "!")  # which are heard as intonation


def synthetic_speech(
    words: Mapping[int, str],
    voices: int,
    unknown: int | None,
    others: int,
    sentences: int,
    foreign: int,
    rate_hz: int,
    length: int,
    seed: int,
) -> Sounds:
    """Make words and other speech of synthetic voices.

    Parameters
    ----------
    words : mapping of int to str
        Text for each label.
    voices : int
        Number of clips for each label.
    unknown : int or None
        Label of all other speech; None for no other speech.
    others : int
        Number of other words, none of which is among `words`.
    sentences : int
        Number of clips of running speech.
    foreign : int
        Number of clips of speech in other languages.
    rate_hz, length : int
        Sample rate and length of the clips.

    Raises
    ------
    FileNotFoundError
        If espeak-ng is not installed.
    """
    waves: list[Floats] = []
    labels: list[int] = []
    for label, word in words.items():
        waves += list(espeak.spoken_words(word, voices, rate_hz, length, seed))
        labels += [label] * voices
    if unknown is not None:
        said = {part for word in words.values() for part in word.lower().split()}
        fillers = [word for word in espeak.FILLERS if word not in said]
        for number, word in enumerate(np.random.default_rng(seed).choice(fillers, others)):
            waves += list(espeak.spoken_words(str(word), 1, rate_hz, length, seed + number))
        waves += list(espeak.spoken_sentences(fillers, sentences, rate_hz, length, seed))
        waves += list(espeak.foreign_speech(foreign, rate_hz, length, seed))
        labels += [unknown] * (others + sentences + foreign)
    names = tuple(f"synthetic/{number}" for number in range(len(waves)))
    splits = ("made",) * len(waves)
    return Sounds(waves, np.array(labels, np.int64), names, names, splits, espeak.training_data)


def kokoro_words(words: Mapping[int, str], voices: int, data: Path, seed: int) -> Sounds | None:
    """Words that Kokoro says, at 16 kHz; None if its packages or its voices are missing.

    It speaks about a second of sound per second and core, once: clips are kept.

    Parameters
    ----------
    words : mapping of int to str
        Text for each label.
    voices : int
        Number of clips for each label.
    data : Path
        Folder of data sets.
    """
    if not has_kokoro(data):
        return None
    rng = np.random.default_rng(seed)
    labels = {f"{word}{mark}": label for label, word in words.items() for mark in END_MARKS}
    texts = [f"{word}{rng.choice(END_MARKS)}" for word in words.values() for _ in range(voices)]
    own, _ = split_voices(read_voices(data / VOICES))
    plan = in_many_voices(texts, own, seed)
    speak_all(plan, data / VOICES, cache_folder())
    spoken = list(read_clips(plan, cache_folder()))
    names = tuple(f"{KOKORO}{said.key}" for said, _ in spoken)
    numbers = np.array([labels[said.text] for said, _ in spoken], np.int64)
    return Sounds([wave for _, wave in spoken], numbers, names, names, ("made",) * len(names), training_data)
