"""Training in the small: from a few clips to a bundle that the runtime loads."""

import csv

import keras
import numpy as np
import pytest
import soundfile

from stream.card import LogMelSettings, RawSettings
from stream.classify import classify
from stream.model import Model
from train.datasets import clips, speech_commands
from train.fit import Settings, epochs_done
from train.keywords import KeywordRecipe, train_keywords
from train.networks import lecture_conv1d
from train.recipes import RECIPES, load_recipe


@pytest.fixture
def folder(tmp_path, noise):
    """A data set laid out as Speech Commands, in which every label is a tone of its own."""
    (tmp_path / "clips" / "_background_noise_").mkdir(parents=True)
    soundfile.write(tmp_path / "clips" / "_background_noise_" / "hiss.flac", 0.1 * noise, 16_000)
    time = np.arange(16_000) / 16_000
    with (tmp_path / "splits.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "label", "speaker", "split"])
        for number, label in enumerate(speech_commands.LABELS):
            (tmp_path / "clips" / label).mkdir()
            for take in range(4):
                path = f"{label}/{take}.flac"
                tone = 0.3 * np.sin(2 * np.pi * 200 * (1 + number) * time) + 0.01 * noise
                soundfile.write(tmp_path / "clips" / path, tone, 16_000)
                table.writerow([path, label, f"speaker{take}", "validation" if take == 3 else "train"])
    return tmp_path


def small_network(frames, width):
    def build(labels):
        inputs = keras.Input((frames, width))
        hidden = keras.layers.Conv1D(8, 9, strides=4, activation="relu")(inputs)
        outputs = keras.layers.Dense(labels, activation="softmax")(keras.layers.GlobalAveragePooling1D()(hidden))
        return keras.Model(inputs, outputs)

    return build


LOG_MEL = LogMelSettings(frame=480, step=160, fft=512, bands=40, low_hz=20, high_hz=8000)
SMALL = {
    "log_mel": KeywordRecipe(
        "small", "A test.", "All.", 16_000, LOG_MEL, 97, small_network(97, 40), Settings(1), mask=True, synthetic=False
    ),
    "raw": KeywordRecipe(
        "small",
        "A test.",
        "All.",
        8_000,
        RawSettings(),
        8_000,
        small_network(8_000, 1),
        Settings(1, "adam", 0.001),
        mask=False,
        synthetic=False,
    ),
}


@pytest.mark.parametrize("kind", ["log_mel", "raw"])
def test_a_recipe_makes_a_bundle_that_runs(folder, tmp_path, kind):
    card = train_keywords(SMALL[kind], folder, tmp_path / "run", tmp_path / "bundle")
    assert card.results["validation_clips"] == 12
    assert card.results["largest_difference_from_keras"] < 1e-4
    assert card.training[0].recordings == 36
    model = Model(str(tmp_path / "bundle"))
    assert model.card == card
    sound, rate_hz = soundfile.read(folder / "clips" / "yes" / "0.flac", dtype="float32")
    scores = classify(model, sound, rate_hz).scores
    assert list(scores) == list(speech_commands.LABELS)
    assert sum(scores.values()) == pytest.approx(1, abs=1e-5)


def test_an_interrupted_run_goes_on(folder, tmp_path):
    recipe, run = SMALL["log_mel"], tmp_path / "run"
    train_keywords(recipe, folder, run, tmp_path / "bundle", epochs=1)
    assert epochs_done(run) == 1
    train_keywords(recipe, folder, run, tmp_path / "bundle", epochs=3)
    with (run / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [0, 1, 2]


def test_no_speaker_is_in_both_splits(data):
    listed = speech_commands.read_clips(data / "speech-commands")
    speakers = {split: {c.group for c in listed if c.split == split} - {"-"} for split in ("train", "validation")}
    assert speakers["train"]
    assert speakers["validation"]
    assert not speakers["train"] & speakers["validation"]


def test_a_damaged_clip_is_named_and_left_out(tmp_path, noise, caplog):
    good, bad = tmp_path / "good.wav", tmp_path / "bad.wav"
    soundfile.write(good, noise, 16_000)
    bad.write_text("no sound")
    listed = [clips.Clip(path, "yes", "somebody", "train") for path in (good, bad)]
    kept, waves = clips.load_clips(listed, 16_000, 16_000)
    assert [clip.path for clip in kept] == [good]
    assert waves.shape == (1, 16_000)
    assert "bad.wav" in caplog.text


def test_lengths_are_fitted_around_the_middle():
    np.testing.assert_array_equal(clips.fit_length(np.array([1, 2, 3], np.float32), 5), [0, 1, 2, 3, 0])
    np.testing.assert_array_equal(clips.fit_length(np.arange(5, dtype=np.float32), 3), [1, 2, 3])


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_fit_together(name):
    recipe = load_recipe(name)
    network = recipe.network(12)
    assert network.output_shape == (None, 12)
    assert network.input_shape[1] == recipe.window


def test_the_lectures_network_is_the_lectures():
    assert lecture_conv1d(8_000, 10).count_params() == 506_586
