"""What verdicts say, as tables for people and as objects for JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from whipbird.review.precision import Estimate, JudgedLabel
from whipbird.terminal.printing import new_table, rounded

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["as_object", "precision_table", "share_text"]

Labels = Mapping[tuple[str, str], JudgedLabel]
"""By model and label."""


def precision_table(labels: Labels, name: Callable[[tuple[str, str]], str]) -> Table:
    """A row for each label and each threshold at which its precision changes."""
    table = new_table("label", "threshold", "events", "judged", "right % (95 %)", "of all right %")
    for key, label in labels.items():
        lowest = label.lowest()
        rows = [lowest, *(one for one in label.curve() if one.events < lowest.events)]
        for number, one in enumerate(rows):
            table.add_row(
                name(key) if not number else "",
                f"{one.threshold:.3f}" if number else "all",
                f"{one.events:,}",
                f"{one.judged:,}",
                share_text(one),
                "-" if one.kept is None else f"{100 * one.kept:.0f}",
            )
    return table


def share_text(one: Estimate) -> str:
    """Precision with its interval, in percent."""
    if one.precision is None or one.low is None or one.high is None:
        return "-"
    return f"{100 * one.precision:.1f} ({100 * one.low:.0f}-{100 * one.high:.0f})"


def as_object(labels: Labels) -> dict[str, Any]:
    """All estimates, for JSON."""
    rows = [
        {
            "model": model,
            "label": name,
            "events": label.events,
            "judged": label.judged,
            "unsure": label.unsure,
            "all": asdict(label.lowest()),
            "thresholds": [asdict(one) for one in label.curve()],
        }
        for (model, name), label in labels.items()
    ]
    return {"labels": rounded(rows)}
