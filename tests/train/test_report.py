"""The report of a training: a page, and the figures beside it."""

import base64
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from train.judgement import Judgement
from train.report import markdown_table, write_report

PNG = b"\x89PNG\r\n"


@pytest.fixture
def judgement():
    """Two of three clips are right; the label "c|d" has none."""
    scores = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.3, 0.7, 0.0]], np.float32)
    names = ("one.wav", "two.wav", "<three>.wav")
    return Judgement(("<a>", "b", "c|d"), np.array([0, 1, 0]), scores, names, ("x", "y", "x"))


@pytest.fixture
def history(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,accuracy,loss,val_accuracy,val_loss\n0,0.2,2.0,0.3,1.9\n1,0.5,1.2,0.6,1.1\n")
    return path


@pytest.fixture
def sound(noise):
    return lambda name: (noise, 16_000)


def files(folder):
    return {path.name for path in folder.iterdir()}


def test_one_experiment_makes_a_page_and_four_figures(judgement, history, sound, tmp_path):
    folder = tmp_path / "reports" / "new"
    written = write_report(folder, "A test", {"all": judgement}, {"all": history}, sound, {"epochs": "2"})
    assert written[0] == folder / "report.html"
    assert {path.name for path in written} == files(folder)
    assert files(folder) == {"report.html", "confusion.png", "labels.png", "learning.png", "mistakes.png"}
    assert all(path.read_bytes().startswith(PNG) for path in written[1:])


def test_the_page_holds_all_that_it_shows(judgement, history, sound, tmp_path):
    page, *pictures = write_report(tmp_path, "A test", {"all": judgement}, {"all": history}, sound, {"epochs": "2"})
    html = page.read_text(encoding="utf-8")
    embedded = [base64.b64decode(found) for found in re.findall(r'src="data:image/png;base64,([^"]+)"', html)]
    assert embedded == [picture.read_bytes() for picture in pictures]
    assert html.count("src=") == len(pictures)
    assert "http" not in html
    assert "66.7%" in html


def test_several_experiments_have_their_names_in_front(judgement, history, tmp_path):
    folder = tmp_path / "report"
    named = {"fold 1": judgement, "fold/1": judgement}
    write_report(folder, "Folds", named, {"fold 1": history, "../fold 2": history}, None, {})
    assert files(folder) == {
        "report.html",
        *("fold-1-confusion.png", "fold-1-labels.png", "fold-1-learning.png"),
        *("fold-1-2-confusion.png", "fold-1-2-labels.png"),
        "fold-2-learning.png",
    }


def test_without_mistakes_or_history_the_page_says_so(tmp_path, sound):
    right = Judgement(("a", "b"), np.array([0, 1]), np.eye(2), ("one", "two"), ("x", "y"))
    page, *pictures = write_report(tmp_path, "A test", {"all": right}, {"all": tmp_path / "none.csv"}, sound, {})
    assert "There are none." in page.read_text(encoding="utf-8")
    assert {picture.name for picture in pictures} == {"confusion.png", "labels.png"}


class Page(HTMLParser):
    """Tags and texts of a page, each start tag matched by its end."""

    VOID = ("meta", "img", "br")

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.opened = set(), "", []
        self.feed(html)
        assert not self.opened

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag not in self.VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag):
        assert self.opened.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_text_is_text_and_never_html(judgement, history, sound, tmp_path):
    evil = "<script>alert('&')</script>"
    named = write_report(tmp_path / "report", evil, {evil: judgement}, {evil: history}, sound, {evil: f'"{evil}"'})
    page = Page(named[0].read_text(encoding="utf-8"))
    assert not page.tags & {"script", "a", "three"}
    assert page.text.count(evil) == 5  # title, heading, experiment, both cells of the fact
    assert "<three>.wav" in page.text


def test_the_markdown_table_has_a_row_for_each_label(judgement):
    assert markdown_table(judgement) == [
        "| label | precision | recall | F1 | clips |",
        "|---|---|---|---|---|",
        "| <a> | 100.0% | 50.0% | 66.7% | 2 |",
        "| b | 50.0% | 100.0% | 66.7% | 1 |",
        "| c\\|d | – | – | – | 0 |",
    ]
