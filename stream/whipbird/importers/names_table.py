"""The table of a bundle's names, ``names.csv``: for each label a code, and its common name in each language.

The file is UTF-8 with the header ``label,code,en,…``; languages are tags in lower case, such as ``pt-br``. A row
follows for each label of the card, in the same order; what is not known is empty.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from whipbird.errors import DataError
from whipbird.importers.file_set import FileSet, find_file, find_files
from whipbird.importers.labels import Label, label_lines
from whipbird.models.bundle import find_bundles
from whipbird.models.names import ENGLISH, FIRST_COLUMNS, NAMES

__all__ = [
    "NameTables",
    "language_shares",
    "names_table",
    "read_names_table",
    "read_tables",
    "tables_of_bundle",
]

CODES = "eBird_taxonomy_codes_*.json"
LANGUAGE = re.compile(r"_Labels_(?P<tag>[A-Za-z]{2,3}(?:_[A-Za-z]{2,4})?)\.txt")
TAGS = {"in": "id"}  # as files call a language, and its tag today


@dataclass(frozen=True)
class NameTables:
    """What is known about names.

    Attributes
    ----------
    languages : mapping of str to mapping
        For each language, common names by label.
    codes : mapping of str to str
        Codes of eBird by label.
    """

    languages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)


def read_tables(sets: Sequence[FileSet]) -> NameTables:
    """The names and codes that are in some places, in BirdNET-Analyzer's files.

    Raises
    ------
    DataError
        If a file is damaged.
    """
    languages: dict[str, dict[str, str]] = {}
    for files, name in find_files(sets, "*_Labels_*.txt"):
        if match := LANGUAGE.search(PurePosixPath(name).name):
            tag = match["tag"].lower().replace("_", "-")
            pairs = (line.partition("_") for line in label_lines(files.read(name), f"{files.path}: {name}"))
            languages.setdefault(TAGS.get(tag, tag), {label: common for label, _, common in pairs})
    found = find_file(sets, CODES)
    return NameTables(languages, {} if found is None else _codes(*found))


def known_names(sets: Sequence[FileSet]) -> NameTables:
    """The names and codes in some places, or else those of BirdNET, if it is installed."""
    tables = read_tables(sets)
    folder = find_bundles().get("birdnet")
    return tables if tables.languages or folder is None else tables_of_bundle(folder)


def _codes(files: FileSet, name: str) -> dict[str, str]:
    """Codes by label, from an object with codes by lines of labels, and the reverse."""
    try:
        pairs = json.loads(files.read(name))
        return {line.partition("_")[0]: str(code) for line, code in pairs.items() if "_" in line}
    except (ValueError, AttributeError) as error:
        raise DataError(f"{files.path}: {name}: not a table of eBird's codes") from error


def names_table(labels: Sequence[Label], tables: NameTables, without_code: Collection[str]) -> bytes:
    """Content of the table; labels `without_code` are no species."""
    tags = sorted(set(tables.languages) - {ENGLISH})
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*FIRST_COLUMNS, *tags])
    for label in labels:
        code = "" if label.name in without_code else tables.codes.get(label.name, "")
        names = (tables.languages[tag].get(label.name, "") for tag in tags)
        writer.writerow([label.name, code, label.common, *names])
    return file.getvalue().encode()


def read_names_table(content: bytes) -> list[dict[str, str]]:
    """The rows of a table, by the names of its columns; raises ValueError or csv.Error if it is none."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    if rows and not set(FIRST_COLUMNS) <= rows[0].keys():
        raise ValueError("no columns of labels, codes and English names")
    return rows


def tables_of_bundle(folder: Path) -> NameTables:
    """What the table in a bundle says; nothing if there is none, or it cannot be read."""
    try:
        rows = read_names_table((folder / NAMES).read_bytes())
    except (OSError, ValueError, csv.Error):
        return NameTables()
    tags = [tag for tag in (rows[0] if rows else ()) if tag not in FIRST_COLUMNS]
    languages = {tag: {row["label"]: row[tag] for row in rows} for tag in tags}
    return NameTables(languages, {row["label"]: row["code"] for row in rows})


def language_shares(rows: Sequence[Mapping[str, str]]) -> dict[str, float]:
    """For each other language than English, the share of names that are missing or still English."""
    if not rows:
        return {}
    tags = [tag for tag in rows[0] if tag not in FIRST_COLUMNS and not tag.startswith(f"{ENGLISH}-")]
    return {tag: sum(_is_english(row, tag) for row in rows) / len(rows) for tag in tags}


def _is_english(row: Mapping[str, str], tag: str) -> bool:
    return row[tag].casefold() in ("", row[ENGLISH].casefold())
