"""What sounds like a phrase: distances, and texts that are never the phrase itself."""

import re
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from whipbird_train.phrases.near import MISSING, OTHER_CLASS, distance, near_texts, neighbours
from whipbird_train.phrases.phrase import Phrase

sounds = st.lists(st.sampled_from(["k", "'a", "@", "m", "s", "t", "'eI", "l"]), max_size=7).map(tuple)
PHRASE = Phrase("hey kessa", "hey kessa", (("h", "'eI"), ("k", "'E", "s", "@")), "hˈeɪ kˈɛsə")


@given(sounds, sounds)
def test_a_distance_is_the_same_both_ways_and_none_to_itself(one, other):
    assert distance(one, one) == 0
    assert abs(distance(one, other) - distance(other, one)) < 1e-9
    assert distance(one, other) <= OTHER_CLASS * max(len(one), len(other)) + 1e-9


@given(sounds, sounds, sounds)
def test_a_detour_is_never_shorter(one, other, third):
    assert distance(one, third) <= distance(one, other) + distance(other, third) + 1e-9


def test_a_sound_that_is_missing_has_its_cost_and_stress_has_none():
    assert distance(("k", "'a"), ("k", "a")) == 0
    assert distance(("k", "'a", "s"), ("k", "a")) == MISSING


def test_neighbours_are_sorted_and_never_the_phrase_itself():
    words = {
        "kessa": ("k", "'E", "s", "@"),
        "hessa": ("h", "'E", "s", "@"),
        "moon": ("m", "'u:", "n"),
        "silent": (),
    }
    assert neighbours(PHRASE, words, 5) == ["hessa", "moon"]
    assert neighbours(PHRASE, words, 1) == ["hessa"]


def test_texts_are_the_same_for_the_same_seed_and_none_is_the_phrase():
    one, again, other = (list(islice(near_texts(PHRASE, ["hessa", "moon"], seed), 300)) for seed in (1, 1, 2))
    assert one == again != other
    plain = [re.sub(r"[^\w@' ]", "", text) for text in one]
    assert PHRASE.notation not in plain
    assert PHRASE.text not in plain
    assert {"h'eI", "k'Es@", "hessa", "hey hessa"} <= set(plain)  # parts of it, and words in place of others


def test_without_words_that_resemble_it_there_are_parts_and_changes():
    assert all(text.startswith("[[") for text in islice(near_texts(PHRASE, [], 1), 100))
