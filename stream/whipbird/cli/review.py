"""``whipbird review``: listen to events and say which are right."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import EventLabels, EventSources, LeastScore, Names, Since, Until
from whipbird.cli.values import parse_selection
from whipbird.errors import WhipbirdError
from whipbird.terminal.printing import say, say_next
from whipbird.text import counted

if TYPE_CHECKING:
    from whipbird.activity.installed_names import InstalledNames
    from whipbird.activity.recorded_events import RecordedEvents
    from whipbird.review.judged_events import JudgedEvents
    from whipbird.review.sampling import Candidate

__all__ = ["app", "user_name"]

USUAL_COUNT = 200  # events in a table to judge

app = command_app()


@app.command(
    name="review",
    epilog="Examples:\n\n"
    "whipbird review forest.sqlite\n\n"
    "whipbird review scan-2024 --label capuchinbird --clips clips/\n\n"
    "whipbird review forest.sqlite --export judge.csv\n\n"
    "whipbird review forest.sqlite --import judge.csv\n\n"
    "whipbird calibrate --reviews forest.sqlite --model capuchinbird",
)
def review(
    events: Annotated[
        Path,
        typer.Argument(metavar="DATABASE", help="Database written by --out (.sqlite or .db), or the folder of a scan."),
    ],
    label: EventLabels = [],  # noqa: B006  (typer copies it)
    source: EventSources = [],  # noqa: B006
    since: Since = None,
    until: Until = None,
    min_score: LeastScore = 0.0,
    names: Names = "en",
    clips: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Clips that were kept by --clips, for events whose recording is gone.",
            show_default=False,
        ),
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who judges. Default: the user of this computer.", show_default=False),
    ] = None,
    silent: Annotated[bool, typer.Option("--silent", help="Draw the clips, and do not play them.")] = False,
    count: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="COUNT",
            help=f"End after this many verdicts; with --export, the number of events. Default: {USUAL_COUNT} in a "
            "table.",
            show_default=False,
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a table of events to judge instead (.csv, or .raven.txt): fill in its column verdict.",
            show_default=False,
        ),
    ] = None,
    import_: Annotated[
        Path | None,
        typer.Option(
            "--import",
            metavar="FILE",
            help="Take the verdicts of such a table: yes, no, unsure, or other with a label.",
            show_default=False,
        ),
    ] = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="Only show how many events are right, by label and threshold.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")] = False,
) -> None:
    """Listen to events one by one and say which are right; then see the precision above each threshold.

    Events are drawn at random, about equally from all scores, so that the precision of all events can be estimated
    from a few hundred verdicts, with an interval; end whenever you like. Verdicts on sources, times or scores that were
    selected count for training, but not for estimates. They are stored beside the events, in the database or in the
    folder of the scan, also count when a recording is processed again, and are exported with the events.
    """
    from datetime import UTC, datetime

    from whipbird.activity.installed_names import InstalledNames
    from whipbird.review.judged_events import JudgedEvents
    from whipbird.review.table_files import read_table, table_format, write_table

    if export is not None and import_ is not None:
        raise typer.BadParameter("--export and --import: give one of them")
    known = InstalledNames(names)
    selection = parse_selection(since, until, label, source, min_score, known)
    drawn = since is None and until is None and not source and not min_score
    judged = JudgedEvents(events)
    person = judge or user_name()
    if export is not None:
        table_format(export)
        written = write_table(export, list(judged.recordings(selection, say)), count or USUAL_COUNT, drawn, known)
        print(f"{export}: {written:,} events to judge; fill in its column verdict")
        print(f"next: whipbird review {shlex.quote(str(events))} --import {shlex.quote(str(export))}")
        return
    if import_ is not None:
        verdicts = read_table(import_, list(judged.recordings()), person, datetime.now(UTC))
        store = judged.open_store()
        store.add(verdicts)
        store.close()
        say(f"{import_}: {len(verdicts):,} new verdicts")
    elif not (summary or json_):
        _ask(judged, list(judged.recordings(selection, say)), known, person, clips, silent, count, drawn)
    _print_summary(judged, label, known, json_, events)


def _ask(
    judged: JudgedEvents,
    recordings: list[RecordedEvents],
    known: InstalledNames,
    judge: str,
    clips: Path | None,
    silent: bool,
    count: int | None,
    drawn: bool,
) -> None:
    """Ask in the terminal."""
    from rich.console import Console

    from whipbird.activity.heard_recording import Target
    from whipbird.cli.questions import can_ask
    from whipbird.review.clip_sound import KeptClips
    from whipbird.review.player import Player
    from whipbird.review.precision import LiveEstimates
    from whipbird.review.sampling import candidates_of, in_order
    from whipbird.review.screen import ReviewScreen
    from whipbird.review.session import ReviewSession

    if not can_ask():
        raise WhipbirdError("review needs a terminal; elsewhere, use --export and --import, or --summary")
    kept = None if clips is None else KeptClips(clips)
    candidates = candidates_of(recordings)
    estimates = LiveEstimates(candidates)
    store = judged.open_store()
    try:
        session = ReviewSession(in_order(candidates), store, judge, drawn)
        if session.current is None:
            say("every event has a verdict" if candidates else "no events to review")
            return

        def name(one: Candidate) -> str:
            return known.shown(Target(one.event.model, one.event.label))

        def status(one: Candidate) -> str:
            return estimates.line(one, session.judged) if drawn else ""

        screen = ReviewScreen(Console(highlight=False), session, None if silent else Player(), kept, name, status)
        screen.run(count)
    finally:
        store.close()
    if screen.without_sound:
        say(f"{counted(screen.without_sound, 'event')} could not be shown: {screen.first_problem}")


def _print_summary(judged: JudgedEvents, labels: list[str], known: InstalledNames, as_json: bool, events: Path) -> None:
    from rich.console import Console

    from whipbird.activity.heard_recording import Target
    from whipbird.review.precision import judged_labels
    from whipbird.review.sampling import candidates_of
    from whipbird.review.tables import as_object, precision_table

    selection = parse_selection(None, None, labels, [], 0.0, known)
    found = {
        key: own for key, own in judged_labels(candidates_of(judged.recordings(selection, say))).items() if own.judged
    }
    if as_json:
        print(json.dumps(as_object(found)))
    elif not found:
        say("no event that was drawn at random has a verdict yet")
        say_next("review", events)
    else:
        Console(highlight=False).print(precision_table(found, lambda key: known.shown(Target(*key))))
        for model in sorted({model for model, _ in found}):
            say_next("calibrate", "--reviews", events, "--model", model)


def user_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without a name, as in a container
        return "someone"
