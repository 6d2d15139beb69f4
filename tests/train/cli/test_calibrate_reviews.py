"""``whipbird calibrate --reviews``: a table of before and after, and a copy of the model if it is wanted."""

import json

import pytest

from command_line import check_refused, only_line, whipbird_here
from made_verdicts import NOON
from whipbird.database.verdicts import VerdictStore
from whipbird.events.verdict import Answer
from whipbird.models.bundle import read_card
from whipbird.review.judged_events import JudgedEvents
from whipbird.review.sampling import candidates_of
from whipbird.review.session import verdict_of

pytestmark = pytest.mark.usefixtures("first_alone_installed")


@pytest.fixture
def database(tmp_path, demo):
    path = tmp_path / "heard.sqlite"
    done = whipbird_here("replay", demo, "--speed", "max", "--out", path, "--plain")
    assert done.returncode == 0, done.stderr
    return path


def judge_all(path):
    store = VerdictStore(path)
    events = candidates_of(JudgedEvents(path).recordings())
    store.add(verdict_of(one, Answer.YES, "ada", NOON, drawn=True) for one in events)
    store.close()


def test_nothing_is_changed_without_a_folder(database, tmp_path):
    judge_all(database)
    done = whipbird_here("calibrate", "--reviews", database, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "right % (95 %)" in done.stdout
    assert "more events" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == []


def test_a_copy_gets_the_thresholds(database, tmp_path, monkeypatch):
    monkeypatch.setattr("whipbird.review.precision.LEAST_JUDGED", 1)
    judge_all(database)
    done = whipbird_here("calibrate", "--reviews", database, "--out", tmp_path / "mine", "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["labels"]
    card = read_card(tmp_path / "mine")
    assert card.name == "mine"
    assert rows
    assert all(card.debounce[row["label"]].on == row["after"]["threshold"] for row in rows)


def test_what_is_missing_is_said(database, tmp_path):
    done = whipbird_here("calibrate", "--reviews", database)
    check_refused(done, 1, "heard.sqlite: no verdicts on events of commands; whipbird review")
    done = whipbird_here("calibrate", "--reviews", database, "--model", "capuchinbird")
    assert "no events of capuchinbird; use one of commands" in only_line(done.stderr)
    check_refused(whipbird_here("calibrate", "a.wav", "--reviews", database), 2, "do not combine it with recordings")
