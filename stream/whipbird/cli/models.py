"""``whipbird models``: list the installed models."""

from __future__ import annotations

import json
from pathlib import Path

from whipbird.cli.command import command_app
from whipbird.cli.options import Json
from whipbird.terminal.printing import new_table, say

__all__ = ["app"]

app = command_app()

MOST_NAMED = 30  # labels of a model; of more, only their number is shown


@app.command(epilog="Example:\n\nwhipbird models --json")
def models(json_: Json = False) -> None:
    """List the installed models, and say where to put your own."""
    from rich.console import Console
    from rich.text import Text

    from whipbird.errors import BundleError
    from whipbird.models.bundle import find_bundles, read_card, shipped_folder, user_folder

    table = new_table("name", "version", "rate", "licence", "labels")
    table.columns[0].no_wrap = True
    for name, folder in find_bundles().items():
        try:
            card = read_card(folder)
        except BundleError as error:
            say(str(error))
            continue
        if json_:
            print(json.dumps({"name": name, "folder": str(folder), "card": card.model_dump()}))
        reported = list(card.debounce)
        labels = ", ".join(reported) if len(reported) <= MOST_NAMED else f"{len(reported):,} labels"
        cells = (name, card.version, f"{card.sample_rate_hz} Hz", card.licence, labels)
        table.add_row(*(Text(cell) for cell in cells))
    if not json_:
        console = Console()
        console.print(table)
        console.print(
            f"\nThe models shipped with whipbird are in {_short(shipped_folder())}, each with a page about it.\n"
            f"Put your own in {_short(user_folder())}, or give the folder of a model with --model FOLDER.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


def _short(path: Path) -> str:
    try:
        home = Path.home()
    except RuntimeError:  # no home folder
        return str(path)
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
