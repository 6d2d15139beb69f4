"""Run a session with the settings of a command, and end the process with its exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from whipbird.cli.values import choose_labels
from whipbird.terminal.printing import has_screen

if TYPE_CHECKING:
    from whipbird.engine.species_choice import SpeciesChoice
    from whipbird.models.model import Model
    from whipbird.sessions.progress import Progress
    from whipbird.sessions.session import Session
    from whipbird.sinks.settings import Outputs

__all__ = ["Output", "choose_output", "end_process", "run_session"]


class Output(StrEnum):
    """How reports are shown."""

    DASHBOARD = "dashboard"
    PLAIN = "plain"
    JSON = "json"


def run_session(
    sources: list[Any],
    models: list[Model],
    channel: int | None,
    labels: list[str],
    output: Output,
    outputs: Outputs | None,
    station: str,
    live: bool,
    endless: bool,
    duration_s: float | None = None,
    problems: Sequence[str] = (),
    species: SpeciesChoice | None = None,
    windows: Path | None = None,
    embeddings: Path | None = None,
) -> None:
    """Run a session and end the process; an interrupted session counts as complete if its sources are `endless`.

    It does not if Ctrl-C came before it listened to anything.

    ``species`` are those that are reported; by default, all. ``problems`` are lines about sources that cannot be opened
    at all. ``outputs`` are those besides the screen, if there are any. ``windows`` and ``embeddings`` are a file and a
    folder for the scores and the embeddings of all windows.
    """
    from whipbird.engine.species_choice import EVERY_SPECIES
    from whipbird.sessions.progress import Progress
    from whipbird.sessions.session import Session

    wanted = species or EVERY_SPECIES
    chosen = choose_labels(labels, models, wanted.language)
    others, files, window_file, vectors = [], [], None, None
    if outputs is not None:
        from whipbird.sinks.settings import openers

        others = openers(outputs, station)
    if windows is not None:
        from whipbird.sinks.files.open import open_window_file

        window_file = open_window_file(windows)
    if embeddings is not None:
        from whipbird.sinks.files.embedding_files import EmbeddingFolder

        vectors = EmbeddingFolder(embeddings)
    if outputs is not None:
        from whipbird.sinks.files.open import open_outputs

        files = open_outputs(outputs.files, all(source.path is not None for source in sources), station)
    progress = Progress(sources) if len(sources) > 1 else None
    with _progress_line(progress):
        session = Session(
            models,
            output,
            channel,
            chosen,
            live,
            files,
            others=others,
            progress=progress,
            rules=wanted.rules(models),
            windows=window_file,
            embeddings=vectors,
        )
        for text in problems:
            session.notify(text, problem=True)
        code = session.run(sources, duration_s)
    end_process(session, code, endless and (session.listened or session.interrupted != signal.SIGINT))


def _progress_line(progress: Progress | None) -> AbstractContextManager[object]:
    """Shows progress on standard error while standard output goes elsewhere; begin before anything is printed."""
    if progress is None or has_screen(sys.stdout) or not has_screen(sys.stderr):
        return nullcontext()
    from rich.console import Console

    from whipbird.terminal.live_line import LiveLine

    return LiveLine(Console(stderr=True), progress.describe)


def end_process(session: Session, code: int, endless: bool) -> None:
    """End the process after a session that returned `code`."""
    from whipbird.system.hard_exit import daemon_threads_alive, exit_now

    if session.interrupted and not endless and not session.stuck:
        code = 128 + session.interrupted
    if session.stuck or daemon_threads_alive():
        exit_now(code)
    if code:
        raise typer.Exit(code)


def choose_output(plain: bool, json_: bool) -> Output:
    if json_:
        return Output.JSON
    return Output.DASHBOARD if has_screen(sys.stdout) and not plain else Output.PLAIN
