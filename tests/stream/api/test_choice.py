"""Labels and species are chosen by the names that the command line takes."""

import pytest

import whipbird
from made_birds import BLACKBIRD, BOOBOOK, DOG, OWL, write_birds


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    return write_birds(tmp_path_factory.mktemp("models") / "birds")


def heard(tones, birds, **arguments):
    return {event.label for event in whipbird.detect(tones, model=birds, **arguments)}


def test_all_are_reported(birds, tones):
    assert heard(tones, birds) == {OWL, DOG, BOOBOOK, BLACKBIRD}


def test_a_label_is_given_by_any_of_its_names(birds, tones):
    assert heard(tones, birds, label=["tawny owl", "eurbla"]) == {OWL, BLACKBIRD}
    assert heard(tones, birds, label="Waldkauz", names="de") == {OWL}


def test_common_names_are_in_a_language(birds, tones):
    found = {event.label: event.common_name for event in whipbird.detect(tones, model=birds, names="de")}
    assert found[OWL] == "Waldkauz"
    with pytest.raises(whipbird.WhipbirdError, match="xx"):
        whipbird.detect(tones, model=birds, names="xx")


def test_lists_of_species_are_names_or_files(birds, tones, tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("Strix aluco\nAmsel\n", encoding="utf-8")
    assert heard(tones, birds, include=path, names="de") == {OWL, DOG, BLACKBIRD}
    assert heard(tones, birds, exclude="Tawny Owl, Dog") == {BOOBOOK, BLACKBIRD}
    assert heard(tones, birds, include=["Tawny Owl", "Australian Boobook"]) == {OWL, DOG, BOOBOOK}


def test_a_place_leaves_out_what_does_not_live_there(birds, tones):
    assert heard(tones, birds, place=(47.6, 8.2)) == {OWL, DOG, BLACKBIRD}
    assert heard(tones, birds, place=(-33.9, 151.2)) == {BOOBOOK, DOG, BLACKBIRD}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"place": (147.6, 8.2)},
            r"place \(147.6, 8.2\): give latitude and longitude in degrees, such as \(47.6, 8.2\)",
        ),
        ({"place": "here"}, "place 'here': give latitude"),
        ({"place": (47.6, 8.2), "range_threshold": 3}, "range_threshold 3: give a probability between 0 and 1"),
        ({"include": "no such bird"}, "no such bird"),
        ({"label": "no such bird"}, "no such bird"),
    ],
    ids=str,
)
def test_choices_that_are_wrong_are_refused_at_once(birds, tones, arguments, message):
    with pytest.raises(whipbird.WhipbirdError, match=message) as error:
        whipbird.detect(tones, model=birds, **arguments)
    assert "\n" not in str(error.value)
