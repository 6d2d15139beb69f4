"""A second network is trained onto a bundle, and asked there."""

import numpy as np
import pytest

from spoilt_bundles import edit
from whipbird.models.card import Second
from whipbird.models.model import Model
from whipbird_train.datasets.speech_commands import UNKNOWN, WORDS, training_data
from whipbird_train.examples.places import Places
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.second import heard_epochs
from whipbird_train.second.heard import Heard
from whipbird_train.second.train import SecondSettings, add_second
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.streams.scenes import Scenes, Speech

pytest.importorskip("openwakeword")

RATE_HZ = 16_000
SETTINGS = SecondSettings(
    Second(window=197, ask_from=0.3, weight=0.5),
    0.2,
    1,
    8,
    1,
    FitSettings(1, batch=8, optimizer="adam"),
    FitSettings(1, batch=8, optimizer="adam"),
)


@pytest.fixture
def scenes(say):
    words = [Sound(np.pad(say(word), 4000), word, "") for word in WORDS]
    words.append(Sound(np.pad(say("bird"), 4000), UNKNOWN, ""))
    speech = [[Speech(say("the goat went down town"))]]
    return Scenes(words, speech, [np.ones(RATE_HZ, np.float32)], [], Places([], RATE_HZ, 0, 0, 0), RATE_HZ)


def test_a_bundle_gets_a_second_network_once(bundle, scenes, tmp_path, monkeypatch):
    edit(bundle, lambda card: card.pop("second", None))
    (bundle / "second.tflite").unlink(missing_ok=True)
    card = add_second(bundle, scenes, [training_data(11)], SETTINGS, 1, tmp_path / "run", 1)
    model = Model(str(bundle))
    assert model.card == card
    assert card.second == SETTINGS.second
    assert card.results["second"]["parameters"] <= 500_000
    assert [one.recordings for one in card.training if one.name == training_data(1).name] == [11]
    state = model.network.new_state()
    scores = model.network.score([state], np.tile(model.frontend().silence(), (1, 60, 1)))
    np.testing.assert_allclose(scores.sum(axis=-1), 1, atol=1e-3)

    monkeypatch.setattr(heard_epochs.HeardEpochs, "_part", lambda *_: pytest.fail("it listens again"))
    window = np.random.default_rng(1).uniform(-60, -20, (card.window, 40)).astype(np.float32)
    expected = model.windowed_network.score_window(window)
    edit(bundle, lambda fields: fields.pop("second"))
    add_second(bundle, scenes, [training_data(11)], SETTINGS, 1, tmp_path / "run", 1)
    np.testing.assert_allclose(Model(str(bundle)).windowed_network.score_window(window), expected, atol=1e-6)


def test_epochs_have_as_many_windows_as_asked_for(tmp_path, scenes):
    class Deaf:
        def listen(self, scene, rng):
            return Heard(np.zeros((3, 5, 2), np.float16), np.arange(3))

    made = heard_epochs.HeardEpochs(tmp_path, 2, 20, 1, scenes, Deaf(), 1)
    assert len(made) == 20
    assert made.labels(0).shape == (20,)
    assert set(made.labels(0)) == {0, 1, 2}
    assert made.features(1, "any").shape == (20, 5, 2)
