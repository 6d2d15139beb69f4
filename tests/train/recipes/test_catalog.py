"""Recipes: the attributes of each are consistent."""

import csv
import pkgutil

import numpy as np
import pytest
import soundfile

import whipbird_train.recipes
from whipbird_train.datasets import speech_commands
from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.recipes.catalog import RECIPES
from whipbird_train.recipes.commands import read_commands, unseen_speakers
from whipbird_train.recipes.load import load_recipe


@pytest.fixture(scope="module", params=RECIPES)
def recipe(request):
    return load_recipe(request.param)


def test_every_module_has_a_name():
    modules = {module.name for module in pkgutil.iter_modules(whipbird_train.recipes.__path__)} - {
        "catalog",
        "custom",
        "load",
    }
    assert modules == {name.replace("-", "_") for name in RECIPES}


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_has_the_name_it_is_called_by(name):
    assert load_recipe(name).name == name


def test_the_network_fits_features_and_labels(recipe):
    network = recipe.network(len(recipe.labels))
    frontend = build_frontend(recipe.frontend, recipe.rate_hz)
    assert network.input_shape == (None, recipe.window, frontend.width)
    assert network.output_shape == (None, len(recipe.labels))


def test_a_score_speaks_of_the_window(recipe):
    frontend = build_frontend(recipe.frontend, recipe.rate_hz)
    assert 0 <= recipe.reference_s <= frontend.span(recipe.window) / recipe.rate_hz
    hop = recipe.hop_s * recipe.rate_hz
    assert hop == pytest.approx(round(hop))
    assert round(hop) % frontend.step == 0  # otherwise tests and the runtime would have different windows


def test_what_is_reported_are_labels(recipe):
    assert recipe.reported
    assert set(recipe.reported) <= set(recipe.labels)
    assert len(set(recipe.labels)) == len(recipe.labels)
    assert recipe.debounce.off < recipe.debounce.on
    assert recipe.report == "end" or not recipe.lead_s  # an event reported at its start starts where it is loud


@pytest.fixture
def words(tmp_path, noise):
    """A selection of Speech Commands in which every label has a clip of each of two speakers."""
    (tmp_path / "clips" / "_background_noise_").mkdir(parents=True)
    soundfile.write(tmp_path / "clips" / "_background_noise_" / "hiss.flac", np.tile(noise, 2), 16_000)
    with (tmp_path / "splits.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "label", "speaker", "split"])
        for label in speech_commands.LABELS:
            (tmp_path / "clips" / label).mkdir()
            for speaker, split in (("ann", "train"), ("ben", "validation")):
                soundfile.write(tmp_path / "clips" / label / f"{speaker}.flac", noise, 16_000)
                table.writerow([f"{label}/{speaker}.flac", label, speaker, split])
    return tmp_path


def test_commands_are_judged_on_speakers_that_were_not_trained_on(words):
    sounds = read_commands(words, 8_000)
    (experiment,) = unseen_speakers(sounds)
    assert {sounds.groups[clip] for clip in np.flatnonzero(experiment.train)} == {"ann"}
    assert {sounds.groups[clip] for clip in np.flatnonzero(experiment.test)} == {"ben"}
    assert experiment.labels is None
    assert len(sounds.backgrounds) == 1
    assert {len(wave) for wave in sounds.waves} == {8_000}


def test_the_lecture_is_judged_on_unseen_speakers_and_as_in_the_lecture(words):
    recipe = load_recipe("commands-lecture")
    twelve, unseen, known = recipe.experiments(recipe.read(words))
    assert twelve.labels is None
    for ten in (unseen, known):
        assert [speech_commands.LABELS[number] for number in ten.labels] == list(speech_commands.WORDS)
        assert ten.protocol.endswith(", the ten words alone")
    assert (unseen.train == twelve.train).all()
    assert not (known.train & known.test).any()
    assert len({one.name for one in (twelve, unseen, known)}) == 3


def test_the_lecture_is_taught_without_synthetic_voices(words):
    recipe = load_recipe("commands-lecture")
    sounds = recipe.read(words)
    examples = recipe.examples(words, sounds, recipe.labels, 1)
    assert [data.name for data in examples.training] == [speech_commands.training_data(1).name]
    wave, label = examples(0, np.random.default_rng(1))
    assert wave.shape == (recipe.window,)
    assert label == 0


def test_no_speaker_of_the_recordings_is_on_both_sides(data):
    listed = speech_commands.read_clips(data / "speech-commands")
    speakers = {split: {c.group for c in listed if c.split == split} - {"-"} for split in ("train", "validation")}
    assert speakers["train"]
    assert speakers["validation"]
    assert not speakers["train"] & speakers["validation"]
