"""Phrases: what they sound like, and what is none."""

import shutil

import pytest

from whipbird.errors import DataError, WhipbirdError
from whipbird_train.phrases import phrase as module
from whipbird_train.phrases.phrase import LANGUAGES, is_vowel, language_of, make_phrase, sounds_of

needs_espeak = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng turns texts into sounds")
ENGLISH = LANGUAGES["en"]


@needs_espeak
def test_its_sounds_are_shown_in_both_notations():
    one = make_phrase("  hey   computer ", ENGLISH)
    assert (one.text, one.spoken, one.syllables, len(one.words)) == ("hey computer", "hey computer", 4, 2)
    assert "mpj" in one.ipa
    assert one.notation.startswith("h'eI k")


@needs_espeak
def test_corrected_sounds_take_the_place_of_the_text():
    plain, corrected = make_phrase("data", ENGLISH), make_phrase("data", ENGLISH, "d'A:t@")
    assert corrected.text == plain.text
    assert corrected.spoken == "[[d'A:t@]]"
    assert corrected.ipa != plain.ipa
    assert "ɑː" in corrected.ipa
    assert make_phrase("data", ENGLISH, corrected.notation).ipa == corrected.ipa


@needs_espeak
def test_one_syllable_is_short():
    assert make_phrase("go", ENGLISH).is_short
    assert not make_phrase("alexa", ENGLISH).is_short


@needs_espeak
@pytest.mark.parametrize(("name", "text"), [("es", "oye casa"), ("fr", "dis maison"), ("hi", "नमस्ते")])
def test_other_languages(name, text):
    assert make_phrase(text, language_of(name)).syllables >= 2


@pytest.mark.parametrize("text", ["", "...", "42", "route 66", "你好", "-", "a_b", "x" * 61])
def test_what_is_no_phrase_is_refused(text):
    with pytest.raises(DataError, match="letters"):
        make_phrase(text, ENGLISH)


@needs_espeak
def test_sounds_that_cannot_be_pronounced_are_refused():
    with pytest.raises(DataError, match="cannot be pronounced"):
        make_phrase("hello", ENGLISH, "%%%")


def test_a_language_without_voices_is_refused():
    with pytest.raises(DataError, match="no voices for the language 'xx'"):
        language_of("xx")


def test_without_espeak_it_says_what_to_install(monkeypatch):
    def missing(*arguments, **options):
        raise FileNotFoundError

    monkeypatch.setattr(module.subprocess, "run", missing)
    with pytest.raises(WhipbirdError, match="espeak-ng is not installed"):
        make_phrase("hello", ENGLISH)


@needs_espeak
def test_sounds_of_many_texts_come_in_their_order():
    texts = ["bird", "hey computer", "a"]
    found = sounds_of(texts, "en-us")
    assert [len(words) for words in found] == [1, 2, 1]
    assert found == [sounds_of([text], "en-us")[0] for text in texts]
    assert [is_vowel(sound) for sound in found[0][0]] == [False, True, False]
