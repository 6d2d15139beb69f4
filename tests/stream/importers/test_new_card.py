"""Cards for TFLite files about which nothing else is known."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import librosa
import numpy as np
import pytest
import soxr
from ai_edge_litert.interpreter import Interpreter

from made_networks import made_network
from made_packages import as_lines
from models_of_others import as_model, check_cuts, read_sound, run
from whipbird.errors import BundleError, DataError
from whipbird.importers.bundle_files import write_bundle
from whipbird.importers.feature_matrices import MatrixChoice, make_matrices
from whipbird.importers.labels import parse_labels
from whipbird.importers.new_card import Answers, choose_input, choose_output, described
from whipbird.importers.tensors import TensorFile
from whipbird.models.frontends.log_mel import LogMelSettings
from whipbird.models.frontends.window_stft import WindowStftSettings

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
        ((1, 97, 40), r"takes samples \[1, 97, 40\] float32, which are no samples; describe its front end with --f"),
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


LOG_MEL = {
    "kind": "log_mel",
    "frame": 1024,
    "step": 512,
    "fft": 1024,
    "preemphasis": 0.96875,
    "bands": 40,
    "low_hz": 0,
    "high_hz": 8000,
    "floor": 1e-30,
    "multiply": 1 / 64,
    "add": 52 / 64,
    "lowest": 0,
    "highest": 1,
}
HAMMING = MatrixChoice(window="hamming", periodic=False, gain=1 / 32, mel="tensorflow")


@pytest.fixture
def marvin(data, tmp_path):
    """MLPerf Tiny's wake word, whose features are described: integers in and out."""
    path = data / "models" / "mlperf-tiny" / "str_ww_ref_model.tflite"
    if not path.is_file():
        pytest.skip(f"no {path}")
    content, settings = path.read_bytes(), LogMelSettings(**LOG_MEL)
    file = TensorFile(content, path)
    answers = replace(
        ANSWERS,
        name="marvin",
        rate_hz=16_000,
        hop_s=0.032,
        labels=parse_labels(b"marvin\nsilence\nunknown\n", "labels.txt"),
        activation=file.activation(0),
        on=0.8,
        reported=["marvin"],
        frontend=settings,
        matrices=make_matrices(settings, HAMMING, 16_000),
    )
    window = choose_input(file, path, features=True)
    return as_model(tmp_path / "marvin", described(content, path, file, window, file.outputs[0], answers))


def test_a_network_of_integers_and_features_detects_its_word_at_the_true_times(marvin, data):
    folder = data / "models" / "mlperf-tiny"
    (truth,) = json.loads((folder / "sww_short_test.json").read_text())
    found, _ = run(marvin, [read_sound(folder / truth["wav_file"], 16_000)])
    assert marvin.card.window == 30
    assert {one.label for one in found} == {"marvin"}
    assert len(found) == len(truth["detection_windows"])
    for one, (begin_s, end_s) in zip(found, truth["detection_windows"], strict=True):
        assert begin_s - 0.1 < one.begin_s < one.end_s < end_s + 0.1


def test_its_features_are_those_of_its_own_recipe(marvin, data):
    """As MLPerf Tiny computes them with TensorFlow: after rounding to integers, they differ by one step at most."""
    tensorflow = pytest.importorskip("tensorflow")
    sound = read_sound(data / "models" / "mlperf-tiny" / "short_wav_easy10s.wav", 16_000)
    filtered = sound[1:] - 0.96875 * sound[:-1]
    window = partial(tensorflow.signal.hamming_window, periodic=False)
    power = np.abs(tensorflow.signal.stft(filtered, 1024, 512, window_fn=window).numpy()) ** 2 / 1024
    bands = power @ tensorflow.signal.linear_to_mel_weight_matrix(40, 513, 16_000, 0.0, 8000.0).numpy()
    expected = np.clip((10 * np.log10(np.maximum(bands, 1e-30)) + 52) / 64, 0, 1)
    features = marvin.frontend().whole(sound)
    np.testing.assert_allclose(features, expected, atol=1e-4)
    scale, zero = 0.003701042616739869, -128  # of its input
    steps = [np.rint(one / scale + zero) for one in (features, expected)]
    assert np.abs(steps[0] - steps[1]).max() <= 1
    assert np.mean(steps[0] == steps[1]) > 0.999


def test_its_scores_are_those_of_integers_by_hand(marvin, data):
    folder = data / "models" / "mlperf-tiny"
    features = marvin.frontend().whole(read_sound(folder / "short_wav_easy10s.wav", 16_000))
    interpreter = Interpreter(str(folder / "str_ww_ref_model.tflite"))
    interpreter.allocate_tensors()
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    scale, zero = taken["quantization"]
    for start in range(0, len(features) - 29, 7):
        own = features[start : start + 30]
        integers = np.clip(np.rint(own / scale + zero), -128, 127).astype(np.int8)
        interpreter.set_tensor(taken["index"], integers.reshape(taken["shape"]))
        interpreter.invoke()
        expected = (interpreter.get_tensor(given["index"])[0] + 128.0) / 256
        np.testing.assert_array_equal(marvin.network.score_window(own), expected)


def test_its_events_do_not_depend_on_cuts(marvin, data):
    check_cuts(marvin, read_sound(data / "models" / "mlperf-tiny" / "short_wav_easy10s.wav", 16_000))


def test_features_must_fit_the_front_end():
    file, settings = TensorFile(made_network(2, shape=(1, 97, 41)), PATH), LogMelSettings(**LOG_MEL)
    matrices = make_matrices(settings, HAMMING, 16_000)
    answers = replace(ANSWERS, rate_hz=16_000, frontend=settings, matrices=matrices)
    window = choose_input(file, PATH, features=True)
    with pytest.raises(BundleError, match="are no frames of 40 numbers, as the front end gives"):
        described(b"", PATH, file, window, file.outputs[0], answers)


@pytest.mark.usefixtures("home")
def test_labels_that_are_not_named_are_not_reported(tmp_path):
    content = made_network(2, window=32_000)
    assert set(write_bundle(tmp_path, ingredients(content, replace(ANSWERS, reported=["noise"]))).debounce) == {"noise"}
    with pytest.raises(DataError, match="no label 'toad' to report"):
        ingredients(content, replace(ANSWERS, reported=["toad"]))


@pytest.fixture(scope="module")
def hundred(data, tmp_path_factory):
    """birdnet-stm32: a hundred birds, from magnitudes of each window by itself."""
    folder = data / "models" / "birdnet-stm32"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    path = folder / "birdnet_stm32n6_100.tflite"
    content, labels = path.read_bytes(), (folder / "birdnet_stm32n6_100_labels.txt").read_bytes()
    answers = replace(
        ANSWERS,
        name="hundred",
        rate_hz=22_050,
        labels=parse_labels(labels, "labels.txt"),
        activation="none",
        frontend=WindowStftSettings(samples=66_150, fft=512, hop=258, columns=256),
    )
    file = TensorFile(content, path)
    window = choose_input(file, path, features=True)
    target = tmp_path_factory.mktemp("models") / "hundred"
    return as_model(target, described(content, path, file, window, file.outputs[0], answers))


@pytest.fixture(scope="module")
def soundscape(data):
    """Two minutes of birds at the rate of that network."""
    return soxr.resample(read_sound(data / "birds" / "birdnet-soundscape" / "soundscape.flac", 48_000), 48_000, 22_050)


def test_magnitudes_give_the_scores_of_the_file_by_hand(hundred, soundscape, data):
    """Features from librosa; integers inside the network may round otherwise for the smallest difference."""
    interpreter = Interpreter(str(data / "models" / "birdnet-stm32" / "birdnet_stm32n6_100.tflite"))
    interpreter.allocate_tensors()
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    expected = []
    for start in range(0, len(soundscape) - 66_150 + 1, hundred.card.hop):
        magnitudes = np.abs(librosa.stft(soundscape[start : start + 66_150], n_fft=512, hop_length=258))[:, :256]
        scaled = (magnitudes - magnitudes.min()) / (magnitudes.max() - magnitudes.min() + 1e-10)
        interpreter.set_tensor(taken["index"], scaled[None, :, :, None].astype(np.float32))
        interpreter.invoke()
        expected.append(interpreter.get_tensor(given["index"])[0])
    _, scores = run(hundred, [soundscape], block=16)
    assert len(expected) == 79
    np.testing.assert_allclose(scores[: len(expected)], expected, atol=2 / 256)
    assert np.mean(scores[: len(expected)] == expected) > 0.999
    highest = {hundred.card.labels[number] for number in np.argsort(scores.max(axis=0))[-10:]}
    assert {"Haemorhous mexicanus", "Cyanocitta cristata", "Poecile atricapillus"} <= highest


def test_windows_by_themselves_do_not_depend_on_cuts(hundred, soundscape):
    check_cuts(hundred, soundscape[: 12 * 22_050])


def test_such_windows_may_come_at_any_interval(hundred):
    assert hundred.card.has_free_hop
    assert hundred.card.window == 66_150


def test_magnitudes_must_be_as_many_as_the_network_takes():
    file, settings = (
        TensorFile(made_network(2, shape=(1, 257, 128)), PATH),
        WindowStftSettings(samples=8_000, fft=512, hop=62, columns=127),
    )
    answers = replace(ANSWERS, frontend=settings)
    with pytest.raises(BundleError, match="but the front end gives 32639 numbers"):
        described(b"", PATH, file, choose_input(file, PATH, features=True), file.outputs[0], answers)
