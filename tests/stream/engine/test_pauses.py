import numpy as np
import pytest

from whipbird.engine.pauses import WordPauses

RATE_HZ = 16_000
FRAME = 160


@pytest.fixture
def pauses(commands):
    return WordPauses(commands.card, RATE_HZ, FRAME)


def test_there_is_a_pause_where_it_is_quiet_between_two_words(commands, pauses, noise):
    after_s = commands.card.reference_s
    pauses.push(noise)
    assert not pauses.is_pause(pauses.levels_db())
    loud = np.abs(np.arange(RATE_HZ) / RATE_HZ - (1 - after_s)) > 0.1  # quiet for 0.2 s around what scores are about
    pauses.push(np.where(loud, noise, 1e-3 * noise).astype(np.float32))
    assert pauses.is_pause(pauses.levels_db())


def test_a_word_may_be_where_any_reported_label_scores(commands, pauses):
    labels = commands.card.labels
    scores = np.zeros(len(labels), np.float32)
    assert not pauses.may_be_word(scores)
    scores[labels.index("_silence_")] = 1
    assert not pauses.may_be_word(scores)
    assert pauses.has_no_word(scores[None])
    scores[labels.index("yes")] = 0.2
    assert pauses.may_be_word(scores)
    assert not pauses.has_no_word(np.stack((np.zeros_like(scores), scores)))


def test_pauses_divide_words_and_not_calls(commands, calls):
    assert WordPauses(commands.card, RATE_HZ, FRAME).apply
    assert not WordPauses(calls.card, RATE_HZ, FRAME).apply


def test_phrases_are_not_divided_by_pauses(commands):
    card = commands.card.model_copy(update={"pauses": False})
    pauses = WordPauses(card, 16_000, 160)
    assert not pauses.apply
    assert pauses.levels_db() is None
    assert WordPauses(commands.card, 16_000, 160).levels_db() is not None
