"""Files of labels, with names that a card takes."""

import pytest

from made_packages import as_lines
from whipbird.errors import DataError
from whipbird.importers.labels import Label, parse_labels


def names(*lines):
    return [label.name for label in parse_labels(as_lines(lines), "labels.txt")]


def test_the_scientific_name_is_the_label():
    assert parse_labels(b"Strix aluco_Tawny Owl\r\n\n", "labels.txt") == [
        Label("Strix aluco", "Strix aluco_Tawny Owl", "Tawny Owl")
    ]
    assert names("Corvus corax tingitanus_Raven", "Dog_Dog") == ["Corvus corax tingitanus", "Dog"]


def test_any_other_line_is_a_label():
    assert names("chainsaw", "my_frog", "Gryllus campestris") == ["chainsaw", "my_frog", "Gryllus campestris"]


def test_several_sounds_of_a_species_keep_their_lines():
    assert names("Strix aluco_Song", "Strix aluco_Call", "Dog_Dog") == ["Strix aluco_Song", "Strix aluco_Call", "Dog"]


def test_a_line_that_occurs_twice_gets_a_number():
    twice = ["Strix aluco_Tawny Owl", "Strix aluco_Tawny Owl"]
    assert names(*twice) == ["Strix aluco_Tawny Owl", "Strix aluco_Tawny Owl (2)"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "labels.txt: holds no labels"),
        (b"\n \n", "labels.txt: holds no labels"),
        (b"one\n\nthree\n", "labels.txt: line 2 is empty, but each line must be a label"),
        (b"\xff\xfe\x00", "labels.txt: not a file of labels: it holds bytes that are not UTF-8"),
    ],
)
def test_what_is_no_file_of_labels_is_refused(content, message):
    with pytest.raises(DataError, match=f"^{message}$"):
        parse_labels(content, "labels.txt")
