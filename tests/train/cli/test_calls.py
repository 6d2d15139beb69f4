"""``whipbird train calls``, on made whistles."""

import json

import pytest

from invoking import printed, refused
from made_calls import CALL_S, made_clips, made_recording
from whipbird.formats.annotation import Annotation
from whipbird.models.model import Model
from whipbird_train.cli.app import app
from whipbird_train.evaluate.matching import CALLS
from whipbird_train.evaluate.recorded_scores import evaluated, record_scores


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model of few epochs, and what was printed."""
    folder = tmp_path_factory.mktemp("calls")
    clips = made_clips(folder / "clips", recordings=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("whipbird_train.calls.own.EPOCH", 512)
        patch.setattr("whipbird_train.calls.own.OwnNetwork.folds", 2)
        patch.setattr("whipbird_train.calls.train.NOISES", 3)
        patch.setattr("whipbird_train.evaluate.calibration.THRESHOLDS", (0.4, 0.6, 0.8, 0.9))
        patch.setattr("whipbird_train.evaluate.calibration.TIMES", ((1.0, 1.0),))
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
    assert "Clips: 8 of whistle, from 4 recordings" in page


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--band", "1200-300"], "give two frequencies in Hz"), (["--band", "deep"], "give two frequencies in Hz")],
)
def test_values_that_are_wrong(tmp_path, options, message):
    assert message in refused(app, "calls", made_clips(tmp_path / "clips"), *options)


def test_birdnet_that_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    text = refused(app, "calls", made_clips(tmp_path / "clips"), "--network", "birdnet")
    assert "birdnet is not installed; add it with 'whipbird models add birdnet'" in text
