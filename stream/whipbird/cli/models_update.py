"""``whipbird models update``: what is newer than the models that are installed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from whipbird.cli.options import Json
from whipbird.terminal.printing import new_table, say

if TYPE_CHECKING:
    from whipbird.importers.newer import Comparison

__all__ = ["EPILOG", "update"]

EPILOG = "Examples:\n\nwhipbird models update\n\nwhipbird models update --json"
THRESHOLDS = (
    "Replacing a model keeps thresholds in station.toml and on the command line; those of labels that it no longer has "
    "are refused when it starts. Settings that you changed in its card are lost, but copies that 'whipbird calibrate' "
    "has made under other names stay as they are."
)


def update(json_: Json = False) -> None:
    """Show which of your models this version of whipbird would add in a newer form; nothing is changed."""
    from rich.console import Console
    from rich.text import Text

    from whipbird.errors import BundleError
    from whipbird.importers.newer import compare
    from whipbird.models.bundle import find_bundles, read_card, user_folder

    table = new_table("name", "installed", "known", "what is newer")
    newer = []
    for name, folder in find_bundles().items():
        if folder.parent != user_folder():
            continue
        try:
            card = read_card(folder)
        except BundleError as error:
            say(str(error))
            continue
        comparison = compare(name, card)
        if json_:
            print(json.dumps(_fields(name, card.version, comparison)))
        known = "" if comparison is None else comparison.known
        table.add_row(*(Text(cell) for cell in (name, card.version, known, _newer(comparison))))
        if comparison is not None and not comparison.is_current:
            newer.append(name)
    if json_:
        return
    console = Console(highlight=False)
    if not table.row_count:
        console.print("you have no models of your own; those that come with whipbird are updated with it")
        return
    console.print(table)
    for name in newer:
        words = name.replace("-", " ", 1)  # a family and its phrase
        console.print(f"\nTo update: whipbird models add {words} --replace", markup=False, soft_wrap=True)
    if newer:
        console.print(THRESHOLDS, markup=False)


def _newer(comparison: Comparison | None) -> str:
    if comparison is None:
        return "not known: your own model"
    if comparison.is_current:
        return "nothing"
    parts = list(comparison.files)
    if comparison.settings:
        parts.append(f"settings in the card ({', '.join(comparison.settings)})")
    return ", ".join(parts) or "the version"


def _fields(name: str, version: str, comparison: Comparison | None) -> dict[str, object]:
    fields: dict[str, object] = {"name": name, "installed": version, "known": None, "files": [], "settings": []}
    if comparison is not None:
        fields |= {"known": comparison.known, "files": comparison.files, "settings": comparison.settings}
    return fields | {"newer": comparison is not None and not comparison.is_current}
