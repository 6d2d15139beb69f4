"""Cards for TFLite files about which nothing else is known."""

from dataclasses import replace
from pathlib import Path

import pytest

from made_networks import made_network
from made_packages import as_lines
from whipbird.errors import BundleError
from whipbird.importers.bundle_files import write_bundle
from whipbird.importers.labels import parse_labels
from whipbird.importers.new_card import Answers, choose_input, choose_output, described
from whipbird.importers.tensors import TensorFile

PATH = Path("frogs.tflite")
ANSWERS = Answers(
    name="frogs",
    description="Two frogs.",
    version="1",
    licence="CC BY 4.0",
    rate_hz=32_000,
    hop_s=None,
    labels=parse_labels(b"Rana temporaria_Common Frog\nnoise\n", "labels.txt"),
    activation="sigmoid",
)


def ingredients(content, answers=ANSWERS):
    file = TensorFile(content, PATH)
    scores = choose_output(file, PATH, len(answers.labels))
    return described(content, PATH, file, choose_input(file, PATH), scores, answers)


@pytest.mark.usefixtures("home")
def test_the_card_loads_and_says_what_was_answered(tmp_path):
    card = write_bundle(tmp_path, ingredients(made_network(2, window=32_000)))
    assert (card.window, card.sample_rate_hz, card.hop_s, card.reference_s) == (32_000, 32_000, 0.5, 0.25)
    assert (card.labels, card.activation.kind, card.licence) == (["Rana temporaria", "noise"], "sigmoid", "CC BY 4.0")
    assert set(card.sha256) == {"model.tflite", "names.csv"}


@pytest.mark.usefixtures("home")
def test_labels_without_names_need_no_table(tmp_path):
    plain = replace(ANSWERS, labels=parse_labels(as_lines(["frog", "toad"]), "labels.txt"), hop_s=0.25)
    card = write_bundle(tmp_path, ingredients(made_network(2, window=32_000), plain))
    assert set(card.sha256) == {"model.tflite"}
    assert card.hop_s == 0.25


@pytest.mark.usefixtures("home")
def test_a_hop_between_two_samples_is_refused(tmp_path):
    odd = replace(ANSWERS, hop_s=0.33333)
    with pytest.raises(BundleError, match=r"^frogs\.tflite: card: hop_s \(0\.33333\) is not a whole number of samples"):
        write_bundle(tmp_path, ingredients(made_network(2, window=32_000), odd))


@pytest.mark.usefixtures("home")
def test_of_several_outputs_the_one_with_the_labels_is_named(tmp_path):
    card = write_bundle(tmp_path, ingredients(made_network(2, window=800, power_output=True)))
    assert (card.tensors.input, card.tensors.output) == (None, "logits")


def test_an_output_must_be_chosen_if_several_fit():
    file = TensorFile(made_network(1, window=800, power_output=True), PATH)
    with pytest.raises(BundleError, match=r"choose one output with --output: logits, power"):
        choose_output(file, PATH, 1)
    assert choose_output(file, PATH, 1, "power").name == "power"
    with pytest.raises(BundleError, match="choose one output"):
        choose_output(file, PATH, 1, "nothing")


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 97, 40), r"takes samples \[1, 97, 40\] float32, which are no samples; the card must describe its front"),
        ((1, 1), "the length of its window is not fixed"),
    ],
)
def test_inputs_that_are_no_samples_are_refused(shape, message):
    file = TensorFile(made_network(2, shape=shape), PATH)
    with pytest.raises(BundleError, match=message):
        choose_input(file, PATH)


def test_scores_must_be_as_many_as_labels():
    file = TensorFile(made_network(3, window=800), PATH)
    with pytest.raises(BundleError, match=r"^frogs\.tflite: gives 3 scores for 2 labels$"):
        choose_output(file, PATH, 2)
    with pytest.raises(BundleError, match="logits has 3 scores for 2 labels"):
        choose_output(file, PATH, 2, "logits")
