"""``whipbird train calls``, on made whistles."""

import json
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from invoking import printed, refused
from made_calls import CALL_S, made_clips, made_recording
from made_mornings import end, opening
from made_verdicts import verdict
from whipbird.database.verdicts import VerdictStore
from whipbird.database.writer import Database
from whipbird.formats.annotation import Annotation
from whipbird.models.model import Model
from whipbird_train.cli.app import app
from whipbird_train.cli.calls import _on_rate
from whipbird_train.evaluate.matching import CALLS
from whipbird_train.evaluate.recorded_scores import evaluated, record_scores


@contextmanager
def small(epoch=512):
    """Trainings of some seconds, with so many examples in an epoch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("whipbird_train.calls.own.EPOCH", epoch)
        patch.setattr("whipbird_train.calls.own.OwnNetwork.folds", 2)
        patch.setattr("whipbird_train.calls.train.NOISES", 3)
        patch.setattr("whipbird_train.evaluate.calibration.THRESHOLDS", (0.4, 0.6, 0.8, 0.9))
        patch.setattr("whipbird_train.evaluate.calibration.TIMES", ((1.0, 1.0),))
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model of few epochs, and what was printed."""
    folder = tmp_path_factory.mktemp("calls")
    clips = made_clips(folder / "clips", recordings=4)
    with small():
        text = printed(app, "calls", clips, "--network", "own", "--epochs", 5, "--bundle", folder / "whistle")
    return folder / "whistle", text


def test_it_finds_calls_in_a_recording_that_it_has_not_met(trained, tmp_path):
    path = made_recording(tmp_path / "new.wav", 99, [2.0, 7.0, 15.0])
    model = Model(str(trained[0]))
    found = record_scores(tmp_path / "new.wav", model)
    truth = [Annotation(begin_s, begin_s + CALL_S, "whistle") for begin_s in (2.0, 7.0, 15.0)]
    measures = evaluated([(found, truth)], model.card, CALLS).overall
    assert (measures.hits, measures.false) == (3, 0), path
    assert all(0.2 < event.end_s - event.begin_s < 1.2 for event in found.events)


def test_it_ends_with_what_was_measured_and_what_to_do_next(trained):
    folder, text = trained
    for start in ("chosen: a network of its own", "recall: ", "false alarms per hour: ", "next: whipbird scan"):
        assert any(line.startswith(start) for line in text.splitlines()), text
    card = json.loads((folder / "card.json").read_text())
    assert (card["report"], card["labels"]) == ("end", ["_background_", "whistle"])
    assert set(card["operating_points"]) == {"strict", "eager"}
    assert card["results"]["recordings"] == 4
    page = (folder / "README.md").read_text()
    assert "Clips: 8 of whistle, from 4 recordings; 36.0 s of background, and 30.0 s of synthetic noise" in page


def test_before_and_after_are_shown_and_nothing_is_replaced(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(trained[0], tmp_path / "models" / "whistle")
    card = (tmp_path / "models" / "whistle" / "card.json").read_bytes()
    night = made_recording(tmp_path / "night.wav", 77, [2.0, 8.0])
    database = Database(tmp_path / "heard.sqlite", "hill")
    database.write([opening(night, night), end(20, night)])
    database.close()
    store = VerdictStore(tmp_path / "heard.sqlite")
    about = {"label": "whistle", "recording": night, "model": "whistle"}
    calls = [verdict(**about, begin_s=at_s - 0.5, end_s=at_s + 1) for at_s in (2.0, 8.0)]
    store.add([*calls, verdict("no", **about, begin_s=14, end_s=16)])
    store.close()
    clips = made_clips(tmp_path / "clips", recordings=2)
    options = ("--name", "whistle", "--reviews", "heard.sqlite", "--network", "own", "--epochs", 1)
    with small(epoch=64):
        text = printed(app, "calls", clips, *options)
    table = [line.split() for line in text.splitlines()]
    (detected,) = [line for line in table if line[:4] == ["calls", "detected", "of", "2"]]
    assert detected[4] == "2"  # by the model of before
    assert any(line[:7] == ["other", "sounds", "taken", "for", "calls", "of", "1"] for line in table)
    assert "models/whistle: as it was; to replace it, give --bundle models/whistle" in text
    assert (tmp_path / "models" / "whistle" / "card.json").read_bytes() == card
    assert Model(str(tmp_path / "models" / "whistle-reviewed")).card.name == "whistle-reviewed"


def test_what_a_background_cannot_show():
    short = _on_rate(0.2, 700.0, 1.0, Path("models/owl"))
    assert "12 minutes of background cannot show a rate of 1 false alarms per hour: the thresholds allow 3" in short
    assert "give more with --background, up to an hour" in short
    full = _on_rate(1.0, 3600.0, 1.0, Path("models/owl"))
    assert "give more" not in full
    assert full.endswith("for a rate over more hours, whipbird calibrate --model models/owl --background FOLDER")
    assert _on_rate(1.0, 3600.0, 5.0, Path("models/owl")) == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--network", "birdnet", "--window", "1"], "are for a network of its own"),
     (["--band", "1200-300"], "give two frequencies in Hz"), (["--band", "deep"], "give two frequencies in Hz")],
)  # fmt: skip
def test_values_that_are_wrong(tmp_path, options, message):
    assert message in refused(app, "calls", made_clips(tmp_path / "clips"), *options)


def test_birdnet_that_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    text = refused(app, "calls", made_clips(tmp_path / "clips"), "--network", "birdnet")
    assert "birdnet is not installed; add it with 'whipbird models add birdnet'" in text
