"""The page of a model of phrases, generated from its card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from whipbird.models.card import Card
from whipbird_train.reports.model_page import operating_points, page_head, recordings_table

__all__ = ["phrases_page", "what_to_expect"]


def phrases_page(card: Card) -> str:
    """Markdown with what a model hears, how well, and under which licence."""
    results = card.results
    clips = ", ".join(f"{count:,} of {phrase}" for phrase, count in results["clips"].items())
    lines = [
        *page_head(card),
        f"- Network: a head of {results['parameters']:,} parameters on a speech embedding, which all phrases share",
        f"- Sound: {card.sample_rate_hz} Hz, a score every {1000 * card.hop_s:g} ms",
        f"- Licence: {card.licence}",
        "",
        "## Trained on",
        "",
        f"Clips: {clips}. {results['minutes']:.0f} minutes in all.",
        "",
        *recordings_table(card.training),
        "## What to expect",
        "",
        "Detected are synthetic voices that say nothing in training, in quiet and at 20 and 10 dB. People differ more "
        "than they do; `--test` measures with recordings of people.",
        "",
        *operating_points(card),
        *(f"- {line}" for line in what_to_expect(results)),
        "",
        "## Limits",
        "",
        card.limits,
        "",
    ]
    return "\n".join(lines)


def what_to_expect(results: Mapping[str, Any], point: str = "balanced") -> list[str]:
    """Lines on hits and false alarms at an operating point, with intervals of 95 %."""
    found = results["operating_points"][point]
    share, low, high = found["recall"]
    rate, least, most = found["false_alarms_per_hour"]
    lines = [
        f"synthetic voices: {share:.1%} of {found['sounds']} detected ({low:.1%} to {high:.1%}), on which "
        "thresholds were chosen",
        f"false alarms there: {rate:.2g} an hour ({least:.2g} to {most:.2g}), in {found['background_hours']:.2g} hours",
    ]
    if strangers := results.get("strangers", {}).get(point):
        rate, _, most = strangers["false_alarms_per_hour"]
        lines.append(
            f"false alarms when strangers talk: {rate:.2g} an hour (at most {most:.2g}): {strangers['persons']} "
            "readers of books, each with thresholds chosen on the others"
        )
    else:
        lines.append("false alarms among people: unknown, because no recordings of speech are here")
    for name, real in results.get("people", {}).items():
        share, low, high = real["recall"]
        lines.append(f"people, {name}: {share:.1%} of {real['sounds']} detected ({low:.1%} to {high:.1%})")
    return lines
