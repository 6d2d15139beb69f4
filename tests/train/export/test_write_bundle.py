"""Export: all of a bundle but its page."""

import hashlib

import keras
import numpy as np
import pytest

from tones import FRONTEND, LABELS, RATE_HZ, small_network
from whipbird.models.bundle import read_card
from whipbird.models.model import Model
from whipbird.models.networks.streaming import StreamingNetwork
from whipbird_train.export.bundle_folder import new_bundle
from whipbird_train.export.convert import KINDS, convert
from whipbird_train.export.write_bundle import KERAS, write_bundle
from whipbird_train.frontend_matrices import make_matrices
from whipbird_train.networks.streaming import step_network
from whipbird_train.networks.tonal import tonal_conv2d


@pytest.fixture(scope="module")
def converted(network):
    """The network as float32, which takes the longest to make."""
    return convert(network, "float32")


@pytest.fixture
def few(monkeypatch):
    """Export a single variant."""
    monkeypatch.setattr("whipbird_train.export.write_bundle.KINDS", ("float32",))


@pytest.fixture
def quick(few, monkeypatch, converted):
    """Also replace the conversion by one made before."""
    monkeypatch.setattr("whipbird_train.export.write_bundle.convert", lambda *_: converted)


@pytest.fixture(scope="module")
def export(network, card, windows, sounds):
    """Write the bundle of tones to a folder."""
    matrices, labels = make_matrices(FRONTEND, RATE_HZ), sounds.labels

    def write(folder, pictures=()):
        with new_bundle(folder) as made:
            return write_bundle(made, card, network, None, matrices, windows, labels, {}, pictures)

    return write


@pytest.fixture(scope="module")
def written(export, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "deeper" / "tones"
    picture = folder.parents[1] / "confusion.png"
    picture.write_bytes(b"a picture")
    return folder, export(folder, [picture])


def test_a_bundle_is_complete(written):
    folder, card = written
    hashed = {"confusion.png", "frontend.npz", "model.tflite", KERAS}
    assert {path.name for path in folder.iterdir()} == {*hashed, "card.json"}
    assert set(card.sha256) == hashed
    for name, expected in card.sha256.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == expected
    assert read_card(folder) == card


def test_a_bundle_can_be_read_by_everybody(written):
    assert written[0].stat().st_mode & 0o777 == 0o755


def test_the_card_says_what_was_measured(written, network):
    results = written[1].results
    assert results["parameters"] == network.count_params()
    assert results["exported"] in KINDS
    assert results["model_bytes"] == results["variants"][results["exported"]]["bytes"]
    assert results["variants"]["float32"]["largest_difference_from_keras"] < 1e-4


def test_the_runtime_loads_it_and_says_what_keras_says(written, network, windows):
    model = Model(str(written[0]))
    assert model.card == written[1]
    for window in windows[::8]:
        np.testing.assert_allclose(
            model.windowed_network.score_window(window), network.predict_on_batch(window[None])[0], atol=0.1
        )


def test_the_network_can_be_trained_on(written, network, windows):
    again = keras.models.load_model(written[0] / KERAS, compile=False)
    np.testing.assert_allclose(again.predict_on_batch(windows), network.predict_on_batch(windows), atol=1e-6)


def test_raw_sound_needs_no_matrices(few, card, tmp_path):
    from whipbird.models.frontends.raw import RawSettings

    raw = card.model_copy(update={"frontend": RawSettings(), "window": 16})
    network = small_network(16, 1)(len(LABELS))
    windows = np.random.default_rng(1).normal(0, 1, (4, 16, 1)).astype(np.float32)
    (tmp_path / "raw").mkdir()
    write_bundle(tmp_path / "raw", raw, network, None, {}, windows, np.arange(4), {})
    assert not (tmp_path / "raw" / "frontend.npz").exists()
    assert Model(str(tmp_path / "raw")).windowed_network.score_window(windows[0]).shape == (len(LABELS),)


@pytest.fixture
def in_steps(few, card, tmp_path):
    """Write a bundle of a network that also runs in steps, on windows of a number of frames; return the three."""
    frontend = card.frontend.model_copy(update={"bands": 64})
    matrices = make_matrices(frontend, RATE_HZ)

    def write(frames):
        def build(time):
            return tonal_conv2d(None, 64, len(LABELS), 0.25, columns=5, hop=4, time=time)

        keras.utils.set_random_seed(1)
        network = tonal_conv2d(frames, 64, len(LABELS), 0.25, columns=5, hop=4)
        network.layers[-1].kernel.assign(20 * network.layers[-1].kernel)
        windows = np.random.default_rng(1).normal(-40, 15, (9, frames, 64)).astype(np.float32)
        streaming = card.model_copy(
            update={"kind": "streaming", "frontend": frontend, "window": frames, "hop_s": 0.064}
        )
        steps, folder = step_network(build, network), tmp_path / "tones"
        with new_bundle(folder) as made:
            write_bundle(made, streaming, network, steps, matrices, windows, np.arange(9) % 5, {})
        return Model(str(folder)), network, windows

    return write


def test_a_network_in_steps_goes_along(in_steps):
    """Both are float32 and score the same."""
    model, network, windows = in_steps(40)
    assert {"model.tflite", StreamingNetwork.FILE} <= set(model.card.sha256)
    assert model.card.results["exported"] == "float32"
    expected = network.predict_on_batch(windows)
    assert np.ptp(expected, axis=0).max() > 1e-3
    memories = [model.network.new_state() for _ in windows]
    np.testing.assert_allclose(model.network.score(memories, windows)[:, -1], expected, atol=1e-5)
    np.testing.assert_allclose([model.windowed_network.score_window(window) for window in windows], expected, atol=1e-5)


def test_steps_that_do_not_see_what_the_window_shows_are_refused(in_steps, tmp_path):
    """The window is longer than the network needs, and the network ignores the last frames, not the first."""
    with pytest.raises(RuntimeError, match="scores of the network in steps differ"):
        in_steps(42)
    assert not (tmp_path / "tones").exists()


def test_a_large_network_is_not_kept_twice(quick, export, tmp_path, monkeypatch):
    monkeypatch.setattr("whipbird_train.export.write_bundle.MOST_KEPT", 0)
    assert KERAS not in export(tmp_path / "large").sha256
    assert not (tmp_path / "large" / KERAS).exists()


def test_an_export_that_differs_from_keras_is_refused(quick, export, tmp_path, monkeypatch):
    monkeypatch.setattr("whipbird_train.export.write_bundle.MOST_DIFFERENCE", -1.0)
    with pytest.raises(RuntimeError, match="differ from those of Keras"):
        export(tmp_path / "tones")
    assert not (tmp_path / "tones").exists()
