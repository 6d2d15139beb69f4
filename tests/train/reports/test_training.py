"""Report of a training."""

import csv

import numpy as np
import pytest

from whipbird_train.evaluate.clip_results import ClipResults
from whipbird_train.reports.training import write_report


@pytest.fixture
def results():
    """Two of four clips are right."""
    scores = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.3, 0.7, 0.0], [0.2, 0.7, 0.1]], np.float32)
    names = ("one.wav", "two.wav", "<three>.wav", "four, five.wav")
    return ClipResults(("a", "b", "c|d"), np.array([0, 1, 0, 2]), scores, names, ("x", "y", "x", "y"))


@pytest.fixture
def history(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,accuracy,loss,val_accuracy,val_loss\n0,0.2,2.0,0.3,1.9\n1,0.5,1.2,0.6,1.1\n")
    return path


@pytest.fixture
def report(noise, tmp_path):
    """Write a report; return the names of the figures for the page, and those of all files."""

    def write(by_protocol, histories):
        shown = write_report(tmp_path / "new" / "run", by_protocol, histories, lambda name: (noise, 16_000))
        return [path.name for path in shown], {path.name for path in (tmp_path / "new" / "run").iterdir()}

    return write


def test_figures_and_mistakes_of_every_protocol(report, results, history, tmp_path):
    both = dict.fromkeys(("unseen speakers", "a fifth, at random"), results)
    shown, files = report(both, {"unseen speakers": history, "a fifth, at random": tmp_path / "none.csv"})
    assert shown == ["confusion.png", "learning.png"]
    other = "a-fifth-at-random"
    assert files == {
        *("confusion.png", "learning.png", "mistakes.png", "mistakes.csv"),
        *(f"{other}-confusion.png", f"{other}-mistakes.png", f"{other}-mistakes.csv"),
    }
    with (tmp_path / "new" / "run" / "mistakes.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["clip", "label", "label given", "its score", "score of the right one"],
            ["four, five.wav", "c|d", "b", "0.700", "0.100"],
            ["<three>.wav", "a", "b", "0.700", "0.300"],
        ]


def test_without_mistakes_there_is_no_picture_of_them(report, history):
    right = ClipResults(("a", "b"), np.array([0, 1]), np.eye(2), ("one", "two"), ("x", "y"))
    _, files = report({"all": right}, {"all": history})
    assert files == {"confusion.png", "learning.png", "mistakes.csv"}
