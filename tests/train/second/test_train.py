"""A second network is trained onto a bundle, and asked there."""

import numpy as np
import pytest

from spoilt_bundles import edit
from whipbird.models.card import Second
from whipbird.models.model import Model
from whipbird_train.datasets.speech_commands import LABELS, WORDS, training_data
from whipbird_train.fitting.fit import FitSettings
from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.recipes.commands import FRONTEND
from whipbird_train.second.train import SecondSettings, add_second
from whipbird_train.streams.scene_features import kept_scenes
from whipbird_train.streams.scenes import Scene

pytest.importorskip("openwakeword")

RATE_HZ = 16_000
ONCE = FitSettings(1, batch=8, optimizer="adam")
SETTINGS = SecondSettings(Second(window=203, ask_from=0.3, weight=0.5), 0.2, 1, 8, ONCE, ONCE)


@pytest.fixture
def speech(said):
    return [np.pad(said[word], 4000) for word in (*WORDS, "happy")]


@pytest.fixture
def scenes(speech, tmp_path):
    scene = Scene(np.concatenate([np.zeros(3 * RATE_HZ, np.float32), *speech]), ())
    frontend = build_frontend(FRONTEND, RATE_HZ)
    return kept_scenes(tmp_path / "scenes.npz", lambda: iter([scene]), [frontend], LABELS, RATE_HZ, "scenes")


def test_a_bundle_gets_a_second_network_once(bundle, scenes, speech, tmp_path, monkeypatch):
    before = {(one.name, one.source) for one in Model(str(bundle)).card.training if one.name != training_data(1).name}
    card = add_second(bundle, scenes, speech, [training_data(10**6)], SETTINGS, tmp_path / "run", 1)
    model = Model(str(bundle))
    assert model.card == card
    assert card.second == SETTINGS.second
    assert card.results["second"]["parameters"] <= 500_000
    own = [one for one in card.training if one.name != training_data(1).name]
    assert {(one.name, one.source) for one in own} == before
    assert [one.recordings for one in card.training if one.name == training_data(1).name] == [10**6]
    state = model.network.new_state()
    scores = model.network.score([state], np.tile(model.frontend().silence(), (1, 60, 1)))
    np.testing.assert_allclose(scores.sum(axis=-1), 1, atol=1e-3)

    monkeypatch.setattr("whipbird_train.second.heard_epochs.listen", lambda *_: pytest.fail("it listens again"))
    frames = np.random.default_rng(1).uniform(-60, -20, (1, 240, 40)).astype(np.float32)
    monkeypatch.setattr(model.network, "_ask_from", 0)
    expected = model.network.score([model.network.new_state()], frames)
    edit(bundle, lambda fields: fields.pop("second"))
    add_second(bundle, scenes, speech, [training_data(5)], SETTINGS, tmp_path / "run", 1)
    again = Model(str(bundle)).network
    monkeypatch.setattr(again, "_ask_from", 0)
    np.testing.assert_allclose(again.score([again.new_state()], frames), expected, atol=1e-5)
