"""``whipbird segments``."""

import shutil

import numpy as np
import pytest
import soundfile

from command_line import check_refused, whipbird_here
from made_events import event
from made_mornings import end, opening
from whipbird.database.writer import Database


@pytest.fixture
def dawn(tmp_path):
    """A recording with an annotated owl."""
    noise = np.random.default_rng(1).normal(0, 0.01, 16_000 * 20).astype(np.float32)
    soundfile.write(tmp_path / "dawn.wav", noise, 16_000)
    (tmp_path / "dawn.csv").write_text(
        "recording,begin_s,end_s,label\ndawn.wav,5,6,owl\ndawn.wav,12,13,owl\ndawn.wav,16,17,_dove\n"
    )
    (tmp_path / "empty").mkdir()
    shutil.copy(tmp_path / "dawn.wav", tmp_path / "other.wav")
    return tmp_path


def test_clips_of_annotations_and_background(dawn):
    done = whipbird_here("segments", dawn / "dawn.wav", "-a", dawn / "dawn.csv", "--complete", "-o", dawn / "clips")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"clips: {dawn / 'clips'}\nnext: whipbird train calls {dawn / 'clips'}\n")
    assert len(list((dawn / "clips" / "owl").iterdir())) == 2
    assert len(list((dawn / "clips" / "background").iterdir())) == 3
    assert len(list((dawn / "clips" / "other-sounds").iterdir())) == 1


def test_clips_of_events(dawn, demo):
    path = str(shutil.copy(demo, dawn / "card.flac"))
    database = Database(dawn / "heard.sqlite", "hill")
    database.write([opening(path, path), event(1, 1, source=path), event(3, 1, source=path, score=0.4), end(10, path)])
    database.close()
    done = whipbird_here("segments", "--events", dawn / "heard.sqlite", "--margin", 0.5, "-o", dawn / "clips")
    assert (done.returncode, done.stderr) == (0, "")
    names = sorted(path.name for path in (dawn / "clips" / "yes").iterdir())
    assert names == ["card.flac@0000.500s_0.90.flac", "card.flac@0002.500s_0.40.flac"]
    assert "listen to them" in done.stdout
    assert "fewer than 5 clips, too few to train on: 1 label (yes); cut those of your kinds" in done.stdout


def test_a_time_after_the_end_is_a_problem(dawn):
    with (dawn / "dawn.csv").open("a") as file:
        file.write("dawn.wav,500,501,owl\n")
    done = whipbird_here("segments", dawn / "dawn.wav", "-a", dawn / "dawn.csv", "-o", dawn / "clips")
    assert done.returncode == 1
    assert "has no sound at 500.0 s" in done.stderr
    assert len(list((dawn / "clips" / "owl").iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "give recordings and their --annotations"),
        (["dawn.wav", "--events", "x.sqlite"], 2, "give either a database, or recordings"),
        (["other.wav", "-a", "dawn.csv"], 1, "none of the annotated recordings is among those given (dawn.wav)"),
        (["dawn.wav", "-a", "dawn.csv", "-l", "frog"], 1, "no annotations of frog"),
        (["nowhere/", "-a", "dawn.csv"], 1, "nowhere/: there is no such file or folder"),
        (["empty", "-a", "dawn.csv"], 1, "empty: there are no recordings in this folder"),
    ],
)
def test_what_cannot_be_cut(dawn, arguments, code, message):
    check_refused(whipbird_here("segments", *arguments, cwd=dawn), code, message)


def test_annotations_that_are_all_uncertain_are_pointed_out(dawn):
    (dawn / "unsure.csv").write_text("recording,begin_s,end_s,label\ndawn.wav,5,6,owl?\n")
    done = whipbird_here("segments", dawn / "dawn.wav", "-a", dawn / "unsure.csv", "-o", dawn / "clips")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "whipbird: every annotation of owl has a question mark; those are left out",
        "whipbird: no clip could be cut",
    ]
