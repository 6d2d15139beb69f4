"""``whipbird models export``: other programs, and whipbird itself, take the files."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from command_line import check_refused, whipbird_here
from models_of_others import as_model
from whipbird.errors import BundleError
from whipbird.importers.add import find_ingredients
from whipbird.importers.bundle_files import Wanted
from whipbird.importers.file_set import FolderFiles
from whipbird.importers.micro_wake_word import find_micro_wake_word
from whipbird.importers.open_wake_word import find_open_wake_word
from whipbird.importers.wake_word_files import wake_word_files
from whipbird.models.card import Card


def added(package, find, folder, phrase="alexa"):
    """A model of another program's package, and the package."""
    own = pytest.importorskip(package, reason="its models are exported")
    files = FolderFiles(Path(own.__file__).parent / "models")
    return own, as_model(folder / "bundle", find([files], Wanted(phrase=phrase)))


@pytest.fixture
def spoken(data):
    """Samples of somebody who says alexa, with silence around it, as 16-bit integers at 16 kHz."""
    sound, rate_hz = soundfile.read(sorted((data / "wake-words" / "alexa").glob("*.opus"))[0], dtype="int16")
    assert rate_hz == 16_000
    return np.pad(sound, 16_000)


def test_microwakeword_takes_the_files_with_the_threshold(tmp_path, spoken):
    package, model = added("pymicro_wakeword", find_micro_wake_word, tmp_path)
    done = whipbird_here("models", "export", model.folder, "--threshold", "0.61", "--out", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    written = json.loads(done.stdout)
    assert (written["program"], written["threshold"]) == ("microWakeWord", None)
    path = tmp_path / "out" / "alexa.json"
    original = json.loads((Path(package.__file__).parent / "models" / "alexa.json").read_text())
    described = json.loads(path.read_text())
    assert described["micro"]["probability_cutoff"] == 0.61
    assert described["micro"]["sliding_window_size"] == original["micro"]["sliding_window_size"]
    assert described["micro"]["tensor_arena_size"] > original["micro"]["tensor_arena_size"]
    again = Card.model_validate(find_ingredients([path]).card | {"sha256": {}})
    assert again.debounce["alexa"] == model.card.debounce["alexa"].model_copy(update={"on": 0.61, "off": 0.366})
    features, word = package.MicroWakeWordFeatures(), package.MicroWakeWord.from_config(path)
    assert any(word.process_streaming(one) for one in features.process_streaming(spoken.tobytes()))


def test_openwakeword_takes_the_file_and_is_told_the_threshold_of_a_room(tmp_path, spoken):
    package, model = added("pyopen_wakeword", find_open_wake_word, tmp_path)
    rooms = tmp_path / "rooms.json"
    rooms.write_text(json.dumps({"kitchen": {model.card.name: {"alexa": 0.71}}}))
    options = ("--room-thresholds", rooms, "--room", "kitchen", "--out", tmp_path / "out")
    done = whipbird_here("models", "export", model.folder, *options)
    assert done.returncode == 0, done.stderr
    path = tmp_path / "out" / "alexa.tflite"
    assert done.stdout.splitlines() == [
        str(path),
        "openWakeWord is told the threshold by an option: 0.71",
        "licence: Apache-2.0",
    ]
    assert path.read_bytes() == (model.folder / "model.tflite").read_bytes()
    features, word = package.OpenWakeWordFeatures.from_builtin(), package.OpenWakeWord.from_model(path)
    scores = [one for own in features.process_streaming(spoken.tobytes()) for one in word.process_streaming(own)]
    assert max(scores) > 0.71
    check_refused(whipbird_here("models", "export", model.folder, *options), 1, "is there already")


@pytest.mark.parametrize(
    ("model", "options", "code", "reason"),
    [
        ("capuchinbird", (), 1, "capuchinbird: its network takes other features"),
        ("commands", ("--room", "kitchen"), 2, "--room and --room-thresholds: give both"),
    ],
)
def test_what_has_another_form_is_refused(tmp_path, model, options, code, reason):
    done = whipbird_here("models", "export", model, "--out", tmp_path / "out", *options)
    check_refused(done, code, reason)
    assert not (tmp_path / "out").exists()


def test_several_phrases_in_one_network_are_refused(tmp_path):
    _, model = added("pyopen_wakeword", find_open_wake_word, tmp_path)
    card = model.card.model_copy(update={"labels": ["alexa", "computer"]})
    with pytest.raises(BundleError, match="has 2 labels; files of wake words hold one phrase"):
        wake_word_files(model.folder, card)
