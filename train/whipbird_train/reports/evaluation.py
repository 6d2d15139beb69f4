"""Reports of an evaluation: tables, files for programs, and a figure of the curve."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from whipbird.events.thresholds import NO_THRESHOLDS, Thresholds
from whipbird.figure_style import BLUE, GREY, GRID, INK, ORANGE, SMALL, TEXT, TITLE, save_figure
from whipbird.models.card import BALANCED, Card
from whipbird_train.evaluate.calibration import Point
from whipbird_train.evaluate.curves import Curves, outcomes, sweep
from whipbird_train.evaluate.evaluation import Evaluation
from whipbird_train.evaluate.intervals import ConfidenceInterval, poisson_rate, share
from whipbird_train.evaluate.matching import explained
from whipbird_train.evaluate.measures import Measures
from whipbird_train.evaluate.recorded_scores import Annotated

__all__ = ["curve_figure", "make_console", "notes", "points_table", "settings_of", "tables", "write_evaluation"]

PARTED = ("recall %", "precision %", "false/hour")  # columns that wrap before the interval if there is too little room
WIDTH = 120  # of tables that are not printed to a terminal
WIDE = 100  # characters; from this width on, columns are two spaces apart
SHOWN_CONFUSIONS = 12
MOST_ROWS = 100  # labels in a table
MOST_LINES = 20  # labels in the figure
LEAST_RATE = 0.02  # false alarms per hour: drawn for 0, unless half a false alarm is a lower rate
LEAST_HIGHEST_RATE = 1.0  # smallest upper end of the axis
DECADES = (1e-3, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0, 10_000.0)  # possible ticks
MARGIN = 1.3  # factor beyond the lowest and highest rate
MARKERS = "osD^v"
NAME_HEIGHT = 3.2  # in percent of the axis
NEAR = 3.0  # factor on the rate over which a name extends


def tables(evaluation: Evaluation, width: int = WIDE) -> list[Table]:
    """Tables of the labels, with 95 % intervals, of the confusions, and of the recordings with mistakes.

    ``p50 s`` and ``p95 s`` are percentiles of the delay, ``exact %`` is the share of recordings with the right number
    of events. From a width of 80 characters on, no number is cut.
    """
    tables = (_label_table(evaluation, width), _confusion_table(evaluation), _mistake_table(evaluation))
    return [table for table in tables if table.row_count]


def _label_table(evaluation: Evaluation, width: int) -> Table:
    count = len(evaluation.recordings)
    main = _table(f"{count} recording{'s' * (count > 1)}, {evaluation.hours:.2f} hours")
    main.padding = (0, 2 if width >= WIDE else 1, 0, 0)
    main.add_column("label", overflow="fold")
    for heading in ("sounds", "recall %", "precision %", "F1 %", "false/hour", "p50 s", "p95 s", "exact %"):
        main.add_column(heading, justify="right", no_wrap=heading not in PARTED, overflow="fold")
    for row in _shown(evaluation):
        main.add_row(
            escape(row.label),
            str(row.annotations),
            _share(row.recall),
            _share(row.precision),
            _percent(row.f1.value),
            _rate(row.false_alarms_per_hour),
            _seconds(row.delay_p50_s),
            _seconds(row.delay_p95_s),
            _percent(row.counted.value),
            style="bold" if row is evaluation.overall else "",
        )
    return main


def _shown(evaluation: Evaluation) -> list[Measures]:
    """The rows of the table of labels; of many labels, those with the most sounds and events."""
    ranked = sorted(evaluation.measures, key=lambda row: (row.annotations, row.events), reverse=True)
    chosen = {row.label for row in ranked[:MOST_ROWS]}
    return [*(row for row in evaluation.measures if row.label in chosen), evaluation.overall]


def _confusion_table(evaluation: Evaluation) -> Table:
    """The most frequent confusions of one label with another."""
    table = _table("confusions")
    for heading in ("sound", "detected as", "times"):
        table.add_column(heading)
    confusion = evaluation.confusion
    mixed = sorted(
        (
            (int(count), truth, detected)
            for truth, counts in zip(confusion.truth, confusion.counts, strict=True)
            for detected, count in zip(confusion.heard, counts, strict=True)
            if count and truth != detected
        ),
        reverse=True,
    )
    for count, truth, detected in mixed[:SHOWN_CONFUSIONS]:
        table.add_row(escape(truth), escape(detected), str(count))
    return table


def _mistake_table(evaluation: Evaluation) -> Table:
    """The recordings with the most mistakes; empty for a single recording."""
    table = _table("recordings with mistakes")
    for heading in ("recording", "sounds", "detected", "missed", "false"):
        table.add_column(heading, justify="left" if heading == "recording" else "right")
    wrong = [row for row in evaluation.per_recording() if row["missed"] or row["false"]]
    wrong.sort(key=lambda one: -one["missed"] - one["false"])
    for one in wrong[:SHOWN_CONFUSIONS] if len(evaluation.recordings) > 1 else ():
        table.add_row(escape(one["name"]), *(str(one[key]) for key in ("annotations", "hits", "missed", "false")))
    return table


def notes(evaluation: Evaluation, annotated: Annotated, card: Card) -> list[str]:
    """Lines below the tables: how events were matched, why, and what depends on it."""
    lines = [explained(evaluation.matching, card)]
    near = evaluation.near_misses_s()
    if near:
        missed, wider = evaluation.overall.missed, np.ceil(10 * near[-1]) / 10
        lines.append(
            f"{len(near)} of {missed} missed have a false event {near[0]:.1f} to {near[-1]:.1f} s away: "
            f"listen to some; if they are the same sound, use --tolerance {wider:g}"
        )
    outside = sum(not one.judges(event) for one, _ in annotated for event in one.events)
    if outside:
        lines.append(f"{outside} events outside the annotations were not judged")
    return lines


def make_console() -> Console:
    """Console for tables: as wide as the terminal, or 120 characters without one."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


def points_table(points: Mapping[str, Point]) -> Table:
    """A row for each operating point."""
    hours = next(iter(points.values())).hours
    table = _table(f"{hours:.2f} hours of background")
    table.add_column("point")
    for heading in ("sounds", "recall %", "false/hour", "expected elsewhere", "thresholds"):
        table.add_column(heading, justify="right")
    for name, point in points.items():
        on = sorted(settings.on for settings in point.settings.values())
        table.add_row(
            escape(name),
            str(point.annotations),
            _share(share(point.hits, point.annotations)),
            _rate(poisson_rate(point.false, hours)),
            _without_exponent(point.expected / hours, 2) if hours else "-",
            f"{on[0]:g} to {on[-1]:g}",
        )
    return table


def settings_of(card: Card, sensitivity: str, evaluation: Evaluation) -> dict[str, Any]:
    """For JSON: the operating point of a card and the thresholds of its labels.

    If not all labels that it reports were evaluated, ``labels_reported`` is their number.
    """
    thresholds = {row.label: card.debounce[row.label].on for row in evaluation.measures}
    more = {"labels_reported": len(card.debounce)} if len(thresholds) < len(card.debounce) else {}
    return {"sensitivity": sensitivity, **more, "thresholds": thresholds}


def write_evaluation(
    folder: Path,
    evaluation: Evaluation,
    annotated: Annotated,
    card: Card,
    sensitivity: str,
    thresholds: Thresholds = NO_THRESHOLDS,
) -> None:
    """Write evaluation.json, recordings.csv, curve.json, curve.csv and curve.png.

    Parameters
    ----------
    annotated : sequence of (RecordedScores, annotations)
        The recordings that were evaluated.
    card : Card
        The card with all of its operating points.
    sensitivity : str
        The operating point that was evaluated; the curve varies only its thresholds.
    thresholds : Thresholds
        Those that were evaluated in place of those of the operating point.
    """
    folder.mkdir(parents=True, exist_ok=True)
    evaluated = card.at(sensitivity, thresholds)
    described = {"model": card.name, "version": card.version, **settings_of(evaluated, sensitivity, evaluation)}
    described |= evaluation.as_dict()
    (folder / "evaluation.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    rows = evaluation.per_recording()
    with (folder / "recordings.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    curves = sweep(annotated, evaluated, evaluation.matching)
    (folder / "curve.csv").write_text(curves.as_csv(), encoding="utf-8")
    (folder / "curve.json").write_text(json.dumps(curves.as_dict(), indent=2) + "\n", encoding="utf-8")
    marked = {}
    cards = {name: card.at(name) for name in (BALANCED, *card.operating_points)}
    if thresholds:
        cards["chosen thresholds"] = evaluated
    for name, one in cards.items():
        found = outcomes(annotated, card, one.debounce, evaluation.matching)
        if found.annotations.sum() and evaluation.hours:
            missed = 1 - float(found.hits.sum() / found.annotations.sum())
            marked[name] = (float(found.false.sum()) / evaluation.hours, missed)
    save_figure(curve_figure(curves, marked), folder / "curve.png")


def curve_figure(curves: Curves, marked: Mapping[str, tuple[float, float]]) -> Figure:
    """Miss rate against false alarms per hour; each label as a thin line, operating points as markers.

    Parameters
    ----------
    marked : mapping of str to (float, float)
        False alarms per hour and miss rate of each operating point.
    """
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    none = min(LEAST_RATE, 0.5 / curves.hours) if curves.hours else LEAST_RATE
    frequent = np.argsort(-curves.annotations, kind="stable")[:MOST_LINES] if len(curves.labels) > 1 else ()
    names = [curves.labels[number] for number in sorted(frequent)]
    by_label = {label: line for label in names if (line := _line(curves, label, none))}
    overall = _line(curves, None, none)
    for number, line in enumerate(by_label.values()):
        axes.plot(*line, color=GREY, lw=0.7, zorder=2, label="" if number else "each label")
    if overall:
        axes.plot(*overall, color=BLUE, lw=2, zorder=3, label="all labels")
    _name_lines(axes, {label: (rates[0], misses[0]) for label, (rates, misses) in by_label.items()})
    for (name, (rate, missed)), marker in zip(marked.items(), cycle(MARKERS)):
        text = f"{name}: {_without_exponent(rate, 2)} per hour, {100 * missed:.0f} % missed"
        (mark,) = axes.plot(max(rate, none), 100 * missed, marker, color=ORANGE, zorder=4, label=text)
        mark.set(markerfacecolor="white", markeredgewidth=1.5)
    drawn = [rate for line in (*by_label.values(), overall or ((), ())) for rate in line[0]]
    _style_axes(axes, none, max([LEAST_HIGHEST_RATE, *drawn, *(rate for rate, _ in marked.values())]))
    axes.set_title(f"Over all thresholds, {curves.hours:.2f} hours", fontsize=TITLE, color=INK)
    if axes.lines:
        axes.legend(fontsize=TEXT, loc="best")
    else:
        why = "no sound was processed" if curves.annotations.any() else "none of the labels is annotated"
        axes.text(0.5, 0.5, why, ha="center", va="center", transform=axes.transAxes, fontsize=TEXT, color=INK)
    return figure


def _line(curves: Curves, label: str | None, least: float) -> tuple[list[float], list[float]] | None:
    """False alarms per hour, at least ``least``, and misses in percent; None if a label has no annotations or hours."""
    points = [(point["false_alarms_per_hour"], point["miss_rate"]) for point in curves.points(label)]
    known = [(max(rate, least), 100 * missed) for rate, missed in points if rate is not None and missed is not None]
    return ([rate for rate, _ in known], [missed for _, missed in known]) if known else None


def _name_lines(axes: Axes, ends: Mapping[str, tuple[float, float]]) -> None:
    """Write the labels' names at the ends of their lines, moved up where they would overlap."""
    named: list[tuple[float, float]] = []
    for missed, rate, label in sorted((missed, rate, label) for label, (rate, missed) in ends.items()):
        height = missed
        while any(abs(height - other) < NAME_HEIGHT and 1 / NEAR < rate / beside < NEAR for other, beside in named):
            height += NAME_HEIGHT / 2
        named.append((height, rate))
        axes.annotate(label, (rate, height), (4, 0), textcoords="offset points", va="center", fontsize=SMALL, color=INK)


def _style_axes(axes: Axes, none: float, highest: float) -> None:
    """Set up a logarithmic axis of rates, whose lowest tick means none, and an axis of misses in percent."""
    axes.set_xscale("log")
    axes.set_xlim(none / MARGIN, highest * MARGIN)
    axes.set_xticks([none, *(rate for rate in DECADES if 2 * none <= rate <= highest * MARGIN)])
    axes.xaxis.set_major_formatter(lambda rate, _: "none" if rate == none else f"{rate:g}")
    axes.set_ylim(-3, 103)
    axes.set_xlabel("false alarms per hour", fontsize=TEXT)
    axes.set_ylabel("missed, %", fontsize=TEXT)
    axes.grid(color=GRID)
    axes.tick_params(labelsize=TEXT)


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=None, header_style="dim", pad_edge=False)


def _share(interval: ConfidenceInterval) -> str:
    if interval.value is None or interval.low is None or interval.high is None:
        return _percent(interval.value)
    return f"{_percent(interval.value)} ({100 * interval.low:.0f}-{100 * interval.high:.0f})"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _rate(interval: ConfidenceInterval) -> str:
    if interval.value is None:
        return "-"
    low, high = interval.low or 0.0, interval.high or 0.0
    return f"{_without_exponent(interval.value, 3)} ({_without_exponent(low, 2)}-{_without_exponent(high, 2)})"


def _without_exponent(value: float, digits: int) -> str:
    """Text with this number of significant digits, without an exponent."""
    return np.format_float_positional(float(f"{value:.{digits}g}"), trim="-")


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{round(value, 2) + 0.0:.2f}"  # no negative zero
