"""``whipbird review``: in a terminal, through tables, and what follows from verdicts."""

import csv
import json
import os
import shutil

import pandas as pd
import pytest

from command_line import check_refused, only_line, whipbird, whipbird_here
from made_events import event as made_event
from made_mornings import end, opening
from terminals import whipbird_in_terminal
from whipbird.database.verdicts import read_verdicts
from whipbird.database.writer import Database


@pytest.fixture
def recording(tmp_path, demo):
    return str(shutil.copy(demo, tmp_path / "a.flac"))


@pytest.fixture
def database(tmp_path, recording):
    path = tmp_path / "heard.sqlite"
    one = Database(path, "hill")
    events = [made_event(0.5 * number, source=recording, score=0.6 + number / 50, time=None) for number in range(12)]
    one.write([opening(recording, recording), *events, end(10, recording)])
    one.close()
    return path


def judge_table(database, tmp_path, answer="yes"):
    table = tmp_path / "judge.csv"
    done = whipbird_here("review", database, "--export", table)
    assert (done.returncode, done.stderr) == (0, "")
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["verdict"] = answer
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    assert done.stdout.splitlines() == [
        f"{table}: 12 events to judge; fill in its column verdict",
        f"next: whipbird review {database} --import {table}",
    ]
    return whipbird_here("review", database, "--import", table, "--judge", "ada")


def test_verdicts_come_from_a_table(database, tmp_path):
    done = judge_table(database, tmp_path)
    assert (done.returncode, only_line(done.stderr)) == (0, f"whipbird: {tmp_path / 'judge.csv'}: 12 new verdicts")
    assert "100.0 (76-100)" in done.stdout
    assert {(one.judge, one.answer, one.drawn) for one in read_verdicts(database)} == {("ada", "yes", True)}


def test_estimates_are_printed_as_json(database, tmp_path):
    judge_table(database, tmp_path, "no")
    done = whipbird_here("review", database, "--json")
    (label,) = json.loads(done.stdout)["labels"]
    assert (label["label"], label["events"], label["judged"], label["all"]["precision"]) == ("yes", 12, 12, 0)


@pytest.mark.parametrize("form", ["csv", "raven", "birdnet", "audacity", "jsonl"])
def test_verdicts_are_exported_with_the_events(database, tmp_path, form):
    whipbird_here("export", database, "--form", form, "--out", tmp_path / "before")
    judge_table(database, tmp_path, "other: owl")
    done = whipbird_here("export", database, "--form", form, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    (before,), (after,) = ((tmp_path / name).iterdir() for name in ("before", "out"))
    assert "owl" not in before.read_text(encoding="utf-8")
    lines = after.read_text(encoding="utf-8").splitlines()
    assert sum("owl" in line for line in lines) == 12


def test_verdicts_are_exported_in_a_parquet_file(database, tmp_path):
    judge_table(database, tmp_path, "other: owl")
    done = whipbird_here("export", database, "--form", "parquet", "--out", tmp_path / "out")
    assert done.stdout.endswith("1 file with 12 events\n")
    events = pd.read_parquet(tmp_path / "out" / "events.parquet")
    assert set(events["verdict"]) == {"other"}
    assert set(events["other_label"]) == {"owl"}
    assert events["drawn"].all()
    assert str(events["judged"].dtype).endswith("UTC]")
    assert "is not overwritten" in whipbird_here("export", database, "-f", "parquet", "-o", tmp_path / "out").stderr


def test_in_a_terminal_each_step_names_the_next(database, tmp_path):
    def named(*words):
        code, out, screen = whipbird_in_terminal(*words)
        assert (code, "next: " in out) == (0, False)
        return [line.removeprefix("next: whipbird ") for line in screen.splitlines() if line.startswith("next: ")]

    review = f"review {database}"
    assert named("report", database) == [review]
    assert named("report", database, "--json") == []
    assert named("export", database, "-f", "csv", "-o", tmp_path / "before") == [review]
    assert named("review", database, "--summary") == [review]
    judge_table(database, tmp_path)
    assert named("review", database, "--summary") == [f"calibrate --reviews {database} --model commands"]
    assert named("review", database, "--json") == []
    assert named("export", database, "-f", "csv", "-o", tmp_path / "after") == []


def test_events_are_judged_in_a_terminal(database):
    """Keys: yes, undo, no, other label, unsure, skip, quit."""
    code, out, screen = whipbird_in_terminal(
        "review", database, "--silent", "--judge", "ada", answers=("yznofrog", "usq"), env={"COLUMNS": "100"}
    )
    assert code == 0
    assert [(one.answer, one.other, one.drawn) for one in read_verdicts(database)] == [
        ("no", None, True),
        ("other", "frog", True),
        ("unsure", None, True),
    ]
    assert "y yes · n no · o other" in out
    assert "short-time Fourier transform" in out
    assert "right % (95 %)" in out
    assert "Traceback" not in screen


def test_selected_scores_count_for_training_alone(database):
    whipbird_in_terminal("review", database, "--silent", "--min-score", "0.7", "--count", "2", answers=("yy",))
    assert [one.drawn for one in read_verdicts(database)] == [False, False]
    done = whipbird_here("review", database, "--summary")
    assert only_line(done.stderr) == "whipbird: no event that was drawn at random has a verdict yet"


def test_events_without_sound_are_counted(database, recording):
    os.remove(recording)
    _, _, screen = whipbird_in_terminal("review", database, "--silent")
    assert "12 events could not be shown" in screen
    assert "the recording is gone" in screen


def test_without_a_terminal_tables_are_offered(database):
    done = whipbird("review", database)
    assert done.returncode == 1
    assert only_line(done.stderr).startswith("whipbird: review needs a terminal; elsewhere, use --export and --import")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere.sqlite", "--summary"), "nowhere.sqlite: no such database"),
        (("{database}", "--export", "judge.xls"), "unknown extension"),
        (("{database}", "--import", "nowhere.csv"), "cannot read nowhere.csv"),
        (("{database}", "--label", "owl", "--summary"), "'owl' was not listened for"),
    ],
)
def test_what_cannot_be_done_is_said(database, tmp_path, words, message):
    done = whipbird_here("review", *(word.format(database=database) for word in words), cwd=tmp_path)
    check_refused(done, 1, message)
