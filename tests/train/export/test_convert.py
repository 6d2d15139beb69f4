"""Conversion to TFLite: two variants, and the better trade."""

from pathlib import Path

import pytest

from whipbird.models.bundle import read_card
from whipbird.models.networks.streaming import StreamingNetwork
from whipbird_train.export.convert import KINDS, Variant, best_trade, convert, measure
from whipbird_train.recipes.load import load_recipe

MODELS = Path(__file__).parents[3] / "models"


@pytest.fixture(scope="module")
def variants(network, windows, sounds):
    expected = network.predict_on_batch(windows)
    return {kind: measure(kind, convert(network, kind), windows, expected, sounds.labels) for kind in KINDS}


def test_float32_says_what_keras_says(variants):
    assert variants["float32"].difference < 1e-5


def test_eight_bits_say_nearly_the_same(variants):
    assert 0 < variants["dynamic"].difference < 0.05


def test_accuracy_is_that_of_the_windows(variants, network, windows, sounds):
    right = network.predict_on_batch(windows).argmax(axis=1) == sounds.labels
    assert variants["float32"].accuracy == right.mean()
    assert all(variant.window_us > 0 for variant in variants.values())


def variant(kind, size, accuracy):
    return Variant(kind, bytes(size), accuracy, 0.0, 100.0)


@pytest.mark.parametrize(
    ("size", "accuracy", "ships"),
    [
        (1000, 0.9, "float32"),  # nothing gained
        (401, 0.9, "float32"),  # too little
        (400, 0.9, "dynamic"),
        (400, 0.8951, "dynamic"),
        (100, 0.8949, "float32"),  # loses too much
    ],
)
def test_eight_bits_ship_where_they_pay(size, accuracy, ships):
    assert best_trade(variant("float32", 1000, 0.9), variant("dynamic", size, accuracy)).kind == ships


CARDS = [read_card(file.parent) for file in MODELS.glob("*/card.json")]


@pytest.mark.parametrize("card", [card for card in CARDS if "variants" in card.results], ids=lambda card: card.name)
def test_the_models_here_follow_from_that(card):
    made = card.results["variants"]
    plain, small = (variant(kind, made[kind]["bytes"], made[kind]["accuracy"]) for kind in KINDS)
    may_be_small = load_recipe(card.name).eight_bit and StreamingNetwork.FILE not in card.sha256
    assert card.results["exported"] == (best_trade(plain, small).kind if may_be_small else "float32")
