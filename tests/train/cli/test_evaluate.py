"""The commands ``whipbird evaluate`` and ``whipbird calibrate``."""

import json
import os
import shutil
import sys

import numpy as np
import pytest
import soundfile

from invoking import failed, printed, refused
from many_labels import write_many_labels
from spoilt_bundles import edit
from unreadable import unreadable_folder
from whipbird.formats.annotation import Annotation
from whipbird.formats.annotation_files import write_annotations
from whipbird.models.model import Model
from whipbird_train.cli.calibrate import app as calibrate_app
from whipbird_train.cli.evaluate import app as evaluate_app
from whipbird_train.evaluate.recorded_scores import record_scores

pytestmark = pytest.mark.usefixtures("first_alone_installed")

RATE_HZ = 16_000
THRESHOLDS = (0.4, 0.6, 0.8, 0.9)


@pytest.fixture(autouse=True)
def few(monkeypatch, tmp_path):
    """Use only a few settings, in a temporary folder."""
    monkeypatch.setattr("whipbird_train.evaluate.curves.sweep.__defaults__", (THRESHOLDS,))
    monkeypatch.setattr("whipbird_train.evaluate.calibration.THRESHOLDS", THRESHOLDS)
    monkeypatch.setattr("whipbird_train.evaluate.calibration.TIMES", ((0.8, 1.0), (1.0, 1.0)))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def events(demo, commands):
    return record_scores(demo, commands).events


@pytest.fixture
def annotations(events, tmp_path):
    """The events of the bundled recording as annotations, and one more word that is not in it."""
    truth = [Annotation(event.begin_s, event.end_s, event.label) for event in events]
    write_annotations(tmp_path / "truth.csv", {"demo.flac": [*truth, Annotation(5.3, 5.7, "go")]}, "csv")
    return tmp_path / "truth.csv"


@pytest.fixture
def background(tmp_path, noise):
    soundfile.write(tmp_path / "noise.wav", np.tile(noise, 3), RATE_HZ)
    return tmp_path / "noise.wav"


@pytest.mark.skipif(sys.platform != "linux", reason="the system refuses such names")
def test_a_name_that_is_not_utf_8(demo, events, tmp_path):
    path = shutil.copy(demo, os.fsdecode(os.fsencode(tmp_path) + b"/For\xeat.flac"))
    truth = [Annotation(event.begin_s, event.end_s, event.label) for event in events]
    write_annotations(tmp_path / "truth.csv", {"For\\xeat.flac": truth}, "csv")  # as 'replay' writes it
    said = json.loads(printed(evaluate_app, path, "-a", tmp_path / "truth.csv", "--json"))
    assert (said["all"]["hits"], said["all"]["missed"]) == (len(events), 0)
    assert "\\udcea" not in json.dumps(said)


def test_a_recording_is_evaluated(demo, annotations, events):
    said = json.loads(printed(evaluate_app, demo, "-a", annotations, "--json"))
    assert (said["model"], said["sensitivity"]) == ("commands", "balanced")
    assert said["thresholds"]["yes"] == Model("commands").card.debounce["yes"].on
    assert said["matching"] == {"tolerance_s": 0.5, "at": "middle"}
    assert said["delay_from"] == "end"
    found = said["all"]
    assert (found["annotations"], found["hits"], found["false"]) == (len(events) + 1, len(events), 0)
    assert said["labels"]["go"]["missed"] == 1
    assert 0 <= found["delay_p50_s"] < 0.3


def test_thresholds_are_evaluated_and_reported(demo, annotations, tmp_path, events):
    chosen = ("--threshold", 0.995, "--threshold", "yes=0.5", "--out", tmp_path / "report")
    said = json.loads(printed(evaluate_app, demo, "-a", annotations, *chosen, "--json"))
    assert (said["thresholds"]["yes"], said["thresholds"]["no"]) == (0.5, 0.995)
    assert 0 < said["all"]["hits"] < len(events)
    assert json.loads((tmp_path / "report" / "evaluation.json").read_text())["thresholds"] == said["thresholds"]


def test_tables_are_for_people(demo, annotations, background, events):
    text = printed(evaluate_app, demo, "-a", annotations, "-b", background)
    assert text.startswith("2 recordings, 0.01 hours")
    sounds = len(events) + 1
    expected = ["all", str(sounds), f"{100 * len(events) / sounds:.1f}"]
    assert next(line.split()[:3] for line in text.splitlines() if line.startswith("all")) == expected
    assert "recordings with mistakes" in text


def test_all_events_in_background_are_false_alarms(demo, annotations, events):
    """The annotations of a recording are ignored if it is background."""
    said = json.loads(printed(evaluate_app, "-a", annotations, "-b", demo, "--json"))
    assert said["all"]["annotations"] == 0
    assert said["all"]["false"] == len(events)


def test_a_report_is_written(demo, annotations, tmp_path):
    text = printed(evaluate_app, demo, "-a", annotations, "--out", tmp_path / "deeper" / "report", "--tolerance", 0.2)
    assert f"report: {tmp_path / 'deeper' / 'report'}" in text
    said = json.loads((tmp_path / "deeper" / "report" / "evaluation.json").read_text())
    assert said["matching"]["tolerance_s"] == 0.2
    assert said["sensitivity"] == "balanced"
    assert len(list((tmp_path / "deeper" / "report").iterdir())) == 5
    curve = json.loads((tmp_path / "deeper" / "report" / "curve.json").read_text())
    assert [point["threshold"] for point in curve["all"]] == list(THRESHOLDS)


def test_with_complete_annotations_other_recordings_contain_none(demo, annotations, background, events):
    assert f"no annotations for {background}" in refused(evaluate_app, demo, background, "-a", annotations)
    said = json.loads(printed(evaluate_app, demo, background, "-a", annotations, "--complete", "--json"))
    assert [row["annotations"] for row in said["per_recording"]] == [len(events) + 1, 0]


def test_folders_that_cannot_be_read_are_reported(demo, annotations, noise, tmp_path):
    """As everywhere, what can be read is, and the command fails in the end."""
    (tmp_path / "noises").mkdir()
    soundfile.write(tmp_path / "noises" / "noise.wav", noise, RATE_HZ)
    unreadable = unreadable_folder(tmp_path / "noises")
    result = failed(evaluate_app, demo, "-a", annotations, "-b", tmp_path / "noises", "--json")
    assert len(json.loads(result.stdout)["per_recording"]) == 2
    assert f"whipbird: {unreadable}" in result.stderr
    result = failed(calibrate_app, "-b", tmp_path / "noises", "--out", tmp_path / "mine", "--json")
    assert json.loads(result.stdout)["model"] == str(tmp_path / "mine")
    assert f"whipbird: {unreadable}" in result.stderr


def test_a_raven_table_without_labels_is_of_the_label_that_is_given(demo, events, tmp_path):
    rows = [
        f"{number}\t{event.begin_s}\t{event.end_s}\n"
        for number, event in enumerate((event for event in events if event.label == "yes"), 1)
    ]
    (tmp_path / "demo.Table.1.selections.txt").write_text("Selection\tBegin Time (s)\tEnd Time (s)\n" + "".join(rows))
    arguments = (demo, "-a", tmp_path / "demo.Table.1.selections.txt", "--json")
    assert "--annotation-label" in refused(evaluate_app, *arguments)
    said = json.loads(printed(evaluate_app, *arguments, "--annotation-label", "yes"))
    assert said["labels"]["yes"]["hits"] == len(rows)


@pytest.fixture
def calls(shipped, tmp_path):
    """A model that reports events at their end, as for calls."""
    folder = shutil.copytree(shipped, tmp_path / "calls")
    edit(folder, lambda card: card.update(name="calls", report="end"))
    return folder


def test_calls_are_compared_at_their_start(demo, annotations, calls):
    said = json.loads(printed(evaluate_app, demo, "-a", annotations, "--model", calls, "--json"))
    assert said["matching"] == {"tolerance_s": 1.0, "at": "begin"}
    assert said["delay_from"] == "begin"


def test_operating_points_are_written_into_a_copy_of_the_model(
    demo, annotations, background, tmp_path, commands, events
):
    arguments = (demo, "-a", annotations, "-b", background, "--out", tmp_path / "mine")
    said = json.loads(printed(calibrate_app, *arguments, "--json"))
    assert said["model"] == str(tmp_path / "mine")
    assert list(said["points"]) == ["balanced", "strict", "eager"]
    for name, point in said["points"].items():
        model = Model(str(tmp_path / "mine"), name)
        assert {label: settings.model_dump() for label, settings in model.card.debounce.items()} == point["settings"]
        assert point["false"] == 0
        assert point["sounds"] == len(events) + 1
    assert model.card.labels == commands.card.labels
    assert model.card.name == "mine"
    assert model.card.results["operating_points"]["strict"]["sounds"] == len(events) + 1
    page = (tmp_path / "mine" / "README.md").read_text()
    assert page.startswith("# mine\n")
    assert "whipbird listen --model mine" in page
    assert f"of {len(events) + 1} (" in page
    assert page.count("| balanced |") == 1
    again = json.loads(printed(evaluate_app, demo, "-a", annotations, "-m", tmp_path / "mine", "--json"))
    assert again["all"]["hits"] == said["points"]["balanced"]["hits"]
    strict = ("-m", tmp_path / "mine", "--sensitivity", "strict", "--json")
    assert json.loads(printed(evaluate_app, demo, "-a", annotations, *strict))["sensitivity"] == "strict"


def test_background_alone_will_do(background, demo, tmp_path, events):
    """All words in a background are false alarms: no threshold has as few as allowed."""
    text = printed(calibrate_app, "-b", background, "-b", demo)
    assert "balanced: no threshold has so few false alarms" in text
    assert "not annotated" not in text
    card = Model(str(tmp_path / "commands-calibrated")).card
    assert {settings.on for settings in card.debounce.values()} == {0.9}


def test_labels_without_annotations_are_named(demo, events, background, tmp_path):
    yes = [Annotation(event.begin_s, event.end_s, event.label) for event in events if event.label == "yes"]
    write_annotations(tmp_path / "yes.csv", {"demo.flac": yes}, "csv")
    text = printed(calibrate_app, demo, "-a", tmp_path / "yes.csv", "-b", background)
    assert "not annotated, set to the fewest false alarms: down, go, left, no, off, on, right, stop, up" in text


@pytest.mark.parametrize("app", [evaluate_app, calibrate_app], ids=["evaluate", "calibrate"])
def test_what_cannot_be_measured_is_one_line(app, demo, annotations, background, tmp_path):
    quiet = ("-b", background)
    assert f"no annotations for {demo}" in refused(app, demo, *quiet)
    assert "nowhere.csv" in refused(app, demo, *quiet, "-a", tmp_path / "nowhere.csv")
    (tmp_path / "bad.csv").write_text("recording,begin_s,end_s,label\ndemo,2,1,yes\n")
    assert "bad.csv, line 2: the end" in refused(app, demo, *quiet, "-a", tmp_path / "bad.csv")
    assert "nowhere.wav" in refused(app, *quiet, "-b", tmp_path / "nowhere.wav")
    assert "no model named 'nothing'" in refused(app, demo, *quiet, "-a", annotations, "-m", "nothing")
    assert "--tolerance: the tolerance" in refused(app, demo, *quiet, "-a", annotations, "--tolerance", "inf")
    assert not (tmp_path / "commands-calibrated").exists()


@pytest.mark.parametrize("app", [evaluate_app, calibrate_app], ids=["evaluate", "calibrate"])
def test_a_model_that_reports_nothing_cannot_be_measured(app, background, bundle):
    edit(bundle, lambda card: card.update(debounce={}, operating_points={}))
    assert "commands reports no labels" in refused(app, "-b", background, "-m", bundle)


@pytest.mark.parametrize("app", [evaluate_app, calibrate_app], ids=["evaluate", "calibrate"])
def test_labels_that_the_model_does_not_report_are_named(app, demo, background, tmp_path, caplog):
    """Labels that start with an underscore are not named."""
    labels = ("perhaps", "maybe?", "maybe", "yes", "no?", "_cut_")
    write_annotations(tmp_path / "odd.csv", {"demo.flac": [Annotation(1, 2, label) for label in labels]}, "csv")
    printed(app, demo, "-a", tmp_path / "odd.csv", "-b", background)
    (said,) = caplog.messages
    assert said.startswith("annotations of maybe, perhaps count as background: commands reports down, ")


def test_of_thousands_of_labels_those_that_were_probably_meant_are_named(demo, tmp_path, caplog):
    write_many_labels(tmp_path / "many")
    write_annotations(tmp_path / "odd.csv", {"demo.flac": [Annotation(1, 2, "species0007")]}, "csv")
    printed(evaluate_app, demo, "-a", tmp_path / "odd.csv", "-m", tmp_path / "many")
    (said,) = caplog.messages
    assert said == (
        "annotations of species0007 count as background: many reports 6,522 labels; species0007: names that contain "
        "it: Larus species0007, Common Larus species0007"
    )


def test_labels_that_the_model_reports_are_no_news(demo, annotations, caplog):
    printed(evaluate_app, demo, "-a", annotations)
    assert not caplog.messages


def test_recordings_of_the_same_name_are_distinguished(demo, annotations, events, tmp_path):
    for folder in ("monday", "tuesday"):
        (tmp_path / folder).mkdir()
        shutil.copy(demo, tmp_path / folder)
    recordings = ("monday/demo.flac", "tuesday/demo.flac")
    assert "demo.flac could belong to monday/demo.flac or tuesday/demo.flac" in refused(
        evaluate_app, *recordings, "-a", annotations
    )
    first = Annotation(events[0].begin_s, events[0].end_s, events[0].label)
    write_annotations(tmp_path / "monday/demo.txt", {"demo": [first]}, "audacity")
    write_annotations(tmp_path / "tuesday/demo.txt", {"demo": []}, "audacity")
    said = json.loads(printed(evaluate_app, *recordings, "-a", "monday", "-a", "tuesday", "--out", "report", "--json"))
    assert [(row["name"], row["annotations"]) for row in said["per_recording"]] == [
        (recordings[0], 1),
        (recordings[1], 0),
    ]
    assert all(name in (tmp_path / "report" / "recordings.csv").read_text() for name in recordings)
    text = printed(evaluate_app, *recordings, "-a", "monday", "-a", "tuesday")
    assert all(name in text for name in recordings)


def test_a_recording_counts_once(demo, annotations, background):
    folder = demo.parent
    said = json.loads(printed(evaluate_app, demo, folder / ".." / folder.name / demo.name, "-a", annotations, "--json"))
    assert len(said["per_recording"]) == 1
    assert "both among the recordings and in the background" in refused(
        evaluate_app, demo, "-a", annotations, "-b", demo
    )


def test_annotations_of_other_recordings_are_reported(demo, annotations, events, tmp_path, caplog):
    event = Annotation(events[0].begin_s, events[0].end_s, events[0].label)
    write_annotations(tmp_path / "typing.csv", {"demo.flac": [event], "dmeo.flac": [event], "other": []}, "csv")
    printed(evaluate_app, demo, "-a", "typing.csv")
    assert "not among the recordings: dmeo.flac and 1 more" in caplog.text
    write_annotations(tmp_path / "typo.csv", {"dmeo.flac": [event]}, "csv")
    assert "not among the recordings: dmeo.flac" in refused(evaluate_app, demo, "-a", "typo.csv", "--complete")


def test_implausible_annotations_are_reported(demo, events, tmp_path, caplog):
    event = Annotation(events[0].begin_s, events[0].end_s, events[0].label)
    write_annotations(tmp_path / "odd.csv", {"demo.flac": [event, event, Annotation(5e3, 5.5e3, "yes")]}, "csv")
    printed(evaluate_app, demo, "-a", "odd.csv")
    assert "1 annotations start after its end" in caplog.text
    assert "1 annotations are duplicates" in caplog.text


def test_all_recordings_that_cannot_be_opened_are_named_before_processing(demo, annotations, tmp_path):
    for name in ("one.wav", "two.wav"):
        (tmp_path / name).write_text("no sound")
    error = refused(evaluate_app, demo, tmp_path / "one.wav", "-b", tmp_path / "two.wav", "-a", annotations)
    assert "one.wav" in error
    assert "two.wav" in error


def test_false_alarms_need_background(demo, annotations):
    assert "--background" in refused(calibrate_app, demo, "-a", annotations)
    assert "no recordings: give" in refused(evaluate_app)


def test_obstacles_are_reported_before_processing(demo, annotations, background, tmp_path):
    nowhere = ("-b", tmp_path / "nowhere.wav")
    (tmp_path / "file").touch()
    assert "file: File exists" in refused(evaluate_app, *nowhere, "--out", tmp_path / "file")
    assert "file exists and is not a model" in refused(calibrate_app, *nowhere, "--out", tmp_path / "file")


def test_there_is_no_such_sensitivity(demo, annotations):
    assert "has no operating point 'keen'" in refused(evaluate_app, demo, "-a", annotations, "--sensitivity", "keen")


def test_only_boxes_are_judged(demo, events, tmp_path):
    """All but the first event are outside the annotations, and are no false alarms."""
    first = events[0]
    write_annotations(tmp_path / "a.csv", {"demo.flac": [Annotation(first.begin_s, first.end_s, first.label)]}, "csv")
    said = json.loads(printed(evaluate_app, demo, "-a", tmp_path / "a.csv", "--boxes-only", "--json"))["all"]
    assert (said["hits"], said["false"], said["missed"]) == (1, 0, 0)
    text = printed(evaluate_app, demo, "-a", tmp_path / "a.csv", "--boxes-only")
    assert f"{len(events) - 1} events outside the annotations were not judged" in text
