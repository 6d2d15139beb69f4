"""Other accents of a phrase: the same sounds in number, vowels in full, and only where they are wanted."""

import numpy as np
import pytest

from whipbird_train.phrases.accents import CHANGES, spoken_texts
from whipbird_train.phrases.phrase import Phrase, is_vowel
from whipbird_train.synthesis.command_texts import MARKS

COMPUTER = Phrase("computer", "computer", (("k", "@", "m", "p", "j", "'u:", "t#", "3"),), "kəmpjˈuːɾɚ")


def without_mark(text):
    return next(text.removesuffix(mark) for mark in sorted(MARKS, key=len, reverse=True) if text.endswith(mark))


def test_a_share_of_the_texts_has_other_sounds():
    texts = [without_mark(text) for text in spoken_texts(COMPUTER, 1000, 1, True)]
    changed = [text for text in texts if text != "computer"]
    assert 300 < len(changed) < 500
    assert all(text.startswith("[[k") and text.endswith("]]") for text in changed)
    assert sum("m" in text and "mpj" in text for text in changed) == len(changed)  # what no accent changes
    assert sum(text[3:].startswith(("V", "0", "a", "E", "'")) for text in changed) > len(changed) / 2
    assert len(set(changed)) > 20


def test_without_accents_there_is_the_phrase_alone():
    assert {without_mark(text) for text in spoken_texts(COMPUTER, 100, 1, False)} == {"computer"}


def test_the_same_seed_gives_the_same_texts():
    assert spoken_texts(COMPUTER, 50, 3, True) == spoken_texts(COMPUTER, 50, 3, True)
    assert spoken_texts(COMPUTER, 50, 3, True) != spoken_texts(COMPUTER, 50, 4, True)


@pytest.mark.parametrize("table", [changes for changes, _ in CHANGES])
def test_a_vowel_stays_a_vowel_and_a_consonant_a_consonant(table):
    for sound, others in table.items():
        assert {is_vowel(other) for other in others} == {is_vowel(sound)}
        assert sound not in others


def test_in_some_texts_every_syllable_is_stressed():
    phrase = Phrase("a b", "a b", (("'eI",), ("b", "i:")), "")
    texts = spoken_texts(phrase, 400, 1, True)
    stressed = np.mean(["'" in text and text.count("'") == 2 for text in texts])
    assert 0.05 < stressed < 0.25
