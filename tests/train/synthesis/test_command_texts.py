"""Texts that teach commands: no command where there should be none."""

import re
from collections import Counter

from whipbird_train.synthesis.command_texts import SAME_SOUND, SIMILAR, command_texts, sentence_texts, similar_texts

WORDS = ("down", "go", "no", "stop")
TRANSCRIPTS = ["WE KNOW THAT HE WOULD GO TO THE MILL BY THE RIVER AND STAY THERE", "STOP IT", "A B C D E"] * 20


def test_each_command_is_said_with_different_intonations():
    texts = command_texts(WORDS, 30, 1)
    assert Counter(re.sub(r"\W", "", text) for text in texts) == dict.fromkeys(WORDS, 30)
    assert len(set(texts)) > 2 * len(WORDS)
    assert texts == command_texts(WORDS, 30, 1) != command_texts(WORDS, 30, 2)


def test_no_word_that_resembles_a_command_is_one_or_sounds_like_one():
    commands = {"down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes"}
    assert not (commands | SAME_SOUND) & {word.lower() for word in SIMILAR}
    for text in similar_texts(200, 1):
        assert 1 <= len(text.rstrip("!?.,").split()) <= 3


def test_sentences_are_pieces_of_transcripts_without_commands():
    texts = sentence_texts(TRANSCRIPTS, WORDS, 30, 1)
    assert texts == sentence_texts(TRANSCRIPTS, WORDS, 30, 1)
    assert len(texts) == 30
    with_similar = 0
    for text in texts:
        words = text[:-1].split()
        assert len(words) >= 4
        assert not ({*WORDS} | SAME_SOUND) & {word.lower() for word in words}
        with_similar += any(word in SIMILAR and word.upper() not in " ".join(TRANSCRIPTS).split() for word in words)
    assert 0 < with_similar < 30


def test_fewer_sentences_if_there_are_no_more():
    assert len(sentence_texts(["A B C D E"], WORDS, 30, 1)) == 1
