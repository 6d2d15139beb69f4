"""What synthetic voices say for models of words."""

import shutil
from collections import Counter

import numpy as np
import pytest

from whipbird_train.datasets.kokoro_voices import VOICES
from whipbird_train.datasets.speech_commands import WORDS
from whipbird_train.examples import synthetic_speech as module
from whipbird_train.examples.synthetic_speech import KOKORO, kokoro_words, synthetic_speech
from whipbird_train.synthesis import espeak

UNKNOWN = 1


@pytest.fixture
def spoken(monkeypatch, noise):
    """Texts to speak, which are recorded and not spoken."""
    said = []
    monkeypatch.setattr(espeak, "speak", lambda text, *_: said.append(text) or np.tile(noise, 3))
    return said


def speech(words, voices=2, unknown=UNKNOWN, others=40, sentences=5, foreign=3, seed=1):
    return synthetic_speech(words, voices, unknown, others, sentences, foreign, 16_000, 16_000, seed)


def test_every_word_is_said_by_so_many_voices_and_others_are_unknown(spoken):
    made = speech({4: "go", 7: "stop"})
    assert Counter(made.labels.tolist()) == {4: 2, 7: 2, UNKNOWN: 48}
    assert spoken[:4] == ["go", "go", "stop", "stop"]
    assert {wave.shape for wave in made.waves} == {(16_000,)}
    assert set(made.splits) == {"made"}
    assert made.training(len(made)).name == "synthetic speech"


def test_without_an_unknown_label_nothing_else_is_said(spoken):
    assert set(speech({0: "go"}, unknown=None).labels) == {0}
    assert set(spoken) == {"go"}


@pytest.mark.parametrize(
    "words",
    [WORDS, ("house", "bird"), ("House", "BIRD"), ("house", "bird", "about", "black")],
    ids=["commands", "your own", "capitals", "common ones"],
)
def test_no_word_is_said_as_a_filler_nor_within_a_sentence(spoken, words):
    speech(dict(enumerate(words, 2)), others=400, sentences=200)
    said = {word for text in spoken[2 * len(words) :] for word in text.lower().split()}
    assert not said & {word.lower() for word in words}


def test_no_sentences_are_as_good_as_some(spoken):
    assert len(speech({2: "go"}, sentences=0, foreign=0)) == 42


def test_other_languages_read_numbers(monkeypatch, noise):
    said = []
    monkeypatch.setattr(espeak, "speak", lambda text, *how: said.append((text, how[-1])) or noise)
    assert espeak.foreign_speech(6, 16_000, 16_000, 1).shape == (6, 16_000)
    assert all(text.isdigit() and languages == espeak.LANGUAGES for text, languages in said)
    assert not any(language.startswith("en") for language in espeak.LANGUAGES)


def test_real_voices_speak(noise):
    if not shutil.which("espeak-ng"):
        pytest.skip("espeak-ng makes the voices of this test")
    few = {"others": 1, "sentences": 1, "foreign": 1}
    one, other = (speech({2: "stop"}, **few) for _ in range(2))
    assert one.labels.tolist() == [2, 2, UNKNOWN, UNKNOWN, UNKNOWN]
    assert all(np.abs(wave).max() > 0.05 for wave in one.waves)
    assert not np.array_equal(one.waves[0], one.waves[1])
    assert one.key == other.key


def test_without_espeak_it_says_so(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError):
        speech({2: "stop"})


def test_kokoro_says_every_word_in_voices_to_train_with(monkeypatch, tmp_path, noise):
    plans = []
    monkeypatch.setattr(module, "has_kokoro", lambda data: True)
    monkeypatch.setattr(module, "speak_all", lambda plan, voices, folder: plans.append(plan))
    monkeypatch.setattr(
        module, "read_clips", lambda plan, folder: [(said, noise) for said in plan[1:]]
    )  # one is broken
    (tmp_path / VOICES).parent.mkdir(parents=True)
    np.savez(tmp_path / VOICES, **{f"af_{name}": np.zeros((2, 4)) for name in "abcdefgh"})
    made = kokoro_words({2: "go", 5: "low hum"}, 6, tmp_path, seed=1)
    [plan] = plans
    assert Counter(said.text.rstrip(".?!") for said in plan) == {"go": 6, "low hum": 6}
    assert made.labels.tolist() == [2] * 5 + [5] * 6
    assert all(name.startswith(KOKORO) for name in made.names)
    assert set(made.splits) == {"made"}
    assert made.training(11).source == "Kokoro, mixtures of its voices"


def test_without_kokoro_it_says_nothing(tmp_path):
    assert kokoro_words({2: "go"}, 6, tmp_path, seed=1) is None
