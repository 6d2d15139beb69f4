"""Reports of a model that is corrected at a site: the table of before and after, and the page of the bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.markup import escape
from rich.table import Table

from whipbird.models.card import Card
from whipbird.review.precision import Estimate
from whipbird.review.tables import share_text
from whipbird.terminal.printing import new_table
from whipbird_train.evaluate.intervals import significant
from whipbird_train.reports.model_page import page_head
from whipbird_train.site.judge import RECALL, Site, SiteSpecies

__all__ = ["site_object", "site_page", "site_table"]


def site_table(species: Sequence[SiteSpecies]) -> Table:
    """A row for each species: verdicts, precision at equal recall before and after, and what the threshold gives."""
    before, after = f"right % at {RECALL:.0%} recall, before (95 %)", "after (95 %)"
    table = new_table("label", "yes", "no", "recordings", before, after, "threshold", "right % (95 %)", "kept %")
    for one in species:
        row = [escape(one.label), f"{one.yes:,}", f"{one.no:,}", f"{one.recordings:,}"]
        row += [share_text(one.before), share_text(one.after)]
        row += [f"{one.chosen.threshold:.4g}", share_text(one.chosen), _percent(one.chosen.kept)]
        table.add_row(*row)
    return table


def site_object(site: Site) -> dict[str, Any]:
    """How a site was judged, for the card."""
    return {
        "base": site.base.name,
        "right": site.right,
        "recall": RECALL,
        "species": {one.label: _object(one) for one in site.species},
        "left_out": {one.label: one.why for one in site.left_out},
    }


def _object(one: SiteSpecies) -> dict[str, Any]:
    counts = {"yes": one.yes, "no": one.no, "recordings": one.recordings}
    return counts | {name: _rounded(getattr(one, name)) for name in ("before", "after", "chosen")}


def site_page(card: Card) -> str:
    """Markdown with what a corrected model reports, how well, and what it needs."""
    site = card.results["site"]
    base = site["base"]
    lines = [
        *page_head(card),
        f"- Network: one layer on the embedding of {base}, {card.results['parameters']:,} trained parameters",
        f"- Needs `{base}`, whose network is not in this folder: `whipbird models add {base}`. Its licence holds for "
        "what this model is used for as well.",
        f"- Licence: {card.licence}",
        "",
        "## How well it does",
        "",
        f"Share of the events that are right where {site['recall']:.0%} of the right ones are kept, by the score of "
        f"{base} (before) and by the corrected one (after), and at the threshold, which was chosen so that "
        f"{site['right']:.0%} are right. Each recording was judged by a correction that did not learn from it "
        "(intervals of 95 %):",
        "",
        "| label | yes | no | recordings | before, % | after, % | threshold | right, % | kept, % |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_row(label, own) for label, own in site["species"].items()),
        "",
    ]
    if site["left_out"]:
        lines += ["Left out:", "", *(f"- {label}: {why}" for label, why in site["left_out"].items()), ""]
    return "\n".join([*lines, "## Limits", "", card.limits, ""])


def _row(label: str, own: Mapping[str, Any]) -> str:
    before, after, chosen = (Estimate(**own[name]) for name in ("before", "after", "chosen"))
    return (
        f"| {label} | {own['yes']} | {own['no']} | {own['recordings']} | {share_text(before)} | {share_text(after)} "
        f"| {chosen.threshold:.4g} | {share_text(chosen)} | {_percent(chosen.kept)} |"
    )


def _rounded(estimate: Estimate) -> dict[str, Any]:
    return {name: significant(value) for name, value in asdict(estimate).items()}


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f}"
