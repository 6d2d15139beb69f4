"""``whipbird rooms``: tables for people, JSON for programs, and the next command."""

import json

from command_line import LIMIT_S, check_refused, whipbird_here
from made_events import event, opening
from whipbird.database.writer import Database
from whipbird.events.reports import Summary
from whipbird.home.near_misses import DATABASE, NearMisses


def house(path):
    database = Database(path, "house")
    reports = [opening("alexa", source="kitchen"), event(9.0, label="alexa", source="kitchen")]
    database.write([*reports, Summary("kitchen", 3600.0, 0.0, 1, 1.0, None, None)])
    database.close()
    return path


def test_tables_and_what_to_do_next(tmp_path):
    path = house(tmp_path / "house.sqlite")
    done = whipbird_here("rooms", path)
    assert done.returncode == 0
    row = next(line.split() for line in done.stdout.splitlines() if line.startswith("kitchen"))
    assert row[:2] == ["kitchen", "alexa"]
    assert row[-5:] == ["1.00", "1", "0", "0", "-"]
    assert f"whipbird review {path} --clips" in done.stderr


def test_near_misses_and_for_how_long_they_are_kept(tmp_path):
    path = house(tmp_path / "house.sqlite")
    near = tmp_path / "near"
    NearMisses(near, 14 * 86_400.0, "house", print).close(LIMIT_S)
    house(near / DATABASE)
    done = whipbird_here("rooms", path, "--near", near)
    assert done.returncode == 0, done.stderr
    row = next(line.split() for line in done.stdout.splitlines() if "missed" not in line and " - " in line[20:])
    assert row[0] == "kitchen"
    assert f"{near}: the sound of near misses is kept for 14 days" in done.stderr
    check_refused(whipbird_here("rooms", path, "--near", tmp_path), 1, "no such database")


def test_json(tmp_path):
    done = whipbird_here("rooms", house(tmp_path / "house.sqlite"), "--json")
    (one,) = json.loads(done.stdout)["rooms"]
    assert (one["room"], one["label"], one["wakes"], one["false_per_hour"]) == ("kitchen", "alexa", 1, None)


def test_what_is_no_database(tmp_path):
    check_refused(whipbird_here("rooms", tmp_path / "none.sqlite"), 1, "no such database")


def test_a_house_that_nobody_listened_in(tmp_path):
    path = tmp_path / "house.sqlite"
    Database(path, "house").close()
    done = whipbird_here("rooms", path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"whipbird: {path}: no room was listened to\n"
