"""A network that takes the embedding of another installed model."""

import hashlib

import numpy as np
import pytest

from made_networks import made_network
from spoilt_bundles import edit, put
from whipbird.errors import BundleError
from whipbird.models.model import Model
from whipbird.models.settings import ModelSettings
from whole_windows import whole_bundle

SIZE, HOP, WINDOW = 128, 2000, 6000


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A model with embeddings of 128 numbers, installed; its windows have 8,000 samples."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return whole_bundle(tmp_path / "home" / "whipbird" / "models" / "whole")


def head(folder, installed, **changes):
    """A model that is based on another."""
    whole_bundle(folder)
    sha256 = hashlib.sha256((installed / "model.tflite").read_bytes()).hexdigest()
    own = {
        "base": {"model": "whole", "sha256": sha256},
        "name": "head",
        "labels": ["_background_", "owl", "frog"],
        "windows": "continuous",
        "window": WINDOW,
        "hop_s": HOP / 8000,
        "tensors": {},
        "activation": {"kind": "softmax"},
        "debounce": {"owl": {"on": 0.5, "off": 0.3}},
        "trim_s": 0.0,
    }
    edit(folder, lambda card: card.update(own | changes))
    put(folder, "model.tflite", made_network(3, window=SIZE))
    return folder


def test_it_scores_the_embedding_of_its_base(installed, tmp_path):
    model, base = Model(str(head(tmp_path / "head", installed))), Model("whole", settings=ModelSettings(embeds=True))
    sound = np.random.default_rng(1).normal(0, 0.1, WINDOW).astype(np.float32)
    state = base.network.new_state()
    base.network.score([state], np.pad(sound, 1000)[None, :, None])
    power = np.square(base.network.embeddings(state)[0]).mean()
    logits = np.linspace(-1, 1, 3) * power + np.linspace(-4, 2, 3)
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(model.windowed_network.score_window(sound[:, None]), expected, rtol=1e-4)


def test_its_embeddings_are_those_of_its_base(installed, tmp_path):
    model = Model(str(head(tmp_path / "head", installed)), settings=ModelSettings(embeds=True))
    state = model.network.new_state()
    scores = model.network.score([state], np.ones((1, 3 * HOP, 1), np.float32))
    assert scores.shape == (1, 3, 3)
    assert model.network.embeddings(state).shape == (3, SIZE)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"base": {"model": "gone", "sha256": ""}}, "is based on gone, which is not installed; add it with"),
        ({"base": {"model": "whole", "sha256": ""}}, "sha256 differs"),
        ({"window": 9000}, "is longer than those of its base"),
        ({"sample_rate_hz": 16_000}, "whole takes 8000 Hz"),
    ],
)
def test_a_base_that_does_not_fit(installed, tmp_path, changes, reason):
    with pytest.raises(BundleError, match=reason):
        Model(str(head(tmp_path / "head", installed, **changes)))


def test_a_network_of_another_size(installed, tmp_path):
    folder = head(tmp_path / "head", installed)
    put(folder, "model.tflite", made_network(3, window=SIZE + 1))
    with pytest.raises(BundleError, match="expects 129 numbers, but the embedding of its base has 128"):
        Model(str(folder))


def test_only_windowed_networks_of_sound_have_a_base(installed, tmp_path):
    with pytest.raises(BundleError, match='must be "windowed"'):
        Model(str(head(tmp_path / "head", installed, kind="streaming")))
