"""A phrase, how it sounds, and in which language.

A phrase is what a user typed. Its sounds are those that espeak-ng makes of it, in its own notation (which espeak-ng
also reads, in double square brackets) and in the International Phonetic Alphabet; a user may correct them.
"""

from __future__ import annotations

import re
import subprocess
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from whipbird.errors import DataError, WhipbirdError
from whipbird.text import choice
from whipbird_train.synthesis.kokoro import ACCENTS

__all__ = ["LANGUAGES", "Language", "Phrase", "language_of", "make_phrase", "sounds_of"]

MOST_LETTERS = 60
SEPARATOR = "_"
FEW_SYLLABLES = 2  # with fewer, a phrase sounds like parts of many words


@dataclass(frozen=True)
class Language:
    """A language that synthetic voices speak.

    Attributes
    ----------
    accents : tuple of str
        Voices of espeak-ng, the usual one first.
    script : str
        With which the Unicode names of its letters start.
    """

    name: str
    accents: tuple[str, ...]

    script: str = "LATIN"

    @property
    def is_english(self) -> bool:
        return self.name.startswith("en")

    def writes(self, letter: str) -> bool:
        """Whether a character is one of its letters or their marks."""
        return unicodedata.category(letter)[0] in "LM" and unicodedata.name(letter, "").startswith(self.script)


LANGUAGES = {
    one.name: one
    for one in (
        Language("en", ACCENTS),
        Language("en-us", ("en-us", "en-us-nyc")),
        Language("en-gb", ("en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan")),
        Language("es", ("es", "es-419")),
        Language("fr", ("fr", "fr-be", "fr-ch")),
        Language("it", ("it",)),
        Language("pt", ("pt-br", "pt")),
        Language("hi", ("hi",), "DEVANAGARI"),
    )
}


@dataclass(frozen=True)
class Phrase:
    """A phrase to detect.

    Attributes
    ----------
    text : str
        As typed, without further spaces; the label of the model.
    spoken : str
        What voices are given: the text, or sounds in espeak-ng's notation.
    words : tuple of tuple of str
        Its sounds, word by word, in espeak-ng's notation.
    ipa : str
    """

    text: str
    spoken: str
    words: tuple[tuple[str, ...], ...]
    ipa: str

    @property
    def notation(self) -> str:
        """Its sounds as `--phonemes` takes them."""
        return " ".join("".join(word) for word in self.words)

    @property
    def syllables(self) -> int:
        return sum(is_vowel(sound) for word in self.words for sound in word)

    @property
    def is_short(self) -> bool:
        return self.syllables < FEW_SYLLABLES


def language_of(name: str) -> Language:
    """A language by its name.

    Raises
    ------
    DataError
        If there are no voices for it.
    """
    if name not in LANGUAGES:
        raise DataError(f"no voices for the language {name!r}; {choice(name, LANGUAGES)}")
    return LANGUAGES[name]


def make_phrase(text: str, language: Language, notation: str | None = None) -> Phrase:
    """A phrase from what a user typed, with its sounds corrected if they are given.

    Raises
    ------
    DataError
        If there is nothing in it to pronounce, or it is too long.
    WhipbirdError
        If espeak-ng is missing.
    """
    text = " ".join(text.split())
    if not any(map(str.isalpha, text)) or not all(language.writes(letter) or letter in " '’-" for letter in text):
        raise DataError(f"{text!r}: a phrase consists of words in letters of its language; write numbers out")
    if len(text) > MOST_LETTERS:
        raise DataError(f"{text!r}: {len(text)} letters, a phrase has up to {MOST_LETTERS}")
    spoken = text if notation is None else f"[[{notation}]]"
    accent = language.accents[0]
    words = sounds_of([spoken], accent)[0]
    if not any(is_vowel(sound) for word in words for sound in word):
        raise DataError(
            f'{notation or text!r}: cannot be pronounced; correct it with --phonemes, such as "k@mpj\'u:t3"'
        )
    return Phrase(text, spoken, words, " ".join(_espeak(["--ipa"], spoken, accent).split()))


def sounds_of(texts: Sequence[str], accent: str) -> list[tuple[tuple[str, ...], ...]]:
    """Sounds of some texts, each a line, word by word, in espeak-ng's notation."""
    lines = _espeak(["-x", f"--sep={SEPARATOR}"], "\n".join(texts), accent).splitlines() if texts else []
    if len(lines) != len(texts):  # a long text comes in several lines
        lines = [" ".join(_espeak(["-x", f"--sep={SEPARATOR}"], text, accent).split()) for text in texts]
    return [
        tuple(tuple(filter(None, word.split(SEPARATOR))) for word in re.sub(r"\(\w+\)", " ", line).split())
        for line in lines
    ]


def is_vowel(sound: str) -> bool:
    """Whether a sound, in espeak-ng's notation, is a vowel."""
    return sound.lstrip("',%=")[:1] in set("aeiouyAEIOUYV@03&WQ")


def _espeak(options: Sequence[str], text: str, accent: str) -> str:
    command = ["espeak-ng", "-q", *options, "-v", accent]
    try:
        done = subprocess.run(command, input=text, check=True, capture_output=True, text=True, encoding="utf-8")
    except FileNotFoundError:
        raise WhipbirdError("espeak-ng is not installed; on Debian and Ubuntu: sudo apt install espeak-ng") from None
    except subprocess.CalledProcessError as error:
        raise WhipbirdError(f"espeak-ng cannot say {text!r} with its voice {accent}: {error.stderr.strip()}") from error
    return done.stdout.strip()
