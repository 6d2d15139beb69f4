"""YAMNet gives its own scores, and knows the sounds of ESC-10."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from made_networks import made_network
from made_packages import put
from models_of_others import as_model, check_cuts, run
from recordings_of_esc10 import CLASSES, esc10_clip
from whipbird.errors import DataError
from whipbird.importers.add import find_ingredients
from whipbird.importers.bundle_files import Wanted
from whipbird.importers.file_set import FolderFiles
from whipbird.importers.yamnet import find_yamnet, todays_card
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird.models.settings import ModelSettings

WINDOW, HOP = 15_600, 7_680


def class_list(names=CLASSES, count=521):
    """A list of classes, in which those of ESC-10 have their places."""
    named = {number: name for numbers in names.values() for number, name in numbers.items()}
    rows = [f'{number},/m/{number},"{named.get(number, f"class, {number}")}"' for number in range(count)]
    return "\n".join(["index,mid,display_name", *rows, ""]).encode()


@pytest.fixture(scope="module")
def path(data):
    found = data / "models" / "yamnet" / "yamnet.tflite"
    if not found.is_file():
        pytest.skip(f"no {found}")
    return found


@pytest.fixture(scope="module")
def ingredients(path, tmp_path_factory):
    labels = tmp_path_factory.mktemp("labels") / "classes.csv"
    labels.write_bytes(class_list())
    return find_ingredients([path], labels=labels, family="yamnet")


@pytest.fixture(scope="module")
def yamnet(ingredients, tmp_path_factory):
    return as_model(tmp_path_factory.mktemp("models") / "yamnet", ingredients)


def test_scores_are_those_of_the_file_by_hand(yamnet, path, data):
    sound = esc10_clip(data, "dog-bark", 0)
    interpreter = Interpreter(str(path))
    interpreter.allocate_tensors()
    expected = []
    for start in range(0, len(sound) - WINDOW + 1, HOP):
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], sound[None, start : start + WINDOW])
        interpreter.invoke()
        expected.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0])
    _, scores = run(yamnet, [sound])
    np.testing.assert_array_equal(scores[: len(expected)], expected)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_the_sounds_of_esc10_are_known(name, yamnet, data):
    """In three or more of eight clips, the class is among the five highest of 521; chance would have it in none."""
    right = 0
    for number in range(8):
        _, scores = run(yamnet, [esc10_clip(data, name, number)], block=16)
        highest = np.argsort(scores.max(axis=0))[-5:]
        right += bool(set(highest.tolist()) & set(CLASSES[name]))
    assert right >= 3


def test_a_dog_is_an_event(yamnet, data):
    found, _ = run(yamnet, [esc10_clip(data, "dog-bark", 0)])
    assert {"Dog", "Bark"} & {one.label for one in found}


def test_neither_cuts_nor_blocks_change_anything(yamnet, data):
    check_cuts(yamnet, esc10_clip(data, "rooster", 0))


def test_the_embedding_is_inside(yamnet):
    model = Model(str(yamnet.folder), settings=ModelSettings(embeds=True))
    state = model.network.new_state()
    model.network.score([state], np.zeros((1, WINDOW, 1), np.float32))
    assert model.network.embeddings(state).shape == (1, 1024)


def test_the_card_is_todays(yamnet):
    assert Card.model_validate(todays_card(yamnet.card) | {"sha256": yamnet.card.sha256}) == yamnet.card
    assert len(yamnet.card.labels) == 521
    assert yamnet.card.tensors.output == "Identity"


def test_the_list_beside_the_file_is_found(path, tmp_path):
    folder = put(tmp_path, {"yamnet.tflite": path.read_bytes(), "yamnet_class_map.csv": class_list()})
    assert find_ingredients([folder / "yamnet.tflite"]).card["labels"][69] == "Dog"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (class_list(count=520), "classes.csv: holds 520 names, but YAMNet has 521 classes"),
        (b"a,b\n1,2\n", "classes.csv: not a list of classes: it needs a name in the column display_name"),
        (b"\xff\xfe", "classes.csv: not a list of classes"),
        (b"", "classes.csv: not a list of classes"),
    ],
)
def test_other_lists_are_refused(content, message, path, tmp_path):
    put(tmp_path, {"classes.csv": content})
    with pytest.raises(DataError, match=message):
        find_ingredients([path], labels=tmp_path / "classes.csv", family="yamnet")


def test_without_a_list_it_is_refused(path, tmp_path):
    put(tmp_path, {"yamnet.tflite": path.read_bytes()})
    with pytest.raises(DataError, match=r"yamnet.tflite: no yamnet_class_map.csv beside it"):
        find_ingredients([tmp_path / "yamnet.tflite"])


def test_other_networks_are_not_it(tmp_path):
    put(tmp_path, {"frogs.tflite": made_network(521, window=8_000)})
    assert find_yamnet([FolderFiles(tmp_path)], Wanted()) is None
