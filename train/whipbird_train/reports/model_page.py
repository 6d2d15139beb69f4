"""The README of a bundle, generated from its card; its figures are in the same folder."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from whipbird.models.card import Card, TrainingData
from whipbird_train.evaluate.intervals import wilson_interval

__all__ = ["model_page", "operating_points", "page_head", "recalibrated_page", "recordings_table", "renamed_page"]

STRANGERS = (
    "Among strangers: readers of books, each with thresholds that were chosen on all others (the upper end is over "
    "readers or over hours, whichever is higher):"
)
CHOSEN_ON = "Thresholds were chosen, and all of this was measured, on speakers and places that were not trained on:"
CHOSEN = "In whole recordings, on which the thresholds were chosen (intervals of 95 %):"
MOST_LABELS = 100  # that are named
PICTURES = {
    "confusion.png": "Which labels are taken for which",
    "learning.png": "Loss and accuracy from epoch to epoch",
}


def model_page(card: Card) -> str:
    """Markdown with a model's labels, training data, results and limits."""
    sections = (_model(card), _training(card), _measured(card), _variants(card), ["## Limits", "", card.limits, ""])
    return "\n".join(line for section in sections for line in section)


def recalibrated_page(page: str, card: Card, copy: Card) -> str:
    """Page of a copy of a model with other operating points, from the page of the original."""
    page = renamed_page(page, card, copy)
    points = "\n".join(operating_points(copy))
    for section in (STRANGERS, CHOSEN_ON):  # they are of the thresholds of the original
        page = re.sub(rf"{re.escape(section)}\n\n(\|.*\n)+\n", "", page)
    renewed, count = re.subn(rf"{re.escape(CHOSEN)}\n\n(\|.*\n)+", lambda _: points, page)
    return renewed if count else f"{page.rstrip()}\n\n{points}"


def renamed_page(page: str, card: Card, copy: Card) -> str:
    """Page of a copy of a model that has another name."""
    return page.replace(_title(card), _title(copy), 1).replace(_command(card), _command(copy), 1)


def page_head(card: Card) -> list[str]:
    """The first lines of a page: name, description, and how to listen with it."""
    return [_title(card), "", card.description, "", _command(card), ""]


def recordings_table(recordings: Sequence[TrainingData]) -> list[str]:
    """A row for each collection of recordings."""
    return [
        "| recordings | source | licence | number |",
        "|---|---|---|---|",
        *(f"| {data.name} | {data.source} | {data.licence} | {data.recordings} |" for data in recordings),
        "",
    ]


def _title(card: Card) -> str:
    return f"# {card.name}"


def _command(card: Card) -> str:
    return f"    whipbird listen --model {card.name}"


def _model(card: Card) -> list[str]:
    results = card.results
    others = _labels([label for label in card.labels if label not in card.debounce]) or "none"
    return [
        *page_head(card),
        f"- Reports: {_labels(list(card.debounce))}",
        f"- Other labels: {others}",
        f"- Sound: {card.sample_rate_hz} Hz, a window of {card.window} frames ({card.frontend.kind}), "
        f"one every {1000 * card.hop_s:g} ms",
        f"- Size: {results['parameters']:,} trained parameters, {results['model_bytes'] / 1000:.0f} kB",
        *_second(card),
        f"- Licence: {card.licence}",
        "",
    ]


def _second(card: Card) -> list[str]:
    found = card.results.get("second")
    if not found:
        return []
    return [
        f"- A second network is asked where the first hears a word: {found['parameters']:,} parameters, "
        f"{found['model_bytes'] / 1000:.0f} kB"
    ]


def _labels(labels: list[str]) -> str:
    """Names of labels; of many, their number."""
    return ", ".join(labels) if len(labels) <= MOST_LABELS else f"{len(labels):,} labels"


def _training(card: Card) -> list[str]:
    results = card.results
    return [
        "## Trained on",
        "",
        *recordings_table(card.training),
        f"{results['epochs']} epochs; all trainings together took {results['training_s'] / 60:.0f} minutes.",
        "",
    ]


def _measured(card: Card) -> list[str]:
    main, *others = card.results["experiments"].items()
    lines = ["## How well it does", "", *(_accuracy(*one) for one in (main, *others)), ""]
    lines += [*_label_table(main[1]), "", *operating_points(card), *_strangers(card), *_chosen_on(card)]
    lines += _whole_recordings(card)
    for picture, says in PICTURES.items():
        if picture in card.sha256:
            lines += [f"![{says}]({picture})", ""]
    for protocol, measured in others:
        lines += [f"Of {protocol}:", "", *_label_table(measured), ""]
    return lines


def _accuracy(protocol: str, measured: Mapping[str, Any]) -> str:
    low, high = measured["interval"]
    group_low, group_high = measured["group_interval"]
    return (
        f"- {protocol}: **{measured['accuracy']:.1%}** of {measured['clips']} clips "
        f"(95 % interval {low:.1%} to {high:.1%}; by the {measured['groups']} speakers or sources: "
        f"{group_low:.1%} to {group_high:.1%})"
    )


def _label_table(measured: Mapping[str, Any]) -> list[str]:
    lines = ["| label | precision | recall | 95 % interval | F1 | clips |", "|---|---|---|---|---|---|"]
    for label, row in measured["per_label"].items():
        clips = row["support"]
        low, high = wilson_interval(round((row["recall"] or 0) * clips), clips)
        precision, recall, f1 = (
            "–" if row[key] is None else f"{row[key]:.1%}" for key in ("precision", "recall", "f1")
        )
        interval = f"{low:.1%} to {high:.1%}" if clips else "–"
        name = label.replace("\\", "\\\\").replace("|", "\\|")
        lines.append(f"| {name} | {precision} | {recall} | {interval} | {f1} | {clips} |")
    return lines


def operating_points(card: Card) -> list[str]:
    """A table of the operating points, if the card has results of them."""
    points = card.results.get("operating_points")
    if not points:
        return []
    lines = [
        CHOSEN,
        "",
        "| `--sensitivity` | heard | false alarms per hour of background | to be expected elsewhere |",
        "|---|---|---|---|",
    ]
    for name, point in points.items():
        recall, low, high = point["recall"]
        rate, least, most = point["false_alarms_per_hour"]
        heard = f"{recall:.1%} of {point['sounds']} ({low:.1%} to {high:.1%})" if point["sounds"] else "nothing to hear"
        lines.append(
            f"| {name} | {heard} | {rate:.3g} ({least:.2g} to {most:.2g}), by {point['background_hours']:.2f} hours "
            f"| {point['expected_false_alarms_per_hour']:.2g} |"
        )
    return [*lines, ""]


def _strangers(card: Card) -> list[str]:
    found = card.results.get("strangers")
    if not found:
        return []
    lines = [
        STRANGERS,
        "",
        "| `--sensitivity` | readers | set off by | false alarms per hour |",
        "|---|---|---|---|",
    ]
    for name, one in found.items():
        rate, _, most = one["false_alarms_per_hour"]
        lines.append(
            f"| {name} | {one['persons']}, {one['hours']:.2f} hours | {one['persons_with_false_alarms']} "
            f"| {rate:.2g} (at most {most:.2g}) |"
        )
    return [*lines, ""]


def _chosen_on(card: Card) -> list[str]:
    found = card.results.get("chosen_on")
    if not found:
        return []
    recordings = [TrainingData.model_validate(one) for one in found]
    return [CHOSEN_ON, "", *recordings_table(recordings)]


def _whole_recordings(card: Card) -> list[str]:
    found = card.results.get("whole_recordings")
    if not found:
        return []
    recall, precision, counted = (found[key] for key in ("recall", "precision", "counted_exactly"))
    return [
        f"In whole recordings ({found['name']}: {found['recordings']}, {found['hours']:g} hours, by which nothing was "
        f"chosen), it hears **{recall[0]:.1%}** of {found['sounds']} (95 % interval {recall[1]:.1%} to "
        f"{recall[2]:.1%}); {precision[0]:.1%} of its events are right; {counted[0]:.0%} of the recordings are counted "
        "exactly.",
        "",
    ]


def _variants(card: Card) -> list[str]:
    results = card.results
    lines = [
        "## How it is written",
        "",
        "| variant | size | time for a window | accuracy | largest difference of a score from Keras |",
        "|---|---|---|---|---|",
    ]
    for kind, variant in results["variants"].items():
        name = f"**{kind}**" if kind == results["exported"] else kind
        lines.append(
            f"| {name} | {variant['bytes'] / 1000:.0f} kB | {variant['window_us']:.0f} µs | {variant['accuracy']:.1%} "
            f"| {variant['largest_difference_from_keras']:.1g} |"
        )
    known = "." if results["shipped_unseen"] else ", on clips that it was trained on: only the difference counts."
    return [*lines, "", f"The bold one ships. Accuracy here is that of single windows{known}", ""]
