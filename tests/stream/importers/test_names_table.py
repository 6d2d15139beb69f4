"""The table of a bundle's names."""

import pytest

from made_packages import LABELS, as_lines, names_files, put
from whipbird.errors import DataError
from whipbird.importers.file_set import FolderFiles
from whipbird.importers.labels import parse_labels
from whipbird.importers.names_table import (
    NameTables,
    language_shares,
    names_table,
    read_names_table,
    read_tables,
    tables_of_bundle,
)

READ = parse_labels(as_lines(LABELS), "labels.txt")


@pytest.fixture
def tables(tmp_path):
    return read_tables([FolderFiles(put(tmp_path, names_files()))])


def test_it_has_a_row_for_each_label_and_a_column_for_each_language(tables):
    lines = names_table(READ, tables, {"Dog"}).decode().splitlines()
    assert lines[:3] == [
        "label,code,en,de,id,pt-br",
        "Strix aluco,tawowl1,Tawny Owl,Waldkauz,Tawny Owl,Tawny Owl",
        "Dog,,Dog,Hund,Dog,Dog",
    ]
    assert len(lines) == 1 + len(LABELS)


def test_without_tables_there_is_english_alone():
    assert names_table(READ[:1], NameTables(), ()).decode().splitlines() == ["label,code,en", "Strix aluco,,Tawny Owl"]


def test_the_share_of_names_that_are_still_english_is_known(tables):
    rows = read_names_table(names_table(READ, tables, ()))
    assert language_shares(rows) == {"de": 0.25, "id": 1.0, "pt-br": 1.0}


def test_names_of_a_bundle_serve_others(tables, tmp_path):
    (tmp_path / "names.csv").write_bytes(names_table(READ, tables, ()))
    again = tables_of_bundle(tmp_path)
    assert again.languages["de"]["Turdus merula"] == "Amsel"
    assert again.codes["Strix aluco"] == "tawowl1"
    assert tables_of_bundle(tmp_path / "nowhere") == NameTables()


@pytest.mark.parametrize("content", [b"[]", b"{", b"\xff"])
def test_damaged_codes_are_refused(content, tmp_path):
    put(tmp_path, {"eBird_taxonomy_codes_2024E.json": content})
    with pytest.raises(DataError, match="not a table of eBird's codes"):
        read_tables([FolderFiles(tmp_path)])
