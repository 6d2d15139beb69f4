"""Tables with BirdNET-Analyzer's columns, read back as programs do."""

import csv
import io
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from made_events import event, opening
from whipbird.events.reports import GapReport, Listener, Notice, Summary
from whipbird.formats.birdnet import BirdnetRows

HEARD = event(begin_s=12.34567891, end_s=100, reported_s=100.25, score=0.98765432, source="forest/a.wav")


def rows(*reports):
    form = BirdnetRows()
    text = form.head() + "".join(map(form.line, reports))
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_columns_are_those_of_birdnet_analyzer():
    assert BirdnetRows().head() == "Start (s),End (s),Scientific name,Common name,Confidence,File\r\n"
    both = replace(HEARD, label="Psophodes olivaceus_Eastern Whipbird")
    assert list(rows(both)[0].values()) == [
        "12.345679",
        "100",
        "Psophodes olivaceus",
        "Eastern Whipbird",
        "0.9877",
        "forest/a.wav",
    ]
    (row,) = rows(HEARD)
    assert row["Scientific name"] == row["Common name"] == "yes"


def test_a_label_is_the_scientific_name_of_an_event_with_a_common_name():
    (row,) = rows(replace(HEARD, label="Strix aluco", common_name="Waldkauz"))
    assert (row["Scientific name"], row["Common name"]) == ("Strix aluco", "Waldkauz")


def test_names_of_species_come_from_the_model():
    listeners = (Listener("calls", "1", ("bird", "owl"), {"bird": ("Perissocephalus tricolor", "Capuchinbird")}),)
    openings = replace(opening(), listeners=listeners), opening("bird", source="other")
    labels = ("calls", "bird"), ("calls", "owl"), ("other", "bird")
    found = rows(*openings, *(replace(HEARD, model=model, label=label) for model, label in labels))
    assert [(row["Scientific name"], row["Common name"]) for row in found] == [
        ("Perissocephalus tricolor", "Capuchinbird"),
        ("owl", "owl"),
        ("bird", "bird"),
    ]


def test_other_reports_are_no_rows():
    assert rows(GapReport("a", 0, 1, "overflow"), Notice("?"), Summary("a", 1, 0, 0, 1.0, None, None)) == []


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
@example("a,b\r\nc\td")
@example("\r")
def test_any_name_is_read_as_it_was_written(source):
    assert rows(replace(HEARD, source=source))[0]["File"] == source
