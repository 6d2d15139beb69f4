"""Reports of thresholds that were chosen by verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.markup import escape
from rich.table import Table

from whipbird.models.card import Card
from whipbird.review.precision import Estimate
from whipbird.review.tables import share_text
from whipbird.terminal.printing import new_table, rounded
from whipbird_train.evaluate.reviewed import ReviewedLabel
from whipbird_train.reports.model_page import renamed_page

__all__ = ["reviewed_object", "reviewed_page", "reviewed_table", "rooms_object", "rooms_table"]


def reviewed_table(labels: Sequence[ReviewedLabel]) -> Table:
    """A row for each label: threshold, precision and events, before and after, and the share of right events kept."""
    return _table([("", one) for one in labels])


def rooms_table(rooms: Mapping[str, Sequence[ReviewedLabel]]) -> Table:
    """The same for each room."""
    return _table([(room, one) for room, labels in rooms.items() for one in labels], "room")


def _table(rows: Sequence[tuple[str, ReviewedLabel]], *first: str) -> Table:
    before, after = ("threshold", "right % (95 %)", "events"), ("after", "right % (95 %)", "events")
    table = new_table(*first, "label", "judged", *before, *after, "right kept %")
    for room, one in rows:
        row = [escape(room)] if first else []
        row += [escape(one.label), f"{one.judged:,}", f"{one.before.threshold:.4g}", share_text(one.before)]
        row.append(f"{one.before.events:,}")
        if one.after is None:
            row += [one.why_not, "", "", ""]
        else:
            row += [f"{one.after.threshold:.4g}", share_text(one.after), f"{one.after.events:,}", _kept(one)]
        table.add_row(*row)
    return table


def _kept(one: ReviewedLabel) -> str:
    """Share of the right events before that are kept after, in percent."""
    assert one.after is not None
    if not one.before.kept or one.after.kept is None:
        return "-"
    return f"{100 * one.after.kept / one.before.kept:.0f}"


def reviewed_object(labels: Sequence[ReviewedLabel]) -> dict[str, Any]:
    """The same for JSON."""
    return {"labels": rounded([_object(one) for one in labels])}


def rooms_object(rooms: Mapping[str, Sequence[ReviewedLabel]]) -> dict[str, Any]:
    """The labels of all rooms for JSON."""
    return {"rooms": [{"room": room, **reviewed_object(labels)} for room, labels in rooms.items()]}


def _object(one: ReviewedLabel) -> dict[str, Any]:
    return {
        "label": one.label,
        "judged": one.judged,
        "before": asdict(one.before),
        "after": None if one.after is None else asdict(one.after),
    }


def reviewed_page(page: str, card: Card, copy: Card) -> str:
    """Page of a copy of a model with thresholds by review, from the page of the original."""
    reviews = copy.results["reviews"]
    lines = [
        "Thresholds by verdicts on events (intervals of 95 %):",
        "",
        "| label | threshold | right |",
        "|---|---|---|",
    ]
    for label, estimate in reviews["labels"].items():
        lines.append(f"| {label} | {estimate['threshold']:.4g} | {share_text(Estimate(**estimate))} % |")
    return f"{renamed_page(page, card, copy).rstrip()}\n\n" + "\n".join(lines) + "\n"
