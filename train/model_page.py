"""The README of a bundle, written from its card and what was measured."""

from __future__ import annotations

import re

from stream.card import Card
from train.judgement import Judgement
from train.report import markdown_table

__all__ = ["model_page", "recalibrated_page"]

CHOSEN = "In whole recordings, on which the thresholds were chosen (intervals of 95 %):"


def model_page(card: Card, judgement: Judgement) -> str:
    """Markdown that says what a model hears, what it was trained on, how well it does, and what it cannot do."""
    results = card.results
    others = ", ".join(label for label in card.labels if label not in card.debounce) or "none"
    lines = [
        _title(card),
        "",
        card.description,
        "",
        _command(card),
        "",
        f"- Reports: {', '.join(card.debounce)}",
        f"- Other labels: {others}",
        f"- Sound: {card.sample_rate_hz} Hz, a window of {card.window} frames ({card.frontend.kind}), "
        f"one every {1000 * card.hop_s:g} ms",
        f"- Size: {results['parameters']:,} trained parameters, {results['model_bytes'] / 1000:.0f} kB",
        f"- Licence: {card.licence}",
        "",
        "## Trained on",
        "",
        "| recordings | source | licence | number |",
        "|---|---|---|---|",
        *(f"| {data.name} | {data.source} | {data.licence} | {data.recordings} |" for data in card.training),
        "",
        f"{results['epochs']} epochs; all trainings together took {results['training_s'] / 60:.0f} minutes.",
        "",
        "## How well it does",
        "",
        *_measured(card),
        "",
        *markdown_table(judgement),
        "",
        *_operating_points(card),
        *_whole_recordings(card),
        "![Which labels are taken for which](confusion.png)",
        "",
        *(["![Loss and accuracy from epoch to epoch](learning.png)", ""] if "learning.png" in card.sha256 else []),
        f"A training leaves more, the worst mistakes among it, in `runs/{card.name}/report.html`.",
        "",
        "## How it is written",
        "",
        "| variant | size | time for a window | accuracy | largest difference of a score from Keras |",
        "|---|---|---|---|---|",
        *(
            f"| {'**' * (kind == results['exported'])}{kind}{'**' * (kind == results['exported'])} "
            f"| {variant['bytes'] / 1000:.0f} kB | {variant['window_us']:.0f} µs | {variant['accuracy']:.1%} "
            f"| {variant['largest_difference_from_keras']:.1g} |"
            for kind, variant in results["variants"].items()
        ),
        "",
        "The bold one ships. Accuracy here is that of single windows" + (
            "." if results["shipped_unseen"] else ", on clips that it was trained on: only the difference counts."
        ),
        "",
        "## Limits",
        "",
        card.limits,
        "",
    ]  # fmt: skip
    return "\n".join(lines)


def recalibrated_page(page: str, card: Card, copy: Card) -> str:
    """The page of a copy of a model that has other operating points, from the model's own."""
    page = page.replace(_title(card), _title(copy), 1).replace(_command(card), _command(copy), 1)
    points = "\n".join(_operating_points(copy))
    renewed, count = re.subn(rf"{re.escape(CHOSEN)}\n\n(\|.*\n)+", lambda _: points, page)
    return renewed if count else f"{page.rstrip()}\n\n{points}"


def _title(card: Card) -> str:
    return f"# {card.name}"


def _command(card: Card) -> str:
    return f"    whipbird listen --model {card.name}"


def _measured(card: Card) -> list[str]:
    lines = []
    for protocol, measured in card.results["experiments"].items():
        low, high = measured["interval"]
        group_low, group_high = measured["group_interval"]
        lines.append(
            f"- {protocol}: **{measured['accuracy']:.1%}** of {measured['clips']} clips "
            f"(95 % interval {low:.1%} to {high:.1%}; by the {measured['groups']} speakers or sources: "
            f"{group_low:.1%} to {group_high:.1%})"
        )
    return lines


def _operating_points(card: Card) -> list[str]:
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
