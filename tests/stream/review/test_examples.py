"""Verdicts are examples to train on."""

import shutil
from pathlib import Path

import pytest

from made_mornings import end, event, opening
from made_verdicts import verdict
from whipbird.database.verdicts import VerdictStore
from whipbird.database.writer import Database
from whipbird.errors import WhipbirdError
from whipbird.events.verdict import Answer
from whipbird.review.examples import Example, examples


def stored(path, *verdicts):
    store = VerdictStore(path)
    store.add(verdicts)
    store.close()


@pytest.fixture
def recording(tmp_path, demo):
    return str(shutil.copy(demo, tmp_path / "a.flac"))


@pytest.fixture
def database(tmp_path, recording):
    path = tmp_path / "heard.sqlite"
    one = Database(path, "hill")
    one.write([opening(recording, recording), event(1, recording), event(3, recording), end(10, recording)])
    one.write([opening("north"), event(60), end(100)])
    one.close()
    return path


def test_each_verdict_is_an_example(database, recording):
    stored(
        database,
        verdict(recording=recording, begin_s=1, end_s=2),
        verdict("no", recording=recording, begin_s=3, end_s=4),
        verdict("unsure", recording=recording, begin_s=5, end_s=6),
        verdict("other", recording=recording, begin_s=7, end_s=8, other="no", model="commands"),
        verdict("no", recording=recording, begin_s=1, end_s=2, minutes=-1),
    )
    assert examples(database) == [
        Example(recording, 1, 2, "yes", True, recording, Answer.YES, ""),
        Example(recording, 3, 4, "yes", False, recording, Answer.NO, ""),
        Example(recording, 7, 8, "no", True, recording, Answer.OTHER, "commands"),
        Example(recording, 7, 8, "yes", False, recording, Answer.OTHER, "commands"),
    ]


def test_sounds_that_are_gone_are_left_out(database, recording):
    stored(database, verdict(recording=recording, begin_s=1, end_s=2))
    Path(recording).unlink()
    notes = []
    assert examples(database, notify=notes.append) == []
    (note,) = notes
    assert note.startswith("1 of 1 judged sounds are left out: ")
    assert "the recording is gone" in note


def test_what_was_judged_in_a_search(tmp_path, recording):
    folder = tmp_path / "embeddings"
    (folder / "_search").mkdir(parents=True)
    stored(folder / "_search" / "verdicts.sqlite", verdict(recording=recording, begin_s=1, end_s=2))
    assert examples(folder) == [Example(recording, 1, 2, "yes", True, recording, Answer.YES, "")]


def test_a_folder_without_verdicts_is_an_error(tmp_path):
    with pytest.raises(WhipbirdError, match="no database, no folder of a scan, and no verdicts in it"):
        examples(tmp_path)
