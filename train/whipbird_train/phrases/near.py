"""What sounds like a phrase but is not it: parts of it, other words that resemble it, and changes of its sounds.

Distances are between sounds in espeak-ng's notation. Changes that an accent also makes (one vowel for another) are not
enough: what is taught not to be the phrase has another consonant, or lacks some of its sounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from whipbird_train.phrases.phrase import Phrase, is_vowel

__all__ = ["distance", "near_texts", "neighbours"]

Sounds = tuple[str, ...]

MARKS = ("", ".", ".", "!", "?", ",")
SHARES = {"parts": 0.35, "changes": 0.3, "neighbours": 0.35}
LEAST_PART, MOST_PART = 0.4, 0.8  # of the sounds of a phrase
KINDS = ("ptkbdg?", "fvszSZTDhxCX", "mnNJ", "lrRwjL")  # consonants that resemble each other
REPLACED = 0.3  # share of the sounds that are changed, at least one
SAME_KIND, OTHER_KIND, OTHER_CLASS, MISSING = 0.4, 0.8, 1.0, 0.7  # costs of a distance
LEAST_DISTANCE = 0.15  # for each sound: what is nearer is the phrase in another accent


def near_texts(phrase: Phrase, vocabulary: Sequence[str], seed: int) -> Iterator[str]:
    """Endless texts that sound like a phrase, each as synthetic voices take it.

    Parameters
    ----------
    vocabulary : sequence of str
        Words that resemble words of the phrase, see `neighbours`.
    """
    rng = np.random.default_rng((seed, 5))
    makers = {"parts": _part, "changes": _changed}
    names, shares = list(SHARES), np.array(list(SHARES.values()))
    if not len(vocabulary):
        shares[-1] = 0
    while True:
        name = str(rng.choice(names, p=shares / shares.sum()))
        text = _exchanged(phrase, vocabulary, rng) if name == "neighbours" else f"[[{makers[name](phrase, rng)}]]"
        yield text + str(rng.choice(MARKS))


def neighbours(phrase: Phrase, words: dict[str, Sounds], count: int) -> list[str]:
    """The words that sound most like the phrase, or like one of its words, nearest first."""
    targets = [*phrase.words, tuple(sound for word in phrase.words for sound in word)]
    known = {_plain(target) for target in targets}
    nearness = {
        text: min(distance(sounds, target) / max(len(target), len(sounds)) for target in targets)
        for text, sounds in words.items()
        if sounds and _plain(sounds) not in known
    }
    found = [text for text, near in nearness.items() if near >= LEAST_DISTANCE]
    return sorted(found, key=lambda text: nearness[text])[:count]


def distance(one: Sounds, other: Sounds) -> float:
    """Least cost of changes from some sounds to others."""
    row = np.arange(len(other) + 1) * MISSING
    for number, sound in enumerate(one, 1):
        before, row = row, np.empty_like(row)
        row[0] = number * MISSING
        for place, target in enumerate(other, 1):
            row[place] = min(
                before[place - 1] + _cost(sound, target), before[place] + MISSING, row[place - 1] + MISSING
            )
    return float(row[-1])


@lru_cache(maxsize=65_536)
def _cost(one: str, other: str) -> float:
    one, other = one.lstrip("',%="), other.lstrip("',%=")
    if one == other:
        return 0.0
    if is_vowel(one) != is_vowel(other):
        return OTHER_CLASS
    if is_vowel(one):
        return SAME_KIND
    return SAME_KIND if _kind(one) == _kind(other) else OTHER_KIND


def _kind(sound: str) -> int:
    return next((number for number, kind in enumerate(KINDS) if sound[:1] in kind), -1)


def _plain(sounds: Sounds) -> str:
    return "".join(sound.lstrip("',%=") for sound in sounds)


def _flat(phrase: Phrase) -> list[tuple[int, str]]:
    return [(number, sound) for number, word in enumerate(phrase.words) for sound in word]


def _written(sounds: Sequence[tuple[int, str]]) -> str:
    text, before = "", sounds[0][0] if sounds else 0
    for number, sound in sounds:
        text += (" " if number != before else "") + sound
        before = number
    return text


def _part(phrase: Phrase, rng: np.random.Generator) -> str:
    """The first or the last sounds of a phrase; of several words, also some of the words."""
    words = phrase.words
    if len(words) > 1 and rng.random() < 0.5:
        first = int(rng.integers(len(words)))
        last = int(rng.integers(first + 1, len(words) + (first > 0)))
        return " ".join("".join(word) for word in words[first:last])
    sounds = _flat(phrase)
    count = max(1, round(rng.uniform(LEAST_PART, MOST_PART) * len(sounds)))
    return _written(sounds[:count] if rng.random() < 0.5 else sounds[len(sounds) - count :])


def _changed(phrase: Phrase, rng: np.random.Generator) -> str:
    """The phrase with other sounds in place of some, among them a consonant of another kind."""
    sounds = _flat(phrase)
    inventory = [sound for kind in KINDS for sound in kind if sound not in "?xCXJRL"]
    vowels = sorted({sound for _, sound in sounds if is_vowel(sound)})
    count = max(1, round(rng.uniform(REPLACED, 2 * REPLACED) * len(sounds)))
    consonants = [place for place, (_, sound) in enumerate(sounds) if not is_vowel(sound)]
    places = set(rng.permutation(len(sounds))[:count].tolist())
    if consonants:
        places.add(int(rng.choice(consonants)))
    for place in places:
        number, sound = sounds[place]
        if is_vowel(sound):
            sounds[place] = number, str(rng.choice(vowels))
        else:
            others = [other for other in inventory if _kind(other) != _kind(sound)]
            sounds[place] = number, str(rng.choice(others))
    if not consonants:
        sounds = [*sounds, (sounds[-1][0], str(rng.choice(inventory)))]
    return _written(sounds)


def _exchanged(phrase: Phrase, vocabulary: Sequence[str], rng: np.random.Generator) -> str:
    """Words that resemble those of the phrase: alone, or in place of one of its words, or among them."""
    near = str(vocabulary[int(len(vocabulary) * rng.random() ** 2)])  # the nearest most often
    words = phrase.text.split()
    if len(words) > 1 and phrase.spoken == phrase.text and rng.random() < 0.6:
        place = int(rng.integers(len(words)))
        return " ".join([*words[:place], near, *words[place + 1 :]])
    if rng.random() < 0.4:
        return f"{near} {rng.choice(list(vocabulary))}"
    return near
