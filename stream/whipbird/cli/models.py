"""``whipbird models``: the installed models, and commands that add, show, compare and remove them."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from whipbird.cli import models_add, models_export, models_new_card, models_remove, models_show, models_update
from whipbird.cli.command import command_app
from whipbird.cli.options import Json
from whipbird.terminal.printing import new_table, say

__all__ = ["app"]

BIRDNET = "'whipbird models add birdnet' adds BirdNET, which knows 6,522 sounds."

app = command_app(invoke_without_command=True)
app.command(name="add", epilog=models_add.EPILOG)(models_add.add)
app.command(name="new-card", epilog=models_new_card.EPILOG)(models_new_card.new_card)
app.command(name="export", epilog=models_export.EPILOG)(models_export.export)
app.command(name="show", epilog=models_show.EPILOG)(models_show.show)
app.command(name="update", epilog=models_update.EPILOG)(models_update.update)
app.command(name="remove", epilog=models_remove.EPILOG)(models_remove.remove)


@app.callback(epilog="Examples:\n\nwhipbird models --json\n\nwhipbird models add birdnet")
def models(context: typer.Context, json_: Json = False) -> None:
    """List the installed models, or add, show and remove some."""
    from whipbird.importers.workplace import remove_leftovers
    from whipbird.models.bundle import user_folder

    remove_leftovers(user_folder())
    if context.invoked_subcommand is None:
        _list(json_)


def _list(json_: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    from whipbird.errors import BundleError
    from whipbird.models.bundle import find_bundles, read_card, shipped_folder, user_folder

    table = new_table("name", "version", "rate", "licence", "labels")
    table.columns[0].no_wrap = True
    installed = find_bundles()
    for name, folder in installed.items():
        try:
            card = read_card(folder)
        except BundleError as error:
            say(str(error))
            continue
        if json_:
            print(json.dumps({"name": name, "folder": str(folder), "card": card.model_dump()}))
        reported = list(card.debounce)
        labels = f"{len(reported):,} labels" if len(reported) > models_show.SHOWN_LABELS else ", ".join(reported)
        cells = (name, card.version, f"{card.sample_rate_hz} Hz", card.licence, labels)
        table.add_row(*(Text(cell) for cell in cells))
    if not json_:
        console = Console()
        console.print(table)
        console.print(
            f"\nThe models shipped with whipbird are in {_short(shipped_folder())}, each with a page about it.\n"
            f"Put your own in {_short(user_folder())}, or give the folder of a model with --model FOLDER."
            + ("" if "birdnet" in installed else f"\n{BIRDNET}"),
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
