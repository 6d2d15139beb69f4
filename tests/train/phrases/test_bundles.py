"""Cards of phrases: what they say of short phrases, of other languages and of their licence."""

import pytest

from whipbird.errors import WhipbirdError
from whipbird_train.phrases import bundles as module
from whipbird_train.phrases.bundles import front_files, phrases_card
from whipbird_train.phrases.phrase import LANGUAGES, Phrase

COMPUTER = Phrase("hey computer", "hey computer", (("h", "'eI"), ("k", "@", "m", "p", "j", "'u:", "t#", "3")), "hˈeɪ")
GO = Phrase("go", "go", (("g", "'oU"),), "ɡˈoʊ")


def card(*phrases, language="en"):
    return phrases_card("my words", phrases, LANGUAGES[language], 12, 0.8, [])


def test_a_card_of_one_phrase():
    made = card(COMPUTER)
    assert (made.name, made.labels, list(made.debounce)) == (
        "my-words",
        ["_silence_", "_unknown_", "hey computer"],
        ["hey computer"],
    )
    assert (made.window, made.hop_s, made.lead_s, made.frontend.kind) == (12, 0.08, 0.95, "speech_embedding")
    assert made.licence.startswith("CC BY 4.0")
    assert "Apache-2.0" in made.licence
    assert "syllable" not in made.limits
    assert "untested" not in made.limits


@pytest.mark.parametrize(("given", "words"), [({"language": "es"}, "untested"), ({}, "one syllable")])
def test_what_it_cannot_do_is_in_its_limits(given, words):
    assert words in card(GO if not given else COMPUTER, **given).limits


def test_all_phrases_of_a_list_are_reported():
    made = card(COMPUTER, GO)
    assert list(made.debounce) == ["hey computer", "go"]
    assert "hey computer" in made.description


def test_the_front_end_is_that_of_openwakeword():
    pytest.importorskip("pyopen_wakeword")
    assert set(front_files()) == {"mel.tflite", "embedding.tflite"}


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(module, "find_bundles", dict)
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(WhipbirdError, match="missing: pyopen_wakeword"):
        front_files()
