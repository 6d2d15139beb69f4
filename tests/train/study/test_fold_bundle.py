"""Bundles with another network."""

import keras
import numpy as np
import pytest

from whipbird.audio.clock import Clock
from whipbird.engine.detector import Detector
from whipbird.engine.timings import Timings
from whipbird.models.bundle import shipped_folder
from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.recipes.load import load_recipe
from whipbird_train.study.fold_bundle import make_fold_bundle


@pytest.mark.parametrize("name", ["capuchinbird", "digits"])
def test_a_bundle_listens_with_the_network_that_it_is_given(name, tmp_path, noise):
    """The bundle's score is the network's, in steps and in windows."""
    recipe = load_recipe(name)
    keras.utils.set_random_seed(1)
    network = recipe.network(len(recipe.labels))
    bundle = shipped_folder() / name
    before = (bundle / "card.json").read_bytes()
    model = make_fold_bundle(bundle, recipe, network, tmp_path / name)
    heard = Detector(model, "made", recipe.rate_hz, Clock(recipe.rate_hz), Timings())
    sound = np.tile(noise, 3)
    heard.process(sound)
    frontend = build_frontend(recipe.frontend, recipe.rate_hz)
    span = frontend.span(recipe.window)
    hop = model.card.hop
    last = sound[: len(sound) // hop * hop][-span:]
    expected = network.predict(frontend.whole(last)[None], verbose=0)[0]
    assert heard.scores == pytest.approx(expected, abs=1e-4)
    assert (bundle / "card.json").read_bytes() == before
