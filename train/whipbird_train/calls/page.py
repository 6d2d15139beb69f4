"""Reports of a detector of calls: its page, generated from its card, and a table of before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from whipbird.models.card import Card
from whipbird.terminal.printing import new_table
from whipbird.text import short_time
from whipbird_train.calls.judge import Seen
from whipbird_train.reports.model_page import operating_points, page_head

__all__ = ["calls_page", "reviewed_calls_table"]


def calls_page(card: Card) -> str:
    """Markdown with what a detector hears, how well, and under which licence."""
    results = card.results
    clips = ", ".join(f"{count} of {label}" for label, count in results["clips"].items())
    known = "" if results["sources_known"] else (
        " The recordings of the clips are not known, so each counts as one of its own: results may be too good."
    )  # fmt: skip
    lines = [
        *page_head(card),
        f"- Network: {results['network']}, {results['parameters']:,} trained parameters",
        f"- Sound: {card.sample_rate_hz} Hz, windows of {_window_s(card):.2g} s, one every {card.hop_s:.2g} s",
        f"- Licence: {card.licence}",
        *_base(card),
        "",
        "## Trained on",
        "",
        f"Clips: {clips}, from {results['recordings']} recordings; {_background(results)}.{known}",
        "",
        "## How well it does",
        "",
        "Judged as events: clips of recordings that a network was not trained on, and background that it was not "
        "trained on, with thresholds that were chosen on other recordings (intervals of 95 %):",
        "",
        "| network | calls | detected | events that are right | false alarms per hour | background | other sounds "
        "taken for calls |",
        "|---|---|---|---|---|---|---|",
        *(_row(kind, found, kind == results["network"]) for kind, found in results["tried"].items()),
        "",
        *operating_points(card),
        "## Limits",
        "",
        card.limits,
        "",
    ]
    return "\n".join(lines)


def reviewed_calls_table(before: Seen, after: Seen) -> Table:
    """What two models detect of the sounds that people judged."""
    table = new_table("judged by people", "", "before", "after")
    table.add_row("calls detected", f"of {after.calls}", str(before.hits), str(after.hits))
    table.add_row("other sounds taken for calls", f"of {after.others}", str(before.mistaken), str(after.mistaken))
    return table


def _background(results: Mapping[str, Any]) -> str:
    text = f"{short_time(results['background_s'])} of background"
    if not results["noise_s"]:
        return text
    return f"{text}, and {short_time(results['noise_s'])} of synthetic noise, which counts as background below"


def _window_s(card: Card) -> float:
    return card.window * card.step / card.sample_rate_hz


def _base(card: Card) -> list[str]:
    if card.base is None:
        return []
    return [
        f"- Needs `{card.base.model}`, whose network is not in this folder: `whipbird models add {card.base.model}`. "
        "Its licence holds for what this model is used for as well."
    ]


def _row(kind: str, found: dict, ships: bool) -> str:
    name = f"**{kind}**" if ships else kind
    (recall, low, high), (right, *_) = found["recall"], found["precision"]
    rate, least, most = found["false_alarms_per_hour"]
    precise = "–" if right is None else f"{right:.1%}"
    others = found["other_sounds"]
    mistaken = f"{found['other_sounds_mistaken']} of {others}" if others else "–"
    return (
        f"| {name} | {found['calls']} | {recall:.1%} ({low:.1%} to {high:.1%}) | {precise} "
        f"| {rate:.2g} ({least:.2g} to {most:.2g}) | {found['background_hours']:.2f} hours | {mistaken} |"
    )
