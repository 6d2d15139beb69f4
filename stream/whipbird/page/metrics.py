"""Metrics for Prometheus: health, effort and events, in its text format.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from whipbird import __version__
from whipbird.page.observations import Look
from whipbird.page.page import Page, shown_source
from whipbird.page.views import source_rows
from whipbird.text import as_text

__all__ = ["KIND", "metrics"]

KIND = "text/plain; version=0.0.4; charset=utf-8"
STATES = ("opening", "listening", "away", "waiting", "hearing", "off hours", "ended")

Sample = tuple[Mapping[str, str], float]  # its labels, and its value


def metrics(page: Page) -> str:
    """Everything, as it is now."""
    state = page.state()
    with page.data.look() as look:
        lines = list(_recorded(look))
    lines += _family("info", "gauge", "Version of whipbird.", [({"version": __version__}, 1)])
    _, free, size = page.data.disk()
    lines += _family("disk_free_bytes", "gauge", "Free on the disk of the database.", [({}, free)])
    lines += _family("disk_size_bytes", "gauge", "Size of the disk of the database.", [({}, size)])
    if state is not None:
        lines += _station(state)
    return "\n".join(lines) + "\n"


def _recorded(look: Look) -> Iterable[str]:
    """What the database holds."""
    rows = source_rows(look)
    for name, text in (
        ("heard", "Sound that was processed"),
        ("lost", "Sound that was lost"),
        ("below_trigger", "Sound that a triggered recorder left out"),
    ):
        samples = [({"source": shown_source(row.source)}, float(getattr(row, f"{name}_s"))) for row in rows]
        yield from _family(f"{name}_seconds_total", "counter", f"{text}, in the database.", samples)
    events = [
        ({"label": label, "model": look.runs.models.get(label, "")}, float(count))
        for label, count in sorted(look.tallied.totals.items())
    ]
    yield from _family("events_total", "counter", "Events in the database, those that were rejected too.", events)


def _station(state: Mapping[str, Any]) -> Iterable[str]:
    """The state of a running station."""
    sources = state["sources"]
    yield from _family(
        "source_state",
        "gauge",
        "1 for the state that a source is in.",
        [({"source": one["name"], "state": name}, float(one["state"] == name)) for one in sources for name in STATES],
    )
    for key, name, kind, text in (
        ("heard_s", "source_heard_seconds_total", "counter", "Sound processed since the station started."),
        ("lost_s", "source_lost_seconds_total", "counter", "Sound lost since the station started."),
        ("events", "source_events_total", "counter", "Events since the station started."),
        ("outages", "source_outages_total", "counter", "Outages since the station started."),
        ("drift_ppm", "source_drift_ppm", "gauge", "Drift of the clock, in millionths."),
        ("listeners", "source_listeners", "gauge", "People who listen to live sound."),
        ("muted_s", "source_muted_seconds_total", "counter", "Live sound muted because somebody spoke."),
    ):
        samples = [({"source": one["name"]}, float(one[key])) for one in sources if one.get(key) is not None]
        yield from _family(name, kind, text, samples)
    outputs = state["outputs"]
    for key, name, kind, text in (
        ("done", "output_done_total", "counter", "Clips written, or messages delivered."),
        ("backlog", "output_waiting", "gauge", "Reports that wait."),
        ("lost", "output_lost_total", "counter", "Reports that were lost."),
        ("failing_s", "output_failing_seconds", "gauge", "For how long all attempts have failed."),
        ("withheld", "output_withheld_total", "counter", "Clips that were not kept because somebody speaks in them."),
    ):
        samples = [({"output": one["name"]}, float(one[key])) for one in outputs if one.get(key) is not None]
        yield from _family(name, kind, text, samples)


def _family(name: str, kind: str, text: str, samples: Iterable[Sample]) -> list[str]:
    """The lines of a metric; none without samples. Samples with the same labels are added up."""
    sums: dict[tuple[tuple[str, str], ...], float] = {}
    for labels, value in samples:
        key = tuple(labels.items())
        sums[key] = sums.get(key, 0.0) + value
    lines = [f"# HELP whipbird_{name} {text}", f"# TYPE whipbird_{name} {kind}"]
    for key, value in sums.items():
        shown = ",".join(f'{label}="{_escaped(one)}"' for label, one in key)
        lines.append(f"whipbird_{name}{{{shown}}} {value:.15g}" if shown else f"whipbird_{name} {value:.15g}")
    return lines if sums else []


def _escaped(text: str) -> str:
    return as_text(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
