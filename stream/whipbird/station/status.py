"""Status of a station, for another process: reads its state, judges its health, and shows both."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from whipbird.station.health import WELL
from whipbird.station.sources_table import sources_table, without_today
from whipbird.station.state_file import STATE, has_state, is_running, read_state
from whipbird.terminal.printing import new_table
from whipbird.text import one_line, short_time

__all__ = ["HEALTHY", "NOT_RUNNING", "UNHEALTHY", "Verdict", "judge", "render"]

HEALTHY, UNHEALTHY, NOT_RUNNING = 0, 1, 2  # exit codes
STALE_S = 60.0  # an older state means that the station hangs or its disk is full


@dataclass
class Verdict:
    """Health of a station: a code (0 healthy, 1 not, 2 not running), the reasons, and the state it last wrote.

    The state is empty if the station has not written one.
    """

    code: int
    reasons: list[str] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)

    def as_object(self) -> dict[str, Any]:
        """Return the verdict as an object for JSON."""
        health = {HEALTHY: "healthy", UNHEALTHY: "not healthy", NOT_RUNNING: "not running"}[self.code]
        return {"health": health, "reasons": self.reasons, **self.state}


def judge(folder: Path, now: datetime | None = None) -> Verdict:
    """Judge the station whose state is in a folder."""
    state = read_state(folder) or {}
    if not state and has_state(folder):
        reason = f"{folder / STATE}: is damaged or of another version of whipbird; a running station replaces it"
        return Verdict(UNHEALTHY if is_running(folder) else NOT_RUNNING, [reason], {"station": folder.name})
    if not is_running(folder):
        reasons = []
        if state.get("running"):
            reasons = [f"stopped unexpectedly; last sign of life {state.get('time')}"]
        return Verdict(NOT_RUNNING, reasons, state)
    if not state:
        return Verdict(UNHEALTHY, ["starting"], state)
    reasons = []
    age_s = _age_s(state.get("time"), now or datetime.now(UTC))
    if age_s is None or age_s > STALE_S:
        reasons.append(f"no status since {state.get('time')}")
    for source in state.get("sources", []):
        if source["state"] not in WELL:
            reasons.append(f"{source['name']}: {source['problem'] or source['state']}")
    for output in state.get("outputs", []):
        if output["failing_s"]:
            reasons.append(f"{output['name']}: writing has failed for {short_time(output['failing_s'])}")
        if output["lost"]:
            reasons.append(f"{output['name']}: {output['lost']} reports lost")
    return Verdict(UNHEALTHY if reasons else HEALTHY, reasons, state)


def render(verdict: Verdict) -> RenderableType:
    """Show a verdict as text and tables."""
    state = verdict.state
    health = verdict.as_object()["health"]
    style = {HEALTHY: "bold green", UNHEALTHY: "bold red", NOT_RUNNING: "bold yellow"}[verdict.code]
    head = Text.assemble((one_line(str(state.get("station", "station"))), "bold"), ": ", (health, style))
    if verdict.code != NOT_RUNNING and "begun" in state:
        head.append(f", since {without_today(state['begun'], '')}, process {state['pid']}", "dim")
    parts: list[RenderableType] = [head, *(Text(f"  {one_line(reason)}", "red") for reason in verdict.reasons)]
    if state.get("sources"):
        parts += [Text(), sources_table(state["sources"], str(state["time"])[:10])]
    if state.get("outputs") and verdict.code != NOT_RUNNING:
        parts += [Text(), _outputs(state["outputs"])]
    return Group(*parts)


def _outputs(outputs: list[dict[str, Any]]) -> Grid:
    grid = new_table("output", "done", "waiting", "lost", "voices")
    for output in outputs:
        done = output.get("done")  # not counted for files
        counts = [str(output[name]) for name in ("backlog", "lost")]
        shown = "" if done is None else str(done)
        grid.add_row(Text(one_line(output["name"])), shown, *counts, str(output.get("withheld") or ""))
    return grid


def _age_s(time: object, now: datetime) -> float | None:
    try:
        return abs((now - datetime.fromisoformat(str(time))).total_seconds())
    except (ValueError, TypeError):
        return None
