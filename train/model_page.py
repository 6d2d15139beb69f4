"""The README of a bundle, written from its card."""

from __future__ import annotations

from stream.card import Card

__all__ = ["model_page", "wilson_interval"]

Z95 = 1.96  # standard normal quantile of a two-sided 95 % interval


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a share, after Wilson 1927 (doi 10.1080/01621459.1927.10502953)."""
    share = hits / count
    middle = share + Z95**2 / (2 * count)
    spread = Z95 * (share * (1 - share) / count + Z95**2 / (4 * count**2)) ** 0.5
    scale = 1 + Z95**2 / count
    return (middle - spread) / scale, (middle + spread) / scale


def model_page(card: Card) -> str:
    """Markdown that says what a model hears, what it was trained on, how well it does, and what it cannot do."""
    results = card.results
    count = results["validation_clips"]
    low, high = wilson_interval(round(results["validation_accuracy"] * count), count)
    reported = ", ".join(card.debounce)
    lines = [
        f"# {card.name}",
        "",
        card.description,
        "",
        f"    whipbird listen --model {card.name}",
        "",
        f"- Reports: {reported}",
        f"- Other labels: {', '.join(label for label in card.labels if label not in card.debounce) or 'none'}",
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
        "## How well it does",
        "",
        f"On {count} clips of speakers that training never heard it finds the right one of {len(card.labels)} labels "
        f"in **{results['validation_accuracy']:.1%}** (95 % interval {low:.1%} to {high:.1%}). Its weights are those "
        "of the epoch that did best on these clips, so expect a little less elsewhere.",
        "",
        "| label | share found |",
        "|---|---|",
        *(f"| {label} | {share:.1%} |" for label, share in results["validation_recall"].items()),
        "",
        "## Limits",
        "",
        card.limits,
        "",
    ]
    return "\n".join(lines)
