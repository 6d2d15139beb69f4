import gzip
import json

import pytest

from birdnet_bundle import OTHERS, make_bundle
from made_birds import BLACKBIRD, BOOBOOK, DOG, OWL, write_birds
from spoilt_bundles import edit, put
from whipbird.errors import BundleError, WhipbirdError
from whipbird.events.thresholds import Thresholds
from whipbird.models.bundle import read_card
from whipbird.models.names import LabelNames, check_language, labels_named, thresholds_named


@pytest.fixture
def birds(tmp_path):
    return write_birds(tmp_path / "birds")


def names_of(folder, language="en"):
    return LabelNames(folder, read_card(folder), language)


def test_a_label_has_a_common_name_in_each_language_and_a_code(birds):
    assert names_of(birds).common(OWL) == "Tawny Owl"
    assert names_of(birds, "de").common(OWL) == "Waldkauz"
    assert names_of(birds, "DE").common(OWL) == "Waldkauz"
    assert names_of(birds).code(OWL) == "tawowl1"


def test_english_replaces_a_name_that_is_missing(birds):
    assert names_of(birds, "de").common(BOOBOOK) == "Australian Boobook"
    assert names_of(birds).common("Larus nemo") is None
    assert names_of(birds).shown("Larus nemo") == "Larus nemo"
    assert names_of(birds).code(DOG) is None


def test_labels_are_shown_as_they_are_without_common_names(birds):
    assert names_of(birds, "scientific").shown(OWL) == OWL
    assert names_of(birds, "scientific").find("Tawny Owl") == [OWL]


@pytest.mark.parametrize(
    "name", [OWL, "strix ALUCO", " tawny owl", "Waldkauz", "TAWOWL1", "Strix aluco_Tawny Owl", "Strix aluco_Allocco"]
)
def test_a_label_is_found_by_any_of_its_names(birds, name):
    assert names_of(birds, "de").find(name) == [OWL]


def test_names_of_other_languages_are_not_known(birds):
    assert names_of(birds).find("Waldkauz") == []


def test_a_name_of_several_labels_is_refused_with_the_labels(birds):
    with pytest.raises(WhipbirdError, match="'drossel' is the name of Turdus ignotus, Turdus obscurus; use one of"):
        labels_named("drossel", [names_of(birds, "de")])


def test_an_unknown_name_is_refused_with_the_one_that_was_probably_meant(birds):
    with pytest.raises(WhipbirdError, match="no chosen model reports 'Waldkautz'; did you mean 'Waldkauz'"):
        labels_named("Waldkautz", [names_of(birds, "de")])


def test_labels_of_small_models_are_found_beside_those_of_birds(birds, commands):
    models = [names_of(birds), LabelNames(commands.folder, commands.card)]
    assert labels_named("YES", models) == ["yes"]
    assert labels_named("tawny owl", models) == [OWL]


def test_a_card_that_names_its_species_is_enough(calls):
    names = LabelNames(calls.folder, calls.card)
    assert names.find("Perissocephalus tricolor") == ["capuchinbird"]
    assert names.common("capuchinbird") == "Capuchinbird"


def test_thresholds_are_for_labels_by_any_name(birds):
    given = Thresholds(0.5, (("Waldkauz", 0.9), ("eurbla", 0.8)))
    found = thresholds_named(given, [names_of(birds, "de")])
    assert found == Thresholds(0.5, ((OWL, 0.9), (BLACKBIRD, 0.8)))


def test_two_thresholds_for_one_label_are_refused(birds):
    given = Thresholds(None, (("Tawny Owl", 0.9), ("tawowl1", 0.8)))
    with pytest.raises(WhipbirdError, match="another threshold for 'Strix aluco'"):
        thresholds_named(given, [names_of(birds)])


def test_an_unknown_language_is_refused_with_those_there_are(birds, commands):
    with pytest.raises(WhipbirdError, match="no names in 'xx'; use one of de, en, scientific"):
        check_language("xx", [names_of(birds)])
    check_language("scientific", [names_of(birds)])
    check_language("xx", [LabelNames(commands.folder, commands.card)])  # which has no names at all


def test_english_needs_no_file_of_names_to_be_checked(birds):
    (birds / "names.csv").unlink()
    check_language("en", [names_of(birds)])
    with pytest.raises(BundleError, match=r"names\.csv"):
        check_language("de", [names_of(birds)])


def test_quoted_names_have_commas_and_line_breaks(birds):
    rows = [f'{label},code{n},"Name, {n}","Zeile\r\n{n}"' for n, label in enumerate(names_of(birds).card.labels)]
    put(birds, "names.csv", ("\ufeff" + "".join(f"{row}\r\n" for row in ("label,code,en,de", *rows))).encode())
    label = names_of(birds).card.labels[1]
    assert names_of(birds).common(label) == "Name, 1"
    assert names_of(birds, "de").common(label) == "Zeile\r\n1"


def test_a_changed_file_of_names_is_refused(birds):
    with (birds / "names.csv").open("a") as file:
        file.write("x")
    with pytest.raises(BundleError, match=r"names\.csv: is not the file that card\.json describes"):
        names_of(birds).common(OWL)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"label,name\r\n", "its first columns must be label, code, en"),
        (b"label,code,en\r\nPica pica,,Magpie\r\n", "its labels are not those of the card"),
        (b"label,code,en\r\nPica pica\r\n", "not a table of names"),
        (b"\xff\xfe\x00", "not a table of names"),
        (b"", "its first columns must be label, code, en"),
    ],
)
def test_a_wrong_table_of_names_is_one_line(birds, content, message):
    put(birds, "names.csv", content)
    with pytest.raises(BundleError, match=message) as caught:
        names_of(birds).common(OWL)
    assert str(caught.value).startswith(str(birds / "names.csv"))
    assert "\n" not in str(caught.value)


def test_names_are_read_only_when_one_is_needed(birds):
    (birds / "names.csv").unlink()
    names = names_of(birds)
    assert names.find(OWL) == [OWL]
    with pytest.raises(BundleError):
        names.find("tawny owl")


def test_birdnet_has_names_in_forty_columns_and_codes(tmp_path):
    folder = make_bundle(tmp_path, OTHERS)
    names = names_of(folder, "de")
    assert len(names.card.labels) == 6522
    assert len(names.languages) == 38
    assert names.common("Strix aluco") == "Waldkauz"
    assert names.code("Strix aluco") == "tawowl1"
    for name in ("waldkauz", "Tawny Owl", "tawowl1", "Strix aluco_Tawny Owl"):
        assert names.find(name) == ["Strix aluco"]


def test_every_line_of_a_species_list_of_birdnet_is_found(tmp_path, data):
    names = names_of(make_bundle(tmp_path, OTHERS))
    listed = data / "birds" / "birdnet-soundscape" / "reference" / "birdnetlib_species_list.txt"
    for line in listed.read_text().splitlines():
        assert names.find(line) == [line.split("_")[0]]


def test_every_label_of_birdnet_is_found_by_its_own_names(tmp_path, data):
    names = names_of(make_bundle(tmp_path, OTHERS))
    reference = data / "birds" / "birdnet-soundscape" / "reference" / "meta-model.tflite.json.gz"
    (_, scores), *_ = json.loads(gzip.decompress(reference.read_bytes()))
    for line in scores:
        scientific, common = line.split("_")
        assert names.find(scientific) == names.find(common) == [scientific]


def test_another_hash_of_the_names_is_another_file(birds):
    before = names_of(birds).common(OWL)
    put(birds, "names.csv", (birds / "names.csv").read_bytes().replace(b"Tawny Owl", b"Brown Owl"))
    assert (before, names_of(birds).common(OWL)) == ("Tawny Owl", "Brown Owl")


def test_a_bundle_without_names_has_labels_alone(birds):
    edit(birds, lambda card: card["sha256"].pop("names.csv"))
    assert names_of(birds, "de").shown(OWL) == OWL
