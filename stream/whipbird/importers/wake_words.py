"""What the cards of wake words have in common: one phrase, reported as soon as its score is high for long enough."""

from __future__ import annotations

from typing import Any

__all__ = ["PLATFORM", "SHOWN", "phrase_card"]

PLATFORM = "manylinux_2_35_x86_64"  # of the wheels that are fetched on every computer: their models are the same
SHOWN = 200  # characters of a list of names
RATE_HZ = 16_000
LEAD_S = 0.7  # from the start of a phrase until its score is high, about
OFF_SHARE = 0.6  # of the score at which an event starts: where it ends
RELEASE_S, REFRACTORY_S = 0.3, 1.0


def phrase_card(phrase: str, description: str, *, on: float, smooth_s: float) -> dict[str, Any]:
    """Fields of the card of a phrase, without those of its network.

    Parameters
    ----------
    on : float
        Score at which it counts.
    smooth_s : float
        Time over which scores are averaged.
    """
    settings = {
        "smooth_s": smooth_s,
        "on": on,
        "off": round(OFF_SHARE * on, 4),
        "release_s": RELEASE_S,
        "min_s": 0.0,
        "refractory_s": REFRACTORY_S,
    }
    return {
        "description": description,
        "labels": [phrase],
        "sample_rate_hz": RATE_HZ,
        "reference_s": 0.0,
        "lead_s": LEAD_S,
        "pauses": False,
        "report": "begin",
        "debounce": {phrase: settings},
        "training": [],
        "limits": "The start and end of an event are rough. Thresholds are those of its own program: calibrate it for "
        "the place where it listens.",
        "results": {},
    }
