"""The layer on embeddings: logistic regression as a network, helped by the species of its base."""

import keras
import numpy as np

from made_scores import make_card
from whipbird_train.calls.head import Head, _layer, species_layer
from whipbird_train.calls.own import OwnNetwork
from whipbird_train.calls.plan import Plan
from whipbird_train.calls.sounds import Sounds
from whipbird_train.export.convert import convert

NO_SPECIES = np.zeros((0, 200), np.float32)


def clouds(rng, *centres, count=60, size=200):
    """Vectors around some centres, each with its number."""
    vectors = [rng.normal(centre, 1.0, (count, size)) for centre in centres]
    return np.concatenate(vectors).astype(np.float32), np.repeat(np.arange(len(centres)), count)


def test_calls_score_high_and_background_low():
    vectors, truth = clouds(np.random.default_rng(1), 0.0, 1.0, -1.0)
    scores = _layer(vectors, truth, 3, NO_SPECIES).predict(vectors, verbose=0)
    assert (scores.argmax(axis=1) == truth).mean() > 0.95
    assert np.median(scores[truth == 1, 1]) > 0.9
    assert np.median(scores[truth == 0, 0]) > 0.3


def test_a_label_without_clips_never_scores():
    vectors, truth = clouds(np.random.default_rng(1), 0.0, 1.0)
    for present in (1, 2):
        scores = _layer(vectors, truth * present, 3, NO_SPECIES).predict(vectors, verbose=0)
        assert scores[:, 3 - present].max() < 1e-6
        assert np.median(scores[truth == 1, present]) > 0.9


def test_a_species_helps_where_clips_are_few():
    rng = np.random.default_rng(1)
    species = rng.normal(0, 1, (50, 200)).astype(np.float32)
    way = species[7] / np.linalg.norm(species[7])  # in which calls differ from background

    def sounds(calls, background):
        vectors = rng.normal(0, 1, (calls + background, 200))
        vectors[:calls] += 4 * way
        return vectors.astype(np.float32), np.repeat([1, 0], [calls, background])

    few, tested = sounds(6, 300), sounds(300, 300)
    right = [
        (_layer(*few, 2, known).predict(tested[0], verbose=0).argmax(axis=1) == tested[1]).mean()
        for known in (NO_SPECIES, species)
    ]
    assert right[1] > max(0.93, right[0])


def test_the_layer_of_species_is_the_last_layer():
    sound = keras.Input((30,))
    hidden = keras.layers.Dense(12, activation="relu")(sound)
    scores = keras.layers.Dense(9, bias_initializer="normal")
    network = keras.Model(sound, scores(hidden))
    weights, biases = species_layer(convert(network, "float32"), 9)
    np.testing.assert_allclose(weights, scores.kernel.numpy().T, rtol=1e-6)
    np.testing.assert_allclose(biases, scores.bias.numpy(), rtol=1e-6)


def test_each_kind_of_network_says_what_it_looks_at():
    plan, labels = Plan(0.72, 1.2, 317, 1270), ("_background_", "owl")
    base = make_card().model_copy(update={"name": "birds", "sample_rate_hz": 1000, "window": 3000, "step": 1})
    head = Head(base, plan, labels, "owl", [], Sounds([], [], 1000))
    assert head.looks == "windows of 1.4 s every 0.35 s, the band of birds"
    own = OwnNetwork(plan, labels, "owl", [])
    assert own.looks == "windows of 1.2 s every 0.15 s, 317 to 1270 Hz (--window, --band)"
