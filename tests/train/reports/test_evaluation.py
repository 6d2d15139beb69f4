"""Reports of an evaluation: tables, files, a figure."""

import csv
import json
import re
from dataclasses import replace

import pytest
from rich.console import Console

from made_scores import make_card, recorded, truth
from whipbird.events.settings import DebounceSettings
from whipbird.formats.annotation import Annotation
from whipbird_train.evaluate.calibration import Point
from whipbird_train.evaluate.curves import sweep, with_threshold
from whipbird_train.evaluate.evaluation import Evaluation
from whipbird_train.evaluate.intervals import poisson_rate, share
from whipbird_train.evaluate.matching import AnnotatedRecording, DetectedEvent, Matching
from whipbird_train.evaluate.recorded_scores import detect
from whipbird_train.reports.evaluation import curve_figure, notes, points_table, tables, write_evaluation

NEAR = Matching(0.5, "middle")
LONG = "superb fairywren"  # a label of more than one word
THRESHOLDS = (0.3, 0.6, 0.95)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Use only a few thresholds."""
    monkeypatch.setattr("whipbird_train.evaluate.curves.sweep.__defaults__", (THRESHOLDS,))


@pytest.fixture
def card():
    """A card whose strict point no longer detects "yes"."""
    card = make_card()
    strict = {label: with_threshold(settings, 0.85) for label, settings in card.debounce.items()}
    return card.model_copy(update={"operating_points": {"strict": strict}})


@pytest.fixture
def annotated():
    """An hour with a "yes" of 0.7 and a false "no" of 0.9, and one without events."""
    return [
        (recorded((1, 0.7, "yes"), (3, 0.9, "no"), name="a.wav"), truth((1, "yes"))),
        (recorded(name="b.wav"), []),
    ]


def evaluate(annotated, card):
    heard = [detect(one, card, card.debounce) for one, _ in annotated]
    return Evaluation.of(
        [
            AnnotatedRecording(one.name, one.seconds, tuple(truth), events)
            for (one, truth), events in zip(annotated, heard, strict=True)
        ],
        list(card.debounce),
        NEAR,
        "end",
    )


@pytest.fixture
def large():
    """Three recordings, 600 sounds of three labels: most are detected, some confused; there are some false alarms."""
    labels = ("yes", "no", LONG)
    sounds = [Annotation(2.0 * n, 2.0 * n + 0.5, labels[n % 3]) for n in range(200)]
    heard = [
        DetectedEvent(one.begin_s, one.end_s + 0.0123, one.end_s + 0.25, labels[(n + (n % 7 == 0)) % 3], 0.9)
        for n, one in enumerate(sounds)
        if n % 11
    ]
    return Evaluation.of(
        [
            AnnotatedRecording(name, 400.0, tuple(sounds), tuple(heard))
            for name in ("a.wav", "b.wav", "[long] name.wav")
        ],
        labels,
        NEAR,
        "end",
    )


def shown(tables, width):
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        for table in tables:
            console.print(table)
    assert max(map(len, capture.get().splitlines())) <= width
    return capture.get()


@pytest.mark.parametrize("width", [80, 120])
def test_no_number_is_lost_on_a_narrow_terminal(large, width):
    main, confused, wrong = tables(large, width)
    text = shown([main], width)
    assert "…" not in text
    words = text.split()
    for row in large.rows():
        recall = f"({100 * row.recall.low:.0f}-{100 * row.recall.high:.0f})"
        rate = row.false_alarms_per_hour
        for number in (
            str(row.annotations),
            f"{100 * row.recall.value:.1f}",
            recall,
            f"{100 * row.f1.value:.1f}",
            f"{rate.value:.3g}",
            f"({float(f'{rate.low:.2g}'):g}-{float(f'{rate.high:.2g}'):g})",  # no exponent
            f"{row.delay_p50_s:.2f}",
        ):
            assert number in words
    for heading in ("sounds", "recall", "precision", "F1", "false/hour", "p50", "p95", "exact", "%"):
        assert heading in words
    assert "…" not in shown([confused, wrong], width)


def test_what_was_confused_most_comes_first(large):
    text = shown([tables(large)[1]], 80)
    rows = re.findall(r"(\S.*?)  +(\S.*?)  +(\d+)", text)
    assert {(truth, heard) for truth, heard, _ in rows} == {("yes", "no"), ("no", LONG), (LONG, "yes")}
    times = [int(count) for *_, count in rows]
    assert times == sorted(times, reverse=True)


def test_names_are_shown_as_they_are(large):
    """Square brackets are not interpreted as markup."""
    assert "[long] name.wav" in shown([tables(large)[2]], 80)
    odd = Evaluation.of([AnnotatedRecording("a", 10, (Annotation(1, 2, "[bold]"),), ())], ("[bold]",), NEAR, "end")
    assert "[bold]" in shown(tables(odd), 80)


def test_where_there_are_no_mistakes_there_is_one_table(annotated, card):
    assert len(tables(evaluate([annotated[1]] * 2, card))) == 1


def test_what_is_not_known_is_a_dash():
    nothing = Evaluation.of([AnnotatedRecording("a", 0, (), ())], ("yes",), NEAR, "end")
    (table,) = tables(nothing)
    assert re.search(r"yes +0 +- +- +- +- +- +- +100", shown([table], 120))


@pytest.mark.parametrize("width", [80, 120])
def test_each_point_is_a_row(width):
    quick = DebounceSettings()
    points = {
        "balanced": Point(
            {"yes": with_threshold(quick, 0.5), "no": with_threshold(quick, 0.75)}, 40, 30, 2, 1.5, 2, 2.0
        ),
        "strict": Point(
            {"yes": with_threshold(quick, 0.9), "no": with_threshold(quick, 0.9)}, 40, 20, 0, 0.1, 0.2, 2.0
        ),
    }
    text = shown([points_table(points)], width)
    recall, rate = share(30, 40), poisson_rate(2, 2)
    heard = f"75.0 ({100 * recall.low:.0f}-{100 * recall.high:.0f})"
    expected = f"40  {heard}  1 ({rate.low:.2g}-{rate.high:.2g})  0.75  0.5 to 0.75"
    assert expected.split() == next(line for line in text.splitlines() if "balanced" in line).split()[1:]
    assert "0.9 to 0.9" in text


def test_points_without_annotations_and_time_are_shown_too():
    text = shown([points_table({"balanced": Point({"yes": DebounceSettings()}, 0, 0, 0, 0.0, 0, 0.0)})], 80)
    assert re.search(r"balanced +0 +- +- +- +0.6 to 0.6", text)


def test_what_is_written(annotated, card, tmp_path):
    evaluation = evaluate(annotated, card)
    write_evaluation(tmp_path / "deeper" / "report", evaluation, annotated, card, "balanced")
    folder = tmp_path / "deeper" / "report"
    assert {path.name for path in folder.iterdir()} == {
        "evaluation.json",
        "recordings.csv",
        "curve.csv",
        "curve.json",
        "curve.png",
    }
    said = json.loads((folder / "evaluation.json").read_text())
    described = {"model": "made", "version": "0.0.1", "sensitivity": "balanced", "thresholds": {"no": 0.6, "yes": 0.6}}
    assert said == described | json.loads(json.dumps(evaluation.as_dict()))
    with (folder / "recordings.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["name"], row["hits"], row["false"]) for row in rows] == [("a.wav", "1", "1"), ("b.wav", "0", "0")]
    curves = sweep(annotated, card, NEAR)
    assert (folder / "curve.csv").read_text() == curves.as_csv()
    assert json.loads((folder / "curve.json").read_text()) == curves.as_dict()
    assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def drawn(monkeypatch):
    """The curves and marked points of each figure drawn."""
    figures = []

    def keep(curves, marked):
        figures.append((curves, marked))
        return curve_figure(curves, marked)

    monkeypatch.setattr("whipbird_train.reports.evaluation.curve_figure", keep)
    return figures


@pytest.mark.parametrize("sensitivity", ["balanced", "strict"])
def test_all_operating_points_are_marked_whichever_was_evaluated(annotated, card, tmp_path, drawn, sensitivity):
    write_evaluation(tmp_path, evaluate(annotated, card.at(sensitivity)), annotated, card, sensitivity)
    ((_, marked),) = drawn
    assert marked == {"balanced": (0.5, 0.0), "strict": (0.5, 1.0)}


def test_without_annotations_nothing_is_marked(card, tmp_path, drawn):
    background = [(recorded((1, 0.9, "no")), [])]
    write_evaluation(tmp_path, evaluate(background, card), background, card, "balanced")
    ((_, marked),) = drawn
    assert marked == {}


def test_the_curve_of_all_labels_and_each_that_is_annotated(annotated, card):
    figure = curve_figure(sweep(annotated, card, NEAR, THRESHOLDS), {"strict": (0.0, 1.0)})
    each, every, dot = figure.axes[0].lines
    assert every.get_ydata().tolist() == each.get_ydata().tolist() == [0, 0, 100]
    assert every.get_xdata().tolist() == [0.5, 0.5, 0.02]  # two hours; 0 is drawn at 0.02
    assert each.get_xdata().tolist() == [0.02, 0.02, 0.02]
    assert (dot.get_xdata().tolist(), dot.get_ydata().tolist()) == ([0.02], [100])


@pytest.mark.parametrize(
    ("nothing", "why"),
    [
        ([(recorded((1, 0.9, "no")), [])], "none of the labels is annotated"),
        ([(recorded((1, 0.9, "no"), seconds=0), truth((1, "yes")))], "no sound was processed"),
    ],
    ids=["no annotations", "no time"],
)
def test_where_nothing_is_known_nothing_is_drawn(nothing, why, card, tmp_path):
    figure = curve_figure(sweep(nothing, card, NEAR, THRESHOLDS), {})
    assert not figure.axes[0].lines
    assert figure.axes[0].texts[0].get_text().startswith(why)
    figure.savefig(tmp_path / "curve.png")


def test_in_many_hours_a_rare_false_alarm_is_not_drawn_as_none(card):
    months = [(recorded((1, 0.9, "no"), (5, 0.9, "yes"), seconds=3.6e6), truth((5, "yes")))]
    every = curve_figure(sweep(months, card, NEAR, THRESHOLDS), {}).axes[0].lines[-1]
    assert every.get_xdata().tolist() == [0.001, 0.001, 0.0005]


def test_notes_say_how_events_were_matched_and_what_depends_on_it(card):
    late = [(recorded((1, 0.7, "yes"), (5, 0.7, "yes"), name="a.wav"), truth((1, "yes"), (3.5, "yes")))]
    first, second = notes(evaluate(late, card), late, card)
    assert "within 0.5 s" in first
    assert re.match(r"1 of 1 missed have a false event \d.\d to \d.\d s away: .* --tolerance \d", second)


def test_notes_count_what_was_not_judged(card):
    one = recorded((1, 0.9, "yes"), (30, 0.9, "yes"), name="a.wav")
    events = detect(one, card, card.debounce)
    partly = replace(one, events=events).within(truth((1, "yes")))
    assert notes(evaluate([(partly, truth((1, "yes")))], card), [(partly, [])], card)[-1] == (
        "1 events outside the annotations were not judged"
    )
