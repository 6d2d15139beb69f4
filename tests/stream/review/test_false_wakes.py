"""False wakes an hour in each room, from a database and verdicts."""

from contextlib import closing

import pytest

from made_events import BEGIN, event, opening
from whipbird.activity.selection import Selection
from whipbird.database.verdicts import VerdictStore
from whipbird.database.writer import Database, utc_text
from whipbird.events.reports import Summary
from whipbird.events.verdict import Answer, Verdict
from whipbird.home.near_misses import DATABASE
from whipbird.home.room_tables import as_object, scores_table
from whipbird.review.false_wakes import read_rooms
from whipbird.review.rates import poisson_rate

HOUR_S = 3600.0


def house(path, **wakes):
    """A database with an hour of each room from 06:00, with wakes at these minutes."""
    database = Database(path, "house")
    for room, minutes in wakes.items():
        name = room.replace("_2", " (2)")
        database.write(
            [
                opening("alexa", "computer", source=name),
                *(event(60.0 * one, label="alexa", source=name) for one in minutes),
                Summary(name, HOUR_S, 0.0, len(minutes), 1.0, None, None),
            ]
        )
    database.close()
    return path


def near(folder, **minutes):
    """Near misses in rooms at these minutes."""
    folder.mkdir()
    return house(folder / DATABASE, **minutes)


def judge(path, room, minute, right, drawn=True):
    answer = Answer.YES if right else Answer.NO
    begin_s = 60.0 * minute
    start = utc_text(BEGIN)
    verdict = Verdict(room, "alexa", begin_s, begin_s + 0.1, answer, "ada", BEGIN, drawn=drawn, start=start)
    with closing(VerdictStore(path)) as store:
        store.add([verdict])


def rooms(path, near=None, **selected):
    return {(one.room, one.label): one for one in read_rooms(path, Selection(**selected), print, near)}


def test_wakes_of_one_room_are_added_up_whatever_the_number_of_the_source(tmp_path):
    path = house(tmp_path / "house.sqlite", kitchen=[1, 2], kitchen_2=[3], hall=[])
    found = rooms(path)
    assert sorted(found) == [(room, label) for room in ("hall", "kitchen") for label in ("alexa", "computer")]
    kitchen, hall = found["kitchen", "alexa"], found["hall", "alexa"]
    assert (kitchen.heard_s, kitchen.wakes, kitchen.judged) == (2 * HOUR_S, 3, 0)
    assert kitchen.false_per_hour is None, "nobody has judged any"
    assert (kitchen.hours[6].heard_s, kitchen.hours[6].wakes) == (2 * HOUR_S, 3)
    assert hall.false_per_hour == poisson_rate(0, 1.0), "there was none"


def test_judged_wakes_stand_for_all(tmp_path):
    path = house(tmp_path / "house.sqlite", kitchen=[1, 2, 3, 4])
    judge(path, "kitchen", 1, right=False)
    judge(path, "kitchen", 2, right=True)
    judge(path, "kitchen", 3, right=False, drawn=False)
    kitchen = rooms(path)["kitchen", "alexa"]
    assert (kitchen.wakes, kitchen.judged, kitchen.false) == (4, 2, 1)
    assert kitchen.false_per_hour == poisson_rate(1, 0.5)
    assert kitchen.hours[6].false == 1


def test_verdicts_on_all_wakes_count_even_if_none_was_drawn(tmp_path):
    path = house(tmp_path / "house.sqlite", kitchen=[1, 2])
    judge(path, "kitchen", 1, right=False, drawn=False)
    judge(path, "kitchen", 2, right=True, drawn=False)
    kitchen = rooms(path)["kitchen", "alexa"]
    assert (kitchen.judged, kitchen.false) == (2, 1)
    (alexa, computer) = as_object([kitchen, rooms(path)["kitchen", "computer"]])["rooms"]
    assert alexa["false_per_hour"] == [1.0, pytest.approx(0.025, abs=1e-3), pytest.approx(5.57, abs=0.01)]
    assert alexa["hours"] == [{"hour": 6, "heard_s": HOUR_S, "wakes": 2, "false": 1}]
    assert computer["wakes"] == 0


def test_a_part_can_be_selected(tmp_path):
    path = house(tmp_path / "house.sqlite", kitchen=[1, 2], hall=[3])
    assert list(rooms(path, labels=frozenset({"alexa"}))) == [("hall", "alexa"), ("kitchen", "alexa")]


def test_scores_of_right_and_false_wakes_and_calls_among_near_misses(tmp_path):
    path = house(tmp_path / "house.sqlite", kitchen=[1, 2, 3], hall=[4])
    for minute, right in ((1, True), (2, False), (3, True)):
        judge(path, "kitchen", minute, right)
    missed = near(tmp_path / "near", kitchen=[5, 6, 7], attic=[8])
    for minute, right in ((5, True), (6, False)):
        judge(missed, "kitchen", minute, right)
    found = rooms(path, missed, labels=frozenset({"alexa"}))
    kitchen = found["kitchen", "alexa"]
    assert (len(kitchen.right_scores), len(kitchen.false_scores)) == (2, 1)
    assert (kitchen.near, kitchen.near_judged, kitchen.missed) == (3, 2, 1)
    assert kitchen.wakes == 3, "near misses are no wakes"
    assert sorted(found) == [("hall", "alexa"), ("kitchen", "alexa")]
    table = scores_table(found.values())
    assert table.row_count == 1
    assert scores_table([found["hall", "alexa"]]) is None
