import hashlib
import json

import numpy as np
import pytest
import soundfile

import whipbird
from made_networks import made_network

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def samples(demo):
    return soundfile.read(demo, dtype="float32")[0][: 2 * RATE_HZ]


@pytest.fixture(scope="module")
def embedding(lecture, tmp_path_factory):
    """Folder of a model whose embedding is the power of a window, and whose labels are two."""
    folder = tmp_path_factory.mktemp("models") / "power"
    folder.mkdir()
    content = made_network(2, "sigmoid", window=8_000, shape=(1, 8_000), power_output=True)
    (folder / "model.tflite").write_bytes(content)
    card = json.loads((lecture.folder / "card.json").read_text()) | {
        "name": "power",
        "labels": ["low", "high"],
        "debounce": {"high": {"on": 0.5, "off": 0.4, "smooth_s": 0.5, "release_s": 0.1, "min_s": 0, "refractory_s": 0}},
        "operating_points": {},
        "sample_rate_hz": RATE_HZ,
        "window": 8_000,
        "hop_s": 0.5,
        "tensors": {"output": 0, "embedding": 1},
        "sha256": {"model.tflite": hashlib.sha256(content).hexdigest()},
    }
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def test_a_model_says_what_it_is(shipped):
    model = whipbird.load_model("commands")
    assert (model.name, model.sample_rate_hz, model.folder) == ("commands", RATE_HZ, shipped)
    assert set(model.labels) - set(model.reported) == {"_silence_", "_unknown_"}
    assert "'commands'" in repr(model)
    assert model.version in repr(model)


def test_a_model_is_loaded_by_its_folder(shipped):
    assert whipbird.load_model(shipped).labels == whipbird.load_model("commands").labels


def test_a_sensitivity_and_thresholds_choose_what_is_reported(samples):
    def count(**settings):
        return len(list(whipbird.detect(samples, RATE_HZ, whipbird.load_model("commands", **settings))))

    assert count() == 1
    assert count(sensitivity="eager") >= 1
    assert count(threshold=0.999) == 0
    assert count(threshold={"yes": 0.999}) == 0
    assert count(threshold={"no": 0.999}) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sensitivity": "deaf"}, "commands has no operating point 'deaf'"),
        ({"threshold": 2}, "threshold 2: give a score between 0 and 1, or a mapping of labels to scores"),
        ({"threshold": {"yes": "high"}}, "threshold 'high': give a score"),
        ({"threshold": {"novel": 0.5}}, "no chosen model reports 'novel'"),
        ({"hop_s": 1.0}, "commands has a hop of"),
    ],
    ids=str,
)
def test_settings_that_are_wrong_are_refused(settings, message):
    with pytest.raises(whipbird.WhipbirdError, match=message) as error:
        whipbird.load_model("commands", **settings)
    assert "\n" not in str(error.value)


def test_an_unknown_model_is_refused():
    with pytest.raises(whipbird.BundleError, match="no-such-model"):
        whipbird.load_model("no-such-model")


def test_scores_are_those_of_all_windows(samples, commands):
    found = whipbird.load_model("commands").scores(samples, RATE_HZ)
    windows = len(found.time_s)
    assert found.scores.shape == (windows, len(commands.card.labels))
    assert found.scores.dtype == np.float32
    assert found.labels == tuple(commands.card.labels)
    assert found.time_s.shape == found.begin_s.shape == found.end_s.shape == (windows,)
    assert found.begin_s.min() == 0
    assert found.end_s.max() == 2
    np.testing.assert_allclose(np.diff(found.time_s), commands.card.hop_s)
    np.testing.assert_allclose(found.scores.sum(axis=1), 1, atol=1e-3)


def test_scores_are_highest_where_the_event_is(samples):
    (event,) = whipbird.detect(samples, RATE_HZ)
    found = whipbird.load_model("commands").scores(samples, RATE_HZ)
    best = found.time_s[found.of("yes").argmax()]
    assert event.begin_s - 0.2 < best < event.end_s + 0.2
    with pytest.raises(whipbird.WhipbirdError, match="no label 'novel' among these scores"):
        found.of("novel")


def test_scores_of_an_array_are_those_of_the_recording(samples, tmp_path):
    path = tmp_path / "word.wav"
    soundfile.write(path, samples, RATE_HZ, subtype="FLOAT")
    model = whipbird.load_model("commands")
    np.testing.assert_array_equal(model.scores(path).scores, model.scores(samples, RATE_HZ).scores)
    stereo = np.stack((samples, np.zeros_like(samples)), axis=1)
    np.testing.assert_array_equal(
        model.scores(stereo, RATE_HZ, channel=1).scores, model.scores(samples, RATE_HZ).scores
    )


def test_embeddings_of_all_windows(embedding, noise):
    model = whipbird.load_model(embedding)
    found = model.embed(np.concatenate((0 * noise, noise)), RATE_HZ)
    assert found.vectors.shape == (len(found.begin_s), 1)
    assert found.vectors.dtype == np.float32
    for begin_s, end_s, power in zip(found.begin_s, found.end_s, found.vectors[:, 0], strict=True):
        window = np.concatenate((0 * noise, noise))[round(begin_s * RATE_HZ) : round(end_s * RATE_HZ)]
        assert power == pytest.approx(np.square(window).sum() / 8_000, rel=1e-3)


def test_a_model_without_embeddings_says_so(samples):
    with pytest.raises(whipbird.BundleError, match="commands has no embeddings; BirdNET has: whipbird models add"):
        whipbird.load_model("commands").embed(samples, RATE_HZ)
