import pytest

from made_birds import BLACKBIRD, BOOBOOK, OWL, write_birds
from whipbird.errors import WhipbirdError
from whipbird.models.bundle import read_card
from whipbird.models.names import LabelNames
from whipbird.models.species_list import listed_labels


@pytest.fixture
def names(tmp_path):
    folder = write_birds(tmp_path / "birds")
    return [LabelNames(folder, read_card(folder))]


def test_a_list_is_given_as_names_with_commas_between_them(names):
    assert listed_labels(["Tawny Owl, eurbla", "ninox boobook"], names) == {OWL, BLACKBIRD, BOOBOOK}


def test_a_name_may_have_a_comma_itself(names):
    assert listed_labels(["nobody's thrush, northern"], names) == {"Turdus ignotus"}


def test_a_file_has_one_name_on_each_line(names, tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("\ufeff# of the garden\r\nStrix aluco_Tawny Owl\r\n\r\n  Eurasian Blackbird \r\n", encoding="utf-8")
    assert listed_labels([str(path)], names) == {OWL, BLACKBIRD}


def test_names_in_a_file_that_no_model_has_are_reported_once(names, tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("Tawny Owl\nDodo\nGreat Auk\n")
    notices = []
    assert listed_labels([str(path)], names, notices.append) == {OWL}
    assert notices == [f"{path}: no chosen model has 'Dodo' and 1 other name"]


def test_a_file_without_a_known_name_is_refused(names, tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("Dodo\n")
    with pytest.raises(WhipbirdError, match="no species of a chosen model in this list"):
        listed_labels([str(path)], names)


def test_a_file_that_is_no_text_is_refused(names, tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes(b"\xff\x00")
    with pytest.raises(WhipbirdError, match="not UTF-8 text"):
        listed_labels([str(path)], names)


@pytest.mark.parametrize("text", ["Tawny Owls", "Tawny Owl,Tawny Owls", "no/such/list.txt", "x" * 5000, "a\0b"])
def test_an_unknown_name_is_refused(names, text):
    with pytest.raises(WhipbirdError, match="no chosen model has"):
        listed_labels([text], names)
