import numpy as np
import pytest
import soundfile

import whipbird
from whipbird.engine.classify import classify, read_clip
from whipbird.models.bundle import locate


@pytest.fixture(scope="module")
def word(demo):
    """The first word of the demo, in 16 bits."""
    samples, rate_hz = soundfile.read(demo, dtype="int16")
    return samples[: 2 * rate_hz], rate_hz


def test_a_word_has_a_label_a_score_and_scores(word, commands):
    found = whipbird.classify(*word)
    assert found.label == "yes"
    assert found.score == found.scores["yes"] == max(found.scores.values())
    assert list(found.scores) == commands.card.labels


def test_an_array_and_a_recording_of_it_are_classified_alike(word, tmp_path, commands):
    path = tmp_path / "word.wav"
    soundfile.write(path, *word)
    expected = classify(commands, *read_clip(str(path)))
    assert whipbird.classify(*word) == whipbird.classify(path) == expected


def test_models_are_names_folders_or_loaded(word):
    loaded = whipbird.load_model("commands")
    assert whipbird.classify(*word, loaded) == whipbird.classify(*word, locate("commands"))


def test_a_channel_is_chosen(word):
    samples, rate_hz = word
    stereo = np.stack((np.zeros_like(samples), samples), axis=1)
    assert whipbird.classify(stereo, rate_hz, channel=1).label == "_silence_"
    assert whipbird.classify(stereo, rate_hz, channel=2).label == "yes"


def test_samples_that_are_not_finite_are_refused():
    with pytest.raises(whipbird.SourceError, match="not finite numbers"):
        whipbird.classify(np.full(16_000, np.nan, np.float32), 16_000)


def test_an_unknown_model_is_refused(word):
    with pytest.raises(whipbird.BundleError, match="no-such-model"):
        whipbird.classify(*word, "no-such-model")
