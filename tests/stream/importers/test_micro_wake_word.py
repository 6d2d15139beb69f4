"""microWakeWord's models give the probabilities and detections of their own package."""

import json
from dataclasses import replace

import numpy as np
import pytest

from made_packages import put
from models_of_others import as_model, check_cuts, read_sound, run
from whipbird.engine.classify import classify
from whipbird.errors import DataError
from whipbird.importers.add import find_ingredients
from whipbird.importers.bundle_files import Wanted
from whipbird.importers.file_set import FolderFiles
from whipbird.importers.micro_wake_word import description_of, find_micro_wake_word, todays_card
from whipbird.models.card import Card

RATE_HZ, HOP_S = 16_000, 0.03
SPEECH = 30  # recordings, some five minutes
CLIPS = 20


@pytest.fixture(scope="module")
def folder(data):
    found = data / "models" / "micro-wake-word"
    if not found.is_dir():
        pytest.skip(f"no {found}")
    return found


@pytest.fixture(scope="module")
def alexa(folder, tmp_path_factory):
    return as_model(tmp_path_factory.mktemp("models") / "alexa", find_ingredients([folder / "alexa.json"]))


class Original:
    """The package's own detector."""

    def __init__(self, path):
        reason = "pymicro-wakeword is what this is compared with"
        self._package = pytest.importorskip("pymicro_wakeword", reason=reason)
        self._word = self._package.MicroWakeWord.from_config(path)

    def __call__(self, sound):
        """Probabilities of every hop, and the hops whose mean is high enough; whipbird starts with 20 ms of silence."""
        self._word.reset()
        samples = np.clip(np.rint(np.pad(sound, (320, 0)) * 32768), -32768, 32767).astype(np.int16)
        probabilities, means = [], []
        for number, features in enumerate(self._package.MicroWakeWordFeatures().process_streaming(samples.tobytes())):
            mean = self._word.process_streaming_prob(features)
            if number % 3 == 2:
                probabilities.append(self._word._probabilities[-1])
                means.append(mean)
        return np.array(probabilities), np.flatnonzero(np.array(means) > self._word.probability_cutoff)


def detections(hops):
    """When each detection starts, in seconds: hops in a row, and those soon after, are one."""
    starts = hops[np.diff(hops, prepend=-1000) > 1.3 / HOP_S]
    return (starts + 1) * HOP_S


@pytest.mark.parametrize("phrase", ["alexa", "hey_jarvis", "hey_mycroft", "okay_computer", "okay_nabu", "vad"])
def test_probabilities_are_the_originals(phrase, folder, data, tmp_path):
    model = as_model(tmp_path / phrase, find_ingredients([folder / f"{phrase}.json"]))
    original = Original(folder / f"{phrase}.json")
    for path in sorted((data / "wake-words" / "alexa").glob("*.opus"))[:5]:
        sound = read_sound(path, RATE_HZ)
        expected, _ = original(sound)
        _, scores = run(model, [sound], block=16)
        np.testing.assert_array_equal(scores[: len(expected), 0], expected.astype(np.float32))


def test_detections_are_the_originals(alexa, folder, data):
    original = Original(folder / "alexa.json")
    spoken = sorted((data / "wake-words" / "alexa").glob("*.opus"))[:CLIPS]
    read = sorted((data / "read-speech" / "librispeech-dev-clean").glob("*/*/*.opus"))[:SPEECH]
    heard = 0
    for path in spoken + read:
        sound = np.pad(read_sound(path, RATE_HZ), (0, RATE_HZ))
        expected = detections(original(sound)[1])
        found, _ = run(alexa, [sound], block=16)
        np.testing.assert_allclose([one.reported_s for one in found], expected, atol=HOP_S + 1e-6)
        heard += len(found)
    assert heard > 0.9 * CLIPS


def test_neither_cuts_nor_blocks_change_anything(alexa, data):
    check_cuts(alexa, read_sound(data / "wake-words" / "alexa" / "0.opus", RATE_HZ))


def test_segments_and_streams_do_not_disturb_each_other(alexa, data):
    sounds = [read_sound(data / "wake-words" / "alexa" / f"{number}.opus", RATE_HZ)[:32_000] for number in (0, 1)]
    alone = [run(alexa, [sound])[1] for sound in sounds]
    features = [alexa.frontend().push(np.pad(sound, (320, 0))) for sound in sounds]
    states = [alexa.network.new_state() for _ in sounds]
    together = [
        alexa.network.score(states, np.stack([one[start : start + 3] for one in features]))
        for start in range(0, len(features[0]) - 2, 3)
    ]
    for number, expected in enumerate(alone):
        own = np.concatenate([scores[number] for scores in together])
        np.testing.assert_array_equal(own, expected[: len(own)])


def test_clips_are_classified(alexa, data):
    assert classify(alexa, read_sound(data / "wake-words" / "alexa" / "0.opus", RATE_HZ), RATE_HZ).score > 0.5
    assert classify(alexa, np.zeros(RATE_HZ, np.float32), RATE_HZ).score < 0.1


def test_the_card_says_when_a_phrase_counts(alexa):
    card = alexa.card
    settings = card.debounce["alexa"]
    assert (card.name, card.kind, card.frontend.kind, card.remembers) == ("alexa", "stateful", "micro", True)
    assert (settings.on, settings.smooth_s) == (0.9, 0.15)


def test_todays_card_is_that_of_the_package(alexa):
    installed = alexa.card.model_copy(update={"name": "microwakeword-alexa"})
    fresh = Card.model_validate(todays_card(installed) | {"sha256": {}})
    assert fresh.debounce == installed.debounce
    assert (fresh.version, fresh.licence, fresh.window) == ("2.5.0", "Apache-2.0", installed.window)


def test_a_folder_of_several_needs_a_phrase(folder):
    sets = [FolderFiles(folder)]
    with pytest.raises(DataError, match="holds several models"):
        find_micro_wake_word(sets, Wanted())
    found = find_micro_wake_word(sets, Wanted(phrase="okay_nabu"))
    assert (found.card["name"], found.card["labels"]) == ("microwakeword-okay_nabu", ["okay nabu"])
    assert find_micro_wake_word(sets, Wanted(phrase="hey_you")) is None


DESCRIPTION = {
    "type": "micro",
    "wake_word": "Frog",
    "author": "Kermit",
    "model": "frog.tflite",
    "micro": {"probability_cutoff": 0.5, "sliding_window_size": 3},
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "toad.tflite"}, r"frog.json: no toad.tflite beside it"),
        ({"wake_word": ""}, r"frog.json: wake_word: "),
        ({"micro": {"sliding_window_size": 3}}, r"frog.json: micro.probability_cutoff: "),
        ({"micro": DESCRIPTION["micro"] | {"feature_step_size": 20}}, r"frog.json: micro.feature_step_size: "),
    ],
)
def test_what_is_wrong_in_a_description_is_named(changes, message, tmp_path):
    put(tmp_path, {"frog.json": json.dumps(DESCRIPTION | changes).encode(), "frog.tflite": b"network"})
    with pytest.raises(DataError, match=message):
        find_ingredients([tmp_path / "frog.json"])


def test_other_descriptions_are_not_its(tmp_path):
    put(tmp_path, {"a.json": b"{", "b.json": b"[1]", "c.json": b'{"type": "openWakeWord"}'})
    assert find_micro_wake_word([FolderFiles(tmp_path)], Wanted()) is None


@pytest.mark.parametrize("content", [b"{", b"[1]", b'{"type": "openWakeWord"}'])
def test_a_file_that_is_no_description_is_refused(content, tmp_path):
    put(tmp_path, {"a.json": content, "a.tflite": b"network", "b.tflite": b"network"})
    with pytest.raises(
        DataError, match=r'a\.json: not a description of a microWakeWord model: it lacks "type": "micro"$'
    ):
        find_ingredients([tmp_path / "a.json"])


def test_the_description_beside_a_network_is_found(tmp_path):
    put(tmp_path, {"frog.json": json.dumps(DESCRIPTION).encode(), "toad.json": b"{}"})
    assert description_of(tmp_path / "frog.tflite") == tmp_path / "frog.json"
    assert description_of(tmp_path / "toad.tflite") is None
    assert description_of(tmp_path / "newt.tflite") is None


def test_the_licence_of_others_is_not_known(tmp_path):
    put(tmp_path, {"frog.json": json.dumps(DESCRIPTION).encode(), "frog.tflite": b"network"})
    found = replace(find_ingredients([tmp_path / "frog.json"]))
    assert found.card["licence"] == "not stated; its author is Kermit"
    assert set(found.files) == {"model.tflite"}
