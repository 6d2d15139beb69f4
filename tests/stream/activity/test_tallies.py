"""Counts from a database, each with the hours listened for it."""

import contextlib
import csv
import io
import sqlite3
from datetime import datetime, timedelta

import numpy as np
import pytest
from rich.console import Console

from command_line import only_line, whipbird_here
from made_mornings import DAWN, end, event, opening
from whipbird.activity.day_map import days_listened, rates_by_day
from whipbird.activity.effort import DAY_H
from whipbird.activity.export import as_object, write_csv
from whipbird.activity.heard_recording import Site, Target
from whipbird.activity.installed_names import InstalledNames
from whipbird.activity.selection import Selection
from whipbird.activity.stored import read_activity
from whipbird.activity.tables import tables
from whipbird.activity.tallies import total
from whipbird.database.writer import Database
from whipbird.errors import WhipbirdError
from whipbird.events.reports import GapReport, Heartbeat

HILL = Site("hill", "north")
YES, NO = Target("commands", "yes"), Target("commands", "no")


@pytest.fixture
def activity(tmp_path):
    """Makes the activity of some reports."""

    def make(*reports):
        database = Database(tmp_path / "heard.sqlite", "hill")
        database.write(reports)
        database.close()
        return read_activity(tmp_path / "heard.sqlite")

    return make


def by_hour_of_day(activity, target):
    found = total(activity.tallies, lambda key: key.hour % DAY_H if key.target == target else None)
    return {hour: (tally.events, tally.heard_s) for hour, tally in found.items()}


def test_counts_by_hour_of_the_recordings_own_day(activity):
    morning = activity(opening(), event(60), event(1801), event(5000), end(7200))
    assert by_hour_of_day(morning, YES) == {5: (1, 1800), 6: (2, 3600), 7: (0, 1800)}
    assert by_hour_of_day(morning, NO) == {5: (0, 1800), 6: (0, 3600), 7: (0, 1800)}
    (day,) = total(morning.tallies, lambda key: key.hour // DAY_H)
    assert day == (DAWN.date() - datetime(1970, 1, 1).date()).days


def test_lost_seconds_are_no_effort(activity):
    morning = activity(opening(), GapReport("north", 1800, 5400, "overflow"), end(3600, lost_s=3600))
    assert by_hour_of_day(morning, YES) == {5: (0, 1800), 7: (0, 1800)}
    assert (morning.sites[HILL].heard_s, morning.sites[HILL].lost_s) == (3600, 3600)
    (gap,) = morning.gaps
    assert (gap.reason, gap.time) == ("overflow", datetime(2024, 5, 1, 6))


def test_a_source_that_was_cut_off_counts_up_to_the_last_heartbeat(activity):
    beat = Heartbeat("north", DAWN + timedelta(seconds=1200), 1200, 0)
    assert by_hour_of_day(activity(opening(), beat), YES) == {5: (0, 1200)}


def test_if_the_clock_was_set_the_clock_at_the_end_counts(activity):
    set_s = 7200
    beats = [Heartbeat("north", DAWN + timedelta(seconds=s + set_s * (s > 700)), s, 0) for s in (600, 1200, 1800)]
    assert by_hour_of_day(activity(opening(), event(60), *beats), YES) == {7: (1, 1800)}


def test_delay_and_drift_do_not_move_the_start(activity):
    beat = Heartbeat("north", DAWN + timedelta(seconds=1830), 1800, 0)
    assert by_hour_of_day(activity(opening(), event(60), beat), YES) == {5: (1, 1800)}


def test_the_last_event_of_a_source_that_was_cut_off_has_effort(activity):
    morning = activity(opening(), event(1850))
    assert by_hour_of_day(morning, YES) == {5: (0, 1800), 6: (1, 51)}


def test_only_labels_that_were_listened_for_have_effort(activity):
    both = activity(opening(), event(1), end(1800), opening(labels=("no",), start=DAWN + timedelta(days=1)), end(1800))
    assert by_hour_of_day(both, YES) == {5: (1, 1800)}
    assert by_hour_of_day(both, NO) == {5: (0, 3600)}
    assert both.sites[HILL].heard_s == 3600


def test_a_recording_that_is_processed_again_counts_once(activity, tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"sound")
    whole = [opening("a.wav", str(path)), event(1, "a.wav"), event(50, "a.wav"), end(60, "a.wav")]
    first_seconds = [opening("a.wav", str(path)), event(1, "a.wav"), end(10, "a.wav")]
    other = [opening("a.wav", str(path), labels=("no",)), event(3, "a.wav", "no"), end(60, "a.wav")]
    result = activity(*whole, *first_seconds, *other)
    assert by_hour_of_day(result, YES) == {5: (2, 60)}
    assert by_hour_of_day(result, NO) == {5: (1, 60)}
    (site,) = result.sites.values()
    assert (site.recordings, site.heard_s) == (1, 60)


def test_the_same_sound_at_two_times_counts_twice_and_a_copy_once(activity, tmp_path):
    reports = []
    for name in ("20240501_053000.wav", "20240501_073000.wav", "copy of 20240501_053000.wav"):
        (tmp_path / name).write_bytes(bytes(99))  # silence
        start = DAWN + timedelta(hours=2 * ("073000" in name))
        reports += [opening("card", str(tmp_path / name), start), event(1, "card", start=start), end(60, "card")]
    result = activity(*reports)
    assert by_hour_of_day(result, YES) == {5: (1, 60), 7: (1, 60)}
    assert [site.recordings for site in result.sites.values()] == [2]


def test_a_database_can_be_read_while_it_is_written(activity, tmp_path):
    activity(opening(), event(1))
    writing = sqlite3.connect(tmp_path / "heard.sqlite", isolation_level=None)
    writing.execute("BEGIN IMMEDIATE")
    writing.execute("DELETE FROM events")
    assert total(read_activity(tmp_path / "heard.sqlite").tallies, lambda key: key.target)[YES].events == 1
    writing.close()


def test_unknown_times_are_counted_separately(activity, tmp_path):
    result = activity(opening(start=None), event(1, start=None), end(60))
    assert {key.hour for key in result.tallies} == {None}
    assert as_object(result)["hours"] == []
    assert as_object(result)["time_unknown"][1] == {
        "model": "commands",
        "label": "yes",
        "events": 1,
        "heard_s": 60,
        "below_trigger_s": 0,
        "per_hour": 60,
    }


def test_guessed_times_are_counted_separately(activity):
    """Recordings whose only time is that of their file, such as a card that was copied."""
    result = activity(opening(), event(1), end(1800), opening(time_from="modified"), event(2), event(3), end(60))
    known = total(result.tallies, lambda key: key.hour % DAY_H if key.hour and key.target == YES else None)
    assert {hour: (tally.events, tally.heard_s) for hour, tally in known.items()} == {5: (1, 1800)}
    assert [(one["label"], one["events"]) for one in as_object(result)["time_unknown"]] == [("no", 0), ("yes", 2)]
    assert as_object(result)["sources"][0]["guessed_times"] == 1


def test_what_was_below_the_trigger_is_neither_heard_nor_lost(activity, tmp_path):
    night = activity(
        opening(),
        event(60),
        GapReport("north", 120, 5400, "below trigger"),
        GapReport("north", 5400, 5460, "overflow"),
        end(180, lost_s=60, below_trigger_s=5280),
    )
    hours = total(night.tallies, lambda key: key.hour % DAY_H if key.target == YES else None)
    assert {hour: (tally.heard_s, tally.below_trigger_s) for hour, tally in hours.items()} == {
        5: (120, 1680),
        6: (0, 3600),
        7: (60, 0),
    }
    site = night.sites[HILL]
    assert (site.heard_s, site.lost_s, site.below_trigger_s) == (180, 60, 5280)
    assert [(gap["reason"], gap["end_s"]) for gap in as_object(night)["gaps"]] == [
        ("below trigger", 5400),
        ("overflow", 5460),
    ]
    text = shown(night)
    assert ["hill", "north", "1", "0", "0:03:00", "1:28:00", "60.0", "s"] in [
        line.split() for line in text.splitlines()
    ]
    assert ["06", "0:00:00", "1:00:00", "0", "0"] in [line.split() for line in text.splitlines()]
    assert text.count("below trigger") == 3  # a column of each table but that of sources, and none among the losses
    write_csv(night, tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] == "yes"]
    assert [(row["hour"], row["heard_s"], row["lost_s"], row["below_trigger_s"]) for row in rows] == [
        ("5", "120", "0", "1680"),
        ("6", "0", "0", "3600"),
        ("7", "60", "60", "0"),
    ]


def test_the_object_has_all_sums_and_gaps(activity):
    content = as_object(
        activity(opening(), event(1), GapReport("north", 10, 20.5, "overflow"), end(1789.5, lost_s=10.5))
    )
    assert content["sources"] == [
        {
            "station": "hill",
            "source": "north",
            "heard_s": 1789.5,
            "lost_s": 10.5,
            "below_trigger_s": 0,
            "recordings": 1,
            "unheard": 0,
            "guessed_times": 0,
        }
    ]
    seconds = {"heard_s": 1789.5, "below_trigger_s": 0}
    yes = {"model": "commands", "label": "yes", "events": 1, **seconds, "per_hour": round(3600 / 1789.5, 6)}
    assert content["labels"][1] == yes
    assert content["hours"][1] == {"hour": 5, **yes}
    assert content["days"][1] == {"date": "2024-05-01", **yes}
    assert content["gaps"] == [
        {
            "station": "hill",
            "source": "north",
            "recording": None,
            "reason": "overflow",
            "begin_s": 10,
            "end_s": 20.5,
            "time": "2024-05-01T05:30:10.000",
        }
    ]


def test_rows_have_effort_beside_counts_and_another_file_is_not_replaced(activity, tmp_path):
    result = activity(opening(), event(1801), GapReport("north", 0, 600, "overflow"), end(1800, lost_s=600))
    path = tmp_path / "activity.csv"
    for _ in range(2):
        write_csv(result, path)
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] == "yes"]
    where = {"station": "hill", "source": "north", "model": "commands", "label": "yes", "date": "2024-05-01"}
    assert rows == [
        where | {"hour": "5", "events": "0", "heard_s": "1200", "lost_s": "600", "below_trigger_s": "0"},
        where | {"hour": "6", "events": "1", "heard_s": "600", "lost_s": "0", "below_trigger_s": "0"},
    ]
    path.write_text("recording,begin_s\n")
    with pytest.raises(WhipbirdError, match="is another kind of file and is not replaced"):
        write_csv(result, path)


def shown(activity, width=100):
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(tables(activity, width, InstalledNames()))
    return console.export_text()


def test_tables(activity):
    text = shown(activity(opening(), event(1), GapReport("north", 10, 20.5, "overflow"), end(1789.5, lost_s=10.5)))
    assert ["commands", "yes", "1", "0:29:50", "2.01"] in [line.split() for line in text.splitlines()]
    assert ["05", "0:29:50", "0", "1", "2.01"] in [line.split() for line in text.splitlines()]
    assert ["2024-05-01", "0:29:50", "0", "1", "2.01"] in [line.split() for line in text.splitlines()]
    assert ["north", "overflow", "1", "10.5", "s", "10.5", "s"] in [line.split() for line in text.splitlines()]
    assert "unknown" not in text


def test_recordings_of_unknown_time_are_marked(activity):
    text = shown(activity(opening(time_from="modified"), event(1), end(1800)))
    assert "Hours of day" not in text
    assert "Time unknown: 1 recording gave only the time when the file was last written." in text
    assert ["hill", "north", "1", "0", "1", "0:30:00", "0.0", "s"] in [line.split() for line in text.splitlines()]


def test_labels_that_were_listened_for_at_other_times_have_tables_of_their_own(activity):
    text = shown(activity(opening(), event(1), end(1800), opening(labels=("no",)), end(900)))
    assert "Hours of day (no)" in text
    assert "Hours of day (yes)" in text


MANY = tuple(f"bird {number:04}" for number in range(3000))


def test_of_thousands_of_labels_those_with_events_have_tallies(activity, tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"sound")
    named = str(path)
    first = [opening("a.wav", named, labels=MANY), event(1, "a.wav", MANY[7]), end(60, "a.wav")]
    longer = [opening("a.wav", named, labels=MANY[:2000]), event(1, "a.wav", MANY[7]), end(1800, "a.wav")]
    live = [opening(labels=("no", "yes", *MANY)), event(1), event(2, label=MANY[2500]), end(1800)]
    result = activity(*first, *longer, *live)
    content = as_object(result)
    assert content["models"] == [{"model": "commands", "labels": 3002}]
    assert {one["label"]: (one["events"], one["heard_s"]) for one in content["labels"]} == {
        MANY[7]: (1, 3600),
        MANY[2500]: (1, 1860),
        "yes": (1, 1800),
    }
    write_csv(result, tmp_path / "rows.csv")
    assert len((tmp_path / "rows.csv").read_text().splitlines()) < 10
    text = shown(result)
    assert "Labels (3 of 3,002 heard)" in text
    assert text.count("bird") < 20


def test_where_none_of_thousands_was_heard_the_hours_count(activity):
    result = activity(opening(labels=MANY), end(1800))
    assert not result.tallies
    assert as_object(result)["models"] == [{"model": "commands", "labels": 3000}]
    assert "Labels (0 of 3,000 heard)" not in shown(result)  # a table without rows
    days = days_listened(result)
    assert [day.isoformat() for day in days] == ["2024-05-01"]
    assert np.nansum(rates_by_day(result, days)) == 0
    assert np.isfinite(rates_by_day(result, days)).sum() == 1


def test_a_label_that_is_selected_has_a_tally_if_it_was_not_heard(activity, tmp_path):
    activity(opening(labels=MANY), event(1, label=MANY[7]), end(1800))
    selection = Selection(labels=frozenset((MANY[5], MANY[7])))
    selected = read_activity(tmp_path / "heard.sqlite", selection.selector())
    labels = as_object(selected)["labels"]
    assert [(one["label"], one["events"], one["heard_s"]) for one in labels] == [(MANY[5], 0, 1800), (MANY[7], 1, 1800)]
    with pytest.raises(WhipbirdError) as refused:
        read_activity(tmp_path / "heard.sqlite", Selection(labels=frozenset(("bird 003",))).selector())
    assert len(str(refused.value)) < 600


def test_rare_labels_share_a_column(activity):
    labels = tuple(f"bird {number:02}" for number in range(20))
    events = [event(number, label=label) for number, label in enumerate(labels) for _ in range(20 - number)]
    text = shown(activity(opening(labels=labels), *events, end(1800)))
    (hour,) = [line.split() for line in text.splitlines() if line.startswith("05")]
    *counts, others, rate = hour[2:]
    assert counts == [str(20 - number) for number in range(len(counts))]
    assert int(others) + sum(map(int, counts)) == 210
    assert rate == "420.00"
    assert max(map(len, text.splitlines())) <= 100


def test_nothing(activity, tmp_path):
    assert "no recordings" in shown(activity())
    with pytest.raises(WhipbirdError, match="no such database"):
        read_activity(tmp_path / "nowhere.sqlite")
    (tmp_path / "empty.sqlite").touch()
    with pytest.raises(WhipbirdError, match="the file is empty"):
        read_activity(tmp_path / "empty.sqlite")
    (tmp_path / "text.sqlite").write_text("no database " * 99)
    with pytest.raises(WhipbirdError, match="the file is not a database"):
        read_activity(tmp_path / "text.sqlite")


def test_a_length_that_no_file_could_hold_costs_nothing(activity, tmp_path):
    lost_s = 2.0**61 / 32_000  # as the header of a recording may promise
    morning = activity(
        opening(), event(60), GapReport("north", 3600, 3600 + lost_s, "truncated"), end(3600, lost_s=lost_s)
    )
    assert by_hour_of_day(morning, YES) == {5: (1, 1800), 6: (0, 1800)}
    assert (morning.sites[HILL].heard_s, morning.sites[HILL].lost_s) == (3600, lost_s)
    assert len(morning.efforts) == 2
    write_csv(morning, tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text().splitlines()[-2:] == [
        "hill,north,commands,yes,2024-05-01,5,1,1800,0,0",
        "hill,north,commands,yes,2024-05-01,6,0,1800,1800,0",
    ]
    assert "truncated" in shown(morning)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE recordings SET start = '2024-05-01T2;:00:00Z'",
        "UPDATE recordings SET start = '9999-12-31T23:00:00Z'",
        "UPDATE recordings SET utc_offset_s = 'no'",
        "UPDATE recordings SET elapsed_s = 'no'",
        "UPDATE recordings SET elapsed_s = 9e999",
        "UPDATE recordings SET elapsed_s = 1e12",
        "UPDATE recordings SET elapsed_s = -1",
        "UPDATE recordings SET time_from = x'00'",
        "UPDATE sources SET name = x'00'",
        "DELETE FROM recordings",
        "UPDATE gaps SET begin_s = 9e999",
        "UPDATE gaps SET end_s = 'no'",
        "UPDATE gaps SET reason = x'00'",
        "UPDATE listed_labels SET label = x'00' WHERE label = 'yes'",
        "UPDATE events SET begin_s = 'no'",
        "UPDATE events SET begin_s = 1e300",
        "UPDATE heartbeats SET time = 'noon'",
        "DROP TABLE gaps",
    ],
)
def test_a_damaged_database_is_one_line(activity, tmp_path, change):
    beat = Heartbeat("north", DAWN + timedelta(seconds=1200), 1200, 0)
    activity(opening(), event(60), GapReport("north", 90, 95, "overflow"), beat, end(1195, lost_s=5))
    path = tmp_path / "heard.sqlite"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(change)
    shown = whipbird_here("report", path)
    assert shown.returncode == 1
    assert only_line(shown.stderr).startswith(f"whipbird: {path}: ")
