"""The pages about JSON, databases and Parquet name every field and column that there is."""

import sqlite3
from dataclasses import fields

import pytest

from command_line import ROOT
from pages import names_in, table_rows, text_of
from whipbird.database.schema import connect
from whipbird.events.detection import Detection
from whipbird.events.reports import Summary
from whipbird.scan.tables import EVENTS, MANIFEST, PLAN, RECORDINGS

DOCS = ROOT / "docs"


def section(page, title):
    """The text below a heading, up to the next one."""
    return text_of(DOCS / page).partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_cells(text):
    return [name for row in table_rows(text) for name in names_in(row[0])]


def test_fields_of_events():
    assert sorted(first_cells(section("json.md", "Events"))) == sorted(own.name for own in fields(Detection))


def test_fields_of_summaries():
    for own in fields(Summary):
        assert f'"{own.name}": ' in section("json.md", "Summaries")


@pytest.mark.parametrize(
    ("title", "columns"),
    [("`events/`", EVENTS), ("`recordings/`", RECORDINGS), ("`manifest/`", MANIFEST), ("`plan/`", PLAN)],
)
def test_columns_of_parquet_files(title, columns):
    assert first_cells(section("parquet.md", title)) == list(columns)


def test_tables_and_columns_of_the_database(tmp_path):
    path = tmp_path / "made.sqlite"
    path.touch()
    connection = connect(path)
    described = {}
    for row in table_rows(section("database.md", "Tables")):
        if row[0].startswith("column of"):
            (table,) = names_in(row[0])
        elif row[0].startswith("`") and row[0].strip("`") in tables(connection):
            described[row[0].strip("`")] = names_in(row[1])
        elif row[0].startswith("`"):
            described.setdefault(table, []).extend(names_in(row[0]))
    own = {name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] for name in tables(connection)}
    connection.close()
    assert {name: sorted(columns) for name, columns in described.items()} == {
        name: sorted(columns) for name, columns in own.items()
    }


def tables(connection: sqlite3.Connection):
    return [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
