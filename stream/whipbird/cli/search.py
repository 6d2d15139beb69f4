"""``whipbird search``: find the moments of an archive that sound like an example."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import Channel
from whipbird.cli.values import parse_channel, parse_time_s
from whipbird.errors import WhipbirdError
from whipbird.terminal.printing import say, say_next

if TYPE_CHECKING:
    from datetime import datetime

    from whipbird.review.sampling import Candidate
    from whipbird.search.archive import SearchArchive
    from whipbird.search.hits import Hit

__all__ = ["app"]

SEVERAL = 6  # windows of an example, from which a part of it is probably meant

app = command_app()


@app.command(
    name="search",
    epilog="Examples:\n\n"
    "whipbird scan /archive/2024 --model birdnet --out scan-2024 --embeddings vectors-2024\n\n"
    "whipbird search call.wav scan-2024\n\n"
    "whipbird search dawn.flac scan-2024 --from 1:02.5 --to 1:04 --top 50\n\n"
    "whipbird search call.wav scan-2024 --review --label owl",
)
def search(
    example: Annotated[str, typer.Argument(metavar="EXAMPLE", help="Recording of the sound to search for.")],
    archive: Annotated[
        Path,
        typer.Argument(
            metavar="ARCHIVE", help="Folder of a scan that kept embeddings, or the folder of --embeddings itself."
        ),
    ],
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="The sound starts here: seconds, or hours:minutes:seconds."),
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="It ends here.")] = None,
    channel: Channel = "mix",
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="Model that made the embeddings. Default: the one that did, if it is only one.",
            show_default=False,
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=10_000, metavar="COUNT", help="Number of moments.")] = 20,
    review: Annotated[
        bool, typer.Option("--review", help="Listen to the moments, and say whether they are --label.")
    ] = False,
    label: Annotated[
        str | None,
        typer.Option("--label", metavar="LABEL", help="With --review: what the example is.", show_default=False),
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who judges. Default: the user of this computer.", show_default=False),
    ] = None,
    silent: Annotated[
        bool, typer.Option("--silent", help="With --review: draw the clips, and do not play them.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Rank the moments of an archive by their similarity to an example.

    Similarity is in standard deviations above the average of the archive. Every window that 'whipbird scan' or
    'whipbird replay' kept with --embeddings is compared, exactly: by the cosine of its embedding to the direction that
    separates the example best from the rest of the archive. The first search in an archive converts the embeddings to a
    quarter of their size. A short example is best: a single call.
    """
    begin_s, end_s = parse_time_s(start, "--from") or 0.0, parse_time_s(end, "--to")
    if end_s is not None and end_s <= begin_s:
        raise typer.BadParameter(f"--to {end}: must be later than --from")
    if review and not label:
        raise typer.BadParameter("--review: say with --label what the example is")
    number = parse_channel(channel)
    from dataclasses import replace

    from whipbird.search.archive import SearchArchive
    from whipbird.search.background import direction
    from whipbird.search.example import example_vectors
    from whipbird.search.hits import best_hits

    kept = SearchArchive(archive)
    _update(kept)
    network = kept.model(model)
    with _errors_only():  # a notice of the rate would come for each window
        queries = example_vectors(example, begin_s, end_s, network, number)
    if len(queries) > SEVERAL:
        say(f"{example}: {len(queries)} windows are compared; choose one call with --from and --to")
    wanted = direction(queries, kept.index.background(network.embedding_sha256))
    found = best_hits(kept.index.shards(network.embedding_sha256), wanted.vector, top)
    hits = [replace(hit, similarity=wanted.similarity(hit.similarity)) for hit in found]
    starts = kept.starts(hits)
    if review and label:
        _review(kept, hits, label, network.name, starts, judge, silent)
    elif json_:
        for hit in hits:
            time = _time(hit, starts)
            print(
                json.dumps(
                    {
                        "similarity": round(hit.similarity, 6),
                        "recording": hit.recording,
                        "start_s": round(hit.start_s, 6),
                        "end_s": round(hit.end_s, 6),
                        "time": None if time is None else time.isoformat(timespec="milliseconds"),
                    }
                )
            )
    else:
        _print_hits(hits, starts)
        if hits:
            bounds = [("--from", start), ("--to", end)]
            given = [word for option, value in bounds if value is not None for word in (option, value)]
            say_next("search", example, archive, *given, "--review", "--label", label or "LABEL")


@contextmanager
def _errors_only() -> Iterator[None]:
    log = logging.getLogger("whipbird")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def _update(archive: SearchArchive) -> None:
    """Convert new embeddings, with a line of progress if that takes long."""
    import sys

    from rich.console import Console

    from whipbird.terminal.live_line import LiveLine
    from whipbird.terminal.printing import has_screen

    if not has_screen(sys.stderr):
        archive.index.update()
        return
    progress = (0, 1)

    def show(done: int, total: int) -> None:
        nonlocal progress
        progress = done, total

    def describe() -> tuple[list[str], float]:
        done, total = progress
        return [f"converting embeddings: {done:,} of {total:,} files"], done / max(total, 1)

    with LiveLine(Console(stderr=True), describe):
        archive.index.update(show)


def _time(hit: Hit, starts: dict[str, datetime]) -> datetime | None:
    from datetime import timedelta

    start = starts.get(hit.recording)
    return None if start is None else start + timedelta(seconds=hit.start_s)


def _print_hits(hits: list[Hit], starts: dict[str, datetime]) -> None:
    from rich.console import Console
    from rich.text import Text

    from whipbird.terminal.printing import new_table
    from whipbird.text import clock_time, one_line

    table = new_table("", "similarity", "from", "to", "time", "recording")
    for column in table.columns[:5]:
        column.no_wrap = True
    for number, hit in enumerate(hits, 1):
        time = _time(hit, starts)
        moment = "" if time is None else time.isoformat(" ", "seconds")
        span = clock_time(hit.start_s, 1), clock_time(hit.end_s, 1)
        table.add_row(str(number), f"{hit.similarity:.1f}", *span, moment, Text(one_line(hit.recording)))
    Console(highlight=False).print(table)


def _review(
    archive: SearchArchive,
    hits: list[Hit],
    label: str,
    model: str,
    starts: dict[str, datetime],
    judge: str | None,
    silent: bool,
) -> None:
    """Ask in the terminal whether the moments are what the example is."""
    from rich.console import Console

    from whipbird.cli.questions import can_ask
    from whipbird.cli.review import user_name
    from whipbird.database.verdicts import VerdictStore
    from whipbird.review.player import Player
    from whipbird.review.screen import ReviewScreen
    from whipbird.review.session import ReviewSession
    from whipbird.search.candidates import hit_candidates

    if not can_ask():
        raise WhipbirdError("--review needs a terminal")
    store = VerdictStore(archive.store_path)
    try:
        candidates = hit_candidates(hits, label, model, archive.store_path, starts)
        session = ReviewSession(candidates, store, judge or user_name(), drawn=False)

        def name(one: Candidate) -> str:
            return label

        def status(one: Candidate) -> str:
            return ""

        screen = ReviewScreen(Console(highlight=False), session, None if silent else Player(), None, name, status)
        screen.run()
    finally:
        store.close()
    if screen.without_sound:
        say(f"{screen.without_sound:,} moments could not be shown: {screen.first_problem}")
    right = sum(bool(one.event.verdict and one.event.verdict.right) for one in session.judged)
    print(f"{archive.store_path}: {len(session.judged):,} verdicts, {right:,} of them {label}")
    if right:
        say_next("train", "calls", "CLIPS", "--name", label, "--from-search", archive.path)
