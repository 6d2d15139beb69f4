"""Selected parts of a database, with the hours listened in them."""

import json
from datetime import datetime, timedelta

import pytest

from command_line import check_refused, only_line, whipbird_here
from made_events import event as made_event
from made_mornings import DAWN, end, event, opening
from whipbird.activity.effort import DAY_H
from whipbird.activity.heard_recording import Site, Target
from whipbird.activity.selection import Selection
from whipbird.activity.stored import read_activity
from whipbird.activity.tallies import total
from whipbird.database.writer import Database
from whipbird.errors import WhipbirdError
from whipbird.events.reports import GapReport

YES, NO = Target("commands", "yes"), Target("commands", "no")
START_S = (DAWN.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()  # by the recording's own clock
HOUR_S = 3600


@pytest.fixture
def database(tmp_path):
    """A morning of a microphone, one of a folder, and one whose time is not known."""
    path, one = tmp_path / "heard.sqlite", Database(tmp_path / "heard.sqlite", "hill")
    card, lost = str(tmp_path / "card" / "a.wav"), str(tmp_path / "card" / "b.wav")
    one.write(
        [opening(), event(60), made_event(1900, 1, source="north", label="yes", score=0.5), event(5000, label="no")]
    )
    one.write([GapReport("north", 1700, 1900, "overflow"), end(7000, lost_s=200)])
    one.write([opening(card, card, DAWN + timedelta(days=1)), event(10, card), end(600, card)])
    one.write([opening(lost, lost, start=None, time_from="none"), event(10, lost, start=None), end(600, lost)])
    one.close()
    return path


def counts(activity):
    """Events and seconds of each label."""
    found = total(activity.tallies, lambda key: key.target.label)
    return {label: (tally.events, tally.heard_s) for label, tally in found.items()}


def test_everything_is_selected_by_default(database):
    assert counts(read_activity(database, Selection().selector())) == counts(read_activity(database))
    assert counts(read_activity(database)) == {"no": (1, 8200), "yes": (4, 8200)}


def test_hours_listened_are_those_of_the_selected_time(database):
    notes = []
    select = Selection(START_S + 1800, START_S + HOUR_S).selector(notes.append)
    activity = read_activity(database, select)
    assert counts(activity) == {"no": (0, 1700), "yes": (1, 1700)}
    assert total(activity.tallies, lambda key: key.hour % DAY_H).keys() == {6}
    (gap,) = activity.gaps
    assert (gap.begin_s, gap.end_s, gap.time) == (1800, 1900, datetime(2024, 5, 1, 6))
    assert activity.sites[Site("hill", "north")].lost_s == 100
    assert notes == ["1 recording left out: when they started is not known"]


def test_a_recording_outside_the_selected_time_does_not_count(database):
    assert not read_activity(database, Selection(START_S + 48 * HOUR_S).selector()).sites
    assert not read_activity(database, Selection(until_s=START_S).selector()).sites


def test_labels_scores_and_sources(database, tmp_path):
    def select(**selection):
        return counts(read_activity(database, Selection(**selection).selector()))

    assert select(labels=frozenset({"no"})) == {"no": (1, 8200)}
    assert select(least_score=0.9) == {"no": (1, 8200), "yes": (3, 8200)}
    for source in ("north", "n*"):
        assert select(sources=(source,)) == {"no": (1, 7000), "yes": (2, 7000)}
    for source in (str(tmp_path / "card"), "card", "card/*.wav", "?.wav"):
        assert select(sources=(source,)) == {"no": (0, 1200), "yes": (2, 1200)}
    assert select(sources=("a.wav", "north")) == {"no": (1, 7600), "yes": (3, 7600)}


def test_what_is_not_there_is_an_error(database, tmp_path):
    with pytest.raises(WhipbirdError, match=r"no source 'nort'; did you mean 'north'\? use one of .*card, north"):
        read_activity(database, Selection(sources=("north", "nort")).selector())
    with pytest.raises(WhipbirdError, match=r"'yess' was not listened for; did you mean 'yes'\? use one of no, yes"):
        read_activity(database, Selection(labels=frozenset({"yess"})).selector())
    named = Selection(labels=frozenset({"jaa"}), shown=lambda one: {"yes": "ja", "no": "nein"}[one.label])
    with pytest.raises(WhipbirdError, match=r"'jaa' was not listened for; did you mean 'ja'\?"):
        read_activity(database, named.selector())


def test_dates_are_whole_days_by_the_clock_of_the_recording(database, tmp_path):
    def events(*options):
        shown = whipbird_here("report", database, "--json", *options)
        assert shown.returncode == 0
        return sum(label["events"] for label in json.loads(shown.stdout)["labels"])

    assert events() == 5
    assert events("--from", "2024-05-01", "--to", "2024-05-01") == 3  # the day before in UTC
    assert events("--from", "2024-05-02") == 1
    assert events("--to", "2024-05-01T05:31") == 0
    assert events("--to", "2024-05-01 05:31:01") == 1
    whipbird_here("report", database, "--csv", tmp_path / "a.csv", "--from", "2024-05-02", "--label", "yes")
    (row,) = (tmp_path / "a.csv").read_text().splitlines()[1:]
    assert row == f"hill,{tmp_path / 'card'},commands,yes,2024-05-02,5,1,600,0,0"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "yesterday"], "--from 'yesterday': give a date or time, such as 2024-05-01"),
        (["--to", "2024-05-01T05:30+10:00"], "give the time without a zone"),
        (["--from", "2024-05-02", "--to", "2024-05-01"], "--to 2024-05-01: must be later than --from"),
        (["--min-score", "80"], "--min-score"),
    ],
)
def test_wrong_options_say_what_to_do(database, options, message):
    check_refused(whipbird_here("report", database, *options), 2, message)


def test_a_folder_that_is_no_scan_is_one_line(tmp_path):
    for command in (["report"], ["export", "--form", "csv"]):
        refused = whipbird_here(*command, tmp_path)
        assert only_line(refused.stderr).endswith("is not the folder of a scan, and not a database")
