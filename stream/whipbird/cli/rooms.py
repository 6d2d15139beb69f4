"""``whipbird rooms``: how often wake words err in each room."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import EventLabels, LeastScore, Since, Until
from whipbird.cli.values import parse_selection
from whipbird.terminal.printing import say

__all__ = ["app"]

app = command_app()


@app.command(
    name="rooms",
    epilog="Examples:\n\nwhipbird rooms house.sqlite\n\n"
    "whipbird rooms house.sqlite --label alexa --from 2026-11-01 --json",
)
def rooms(
    database: Annotated[Path, typer.Argument(metavar="DATABASE", help="Database written by 'whipbird wyoming --out'.")],
    near: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Near misses, from --near-misses.", show_default=False),
    ] = None,
    label: EventLabels = [],  # noqa: B006  (typer copies it)
    since: Since = None,
    until: Until = None,
    min_score: LeastScore = 0.0,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
) -> None:
    """Show how often wake words err here: wakes and false wakes an hour, by room, phrase and hour of day.

    A wake is false if somebody said so with 'whipbird review' or on the page. Judged wakes stand for those that nobody
    has judged. With --near, near misses are counted as well, and the calls among them.
    """
    from whipbird.activity.installed_names import InstalledNames
    from whipbird.home.near_misses import DATABASE
    from whipbird.home.room_tables import as_object, hours_table, rooms_table, scores_table
    from whipbird.review.false_wakes import read_rooms
    from whipbird.sinks.kept_folder import kept_for_s
    from whipbird.text import length_text

    selection = parse_selection(since, until, label, [], min_score, InstalledNames("en"))
    phrases = read_rooms(database, selection, say, None if near is None else near / DATABASE)
    if json_:
        print(json.dumps(as_object(phrases)))
        return
    if not phrases:
        say(f"{database}: no room was listened to")
        return
    from rich.console import Console

    console = Console(highlight=False)
    console.print(rooms_table(phrases))
    console.print()
    if (scores := scores_table(phrases)) is not None:
        console.print(scores)
        console.print()
    console.print(hours_table(phrases))
    if near is not None and (keep_s := kept_for_s(near)) is not None:
        say(f"{near}: the sound of near misses is kept for {length_text(keep_s)}")
    if any(one.judged < one.wakes for one in phrases):
        say(f"next, judge wakes: whipbird review {database} --clips FOLDER")
    for model in sorted({one.model for one in phrases if one.false or one.missed}):
        say(f"next, thresholds from the verdicts: whipbird calibrate --reviews {database} --model {model} --by-room")
