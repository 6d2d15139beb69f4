"""openWakeWord's models give the probabilities and detections of their own package."""

from pathlib import Path

import numpy as np
import pytest

from made_networks import made_network
from made_packages import put
from models_of_others import as_model, check_cuts, read_sound, run
from whipbird.engine.classify import classify
from whipbird.errors import BundleError, DataError
from whipbird.importers import open_wake_word as module
from whipbird.importers.add import add_bundle, find_ingredients, user_target
from whipbird.importers.bundle_files import Wanted
from whipbird.importers.file_set import FolderFiles
from whipbird.importers.open_wake_word import PHRASES, find_open_wake_word, todays_card, todays_sha256
from whipbird.importers.workplace import workplace
from whipbird.models.bundle import find_bundles
from whipbird.models.card import Card
from whipbird.models.model import Model

RATE_HZ, HOP = 16_000, 1280
CLIPS, SPEECH = 8, 3  # recordings


@pytest.fixture(scope="module")
def package():
    return pytest.importorskip("pyopen_wakeword", reason="pyopen-wakeword is what this is compared with")


@pytest.fixture(scope="module")
def folder(package):
    return Path(package.__file__).parent / "models"


@pytest.fixture(scope="module")
def alexa(folder, tmp_path_factory):
    target = tmp_path_factory.mktemp("models") / "alexa"
    return as_model(target, find_open_wake_word([FolderFiles(folder)], Wanted(phrase="alexa")))


def original(package, path, sound):
    """Probabilities of every 80 ms; whipbird's chunks start as if there were 30 ms of silence before the sound."""
    features, word = package.OpenWakeWordFeatures.from_builtin(), package.OpenWakeWord.from_model(path)
    samples = np.clip(np.rint(np.pad(sound, (480, 0)) * 32768), -32768, 32767).astype(np.int16)
    found = [
        probability
        for start in range(0, len(samples), HOP)
        for embedding in features.process_streaming(samples[start : start + HOP].tobytes())
        for probability in word.process_streaming(embedding)
    ]
    return np.array(found[-(len(sound) // HOP) :])  # the package listens to eight seconds of silence first


@pytest.mark.parametrize("phrase", sorted(PHRASES))
def test_probabilities_are_the_originals(phrase, package, folder, data, tmp_path):
    model = as_model(tmp_path / phrase, find_open_wake_word([FolderFiles(folder)], Wanted(phrase=phrase)))
    sound = read_sound(data / "wake-words" / "alexa" / "0.opus", RATE_HZ)
    expected = original(package, folder / f"{phrase}.tflite", sound)
    _, scores = run(model, [sound], block=16)
    np.testing.assert_allclose(scores[: len(expected), 0], expected, atol=1e-3)


def test_detections_are_the_originals(alexa, package, folder, data):
    spoken = sorted((data / "wake-words" / "alexa").glob("*.opus"))[:CLIPS]
    read = sorted((data / "read-speech" / "librispeech-dev-clean").glob("*/*/*.opus"))[:SPEECH]
    heard = 0
    for path in spoken + read:
        sound = np.pad(read_sound(path, RATE_HZ), (0, RATE_HZ))
        probabilities = original(package, folder / "alexa.tflite", sound)
        high = np.flatnonzero(probabilities > 0.5)
        expected = (high[np.diff(high, prepend=-1000) > RATE_HZ / HOP] + 1) * HOP / RATE_HZ
        found, scores = run(alexa, [sound], block=16)
        np.testing.assert_allclose(scores[: len(probabilities), 0], probabilities, atol=1e-3)
        np.testing.assert_allclose([one.reported_s for one in found], expected, atol=1e-6)
        heard += len(found)
    assert heard >= CLIPS


def test_neither_cuts_nor_blocks_change_anything(alexa, data):
    check_cuts(alexa, read_sound(data / "wake-words" / "alexa" / "0.opus", RATE_HZ))


def test_a_later_start_on_the_grid_gives_the_same_scores(alexa, data):
    """So long recordings can be cut."""
    sound = np.tile(read_sound(data / "wake-words" / "alexa" / "0.opus", RATE_HZ), 2)
    _, scores = run(alexa, [sound])
    _, later = run(alexa, [sound[10 * HOP :]])
    span = -(-alexa.frontend().span(alexa.card.window) // HOP)
    np.testing.assert_array_equal(later[span:], scores[10 + span :][: len(later) - span])


def test_clips_are_classified_as_in_a_stream(alexa, data):
    scores = [
        classify(alexa, read_sound(data / "wake-words" / "alexa" / f"{number}.opus", RATE_HZ), RATE_HZ).score
        for number in (0, 1, 2, 10)
    ]
    assert min(scores) > 0.5
    assert classify(alexa, np.zeros(RATE_HZ, np.float32), RATE_HZ).score < 0.01


def test_front_ends_of_all_models_share_their_networks(alexa, folder, tmp_path):
    other = as_model(tmp_path / "jarvis", find_open_wake_word([FolderFiles(folder)], Wanted(phrase="hey_jarvis")))
    assert alexa.features == other.features
    assert alexa.frontend()._networks is other.frontend()._networks


def test_whole_clips_have_the_features_of_streams(alexa):
    clips = np.random.default_rng(1).normal(0, 0.1, (2, 20_000)).astype(np.float32)
    features = alexa.frontend().whole(clips)
    assert features.shape == (2, 6, 96)
    np.testing.assert_array_equal(features[1], alexa.frontend().push(clips[1]))
    np.testing.assert_array_equal(alexa.frontend().transform(clips[:, :13_280])[1], features[1, 0])


def test_todays_card_is_that_of_the_package(alexa):
    fresh = Card.model_validate(todays_card(alexa.card) | {"sha256": {}})
    assert (fresh.debounce, fresh.window, fresh.licence) == (alexa.card.debounce, 16, "Apache-2.0")
    assert todays_sha256(alexa.card) == {k: v for k, v in alexa.card.sha256.items() if k.endswith(".tflite")}


def test_a_head_of_ones_own_takes_the_networks_of_a_model_that_is_installed(folder, home, tmp_path, monkeypatch):
    head = tmp_path / "my_word.tflite"
    head.write_bytes(made_network(1, "sigmoid", shape=(1, 28, 96)))
    both = find_ingredients([head, folder])
    assert set(both.files) == {"model.tflite", "mel.tflite", "embedding.tflite"}
    assert find_ingredients([head]).files == both.files  # those of a model that comes with whipbird
    shipped = find_bundles()
    monkeypatch.setattr(module, "find_bundles", lambda: {"commands": shipped["commands"]})
    with pytest.raises(DataError, match=r"my_word.tflite: is a head of openWakeWord, which needs two more networks"):
        find_ingredients([head])
    target = user_target("openwakeword-alexa")
    with workplace(target) as hidden:
        add_bundle(find_open_wake_word([FolderFiles(folder)], Wanted(phrase="alexa")), hidden, target)
    monkeypatch.setattr(module, "find_bundles", lambda: {target.name: target})
    found = find_ingredients([head])
    assert found.files == both.files
    assert (found.card["name"], found.card["labels"], found.card["window"]) == ("my_word", ["my word"], 28)
    assert found.card["licence"].startswith("not stated")
    assert Model("openwakeword-alexa").card.licence == "Apache-2.0"


def test_a_head_may_be_in_an_onnx_file(folder, home, data, tmp_path):
    pytest.importorskip("onnxruntime", reason="the extra onnx runs the head of this test")
    onnx = pytest.importorskip("onnx", reason="onnx makes the head of this test")
    from made_onnx import as_bytes

    weights = np.random.default_rng(1).normal(0, 0.01, (16 * 96, 1)).astype(np.float32)
    nodes = [
        ("Flatten", ["taken"], ["flat"]),
        ("MatMul", ["flat", "weights"], ["sum"]),
        ("Sigmoid", ["sum"], ["score"]),
    ]
    head = as_bytes(
        [onnx.helper.make_node(*node) for node in nodes],
        [("taken", onnx.TensorProto.FLOAT, [1, 16, 96])],
        [("score", onnx.TensorProto.FLOAT, [1, 1])],
        [("weights", weights)],
    )
    put(tmp_path / "heads", {"my_word.onnx": head, "my_word.tflite": b"its twin, which is not asked for"})
    found = find_ingredients([tmp_path / "heads" / "my_word.onnx", folder])
    assert set(found.files) == {"model.onnx", "mel.tflite", "embedding.tflite"}
    assert (found.card["labels"], found.card["window"]) == (["my word"], 16)
    model, sound = as_model(tmp_path / "my_word", found), read_sound(data / "wake-words" / "alexa" / "0.opus", RATE_HZ)
    frontend = model.frontend()
    embeddings = frontend.push(np.pad(sound, (frontend.frame - HOP, 0)))
    windows = np.stack([embeddings[end - 16 : end].reshape(-1) for end in range(16, len(embeddings) + 1)])
    _, scores = run(model, [sound])
    np.testing.assert_allclose(scores[15 : len(embeddings), 0], 1 / (1 + np.exp(-windows @ weights[:, 0])), atol=1e-5)


def test_an_onnx_file_that_takes_no_embeddings_is_refused(folder, home, tmp_path):
    pytest.importorskip("onnxruntime", reason="the extra onnx runs the network of this test")
    pytest.importorskip("onnx", reason="onnx makes the network of this test")
    from made_onnx import made_onnx

    put(tmp_path, {"frogs.onnx": made_onnx(2), "broken.onnx": b"\x08 no"})
    with pytest.raises(
        DataError,
        match=r"frogs\.onnx: not a head of openWakeWord; for any other .*: whipbird models new-card /.*frogs\.onnx$",
    ):
        find_ingredients([tmp_path / "frogs.onnx"])
    with pytest.raises(BundleError, match=r"broken.onnx: not an ONNX model that runs here"):
        find_ingredients([tmp_path / "broken.onnx"])


def test_a_head_of_several_phrases_needs_labels(folder, home, tmp_path):
    put(tmp_path, {"timers.tflite": made_network(2, "sigmoid", shape=(1, 16, 96)), "labels.txt": b"one\ntwo\n"})
    with pytest.raises(DataError, match="gives 2 scores for 1 label; name them with --labels"):
        find_ingredients([tmp_path / "timers.tflite", folder])
    found = find_ingredients([tmp_path / "timers.tflite", folder], labels=tmp_path / "labels.txt")
    assert found.card["labels"] == ["one", "two"]


def test_the_package_needs_a_phrase(folder):
    with pytest.raises(DataError, match="holds several phrases"):
        find_open_wake_word([FolderFiles(folder)], Wanted())


def test_networks_of_other_shapes_are_not_its(tmp_path):
    put(tmp_path, {"frogs.tflite": made_network(2, shape=(1, 97, 40))})
    assert find_open_wake_word([FolderFiles(tmp_path)], Wanted()) is None
