"""``whipbird models show``: the card of a model, its labels and its licence."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.options import Json, complete_models
from whipbird.errors import BundleError
from whipbird.terminal.printing import new_list, new_table, rounded
from whipbird.text import counted

if TYPE_CHECKING:
    from pathlib import Path

    from whipbird.models.card import Card

__all__ = ["EPILOG", "SHOWN_LABELS", "show"]

EPILOG = (
    "Examples:\n\nwhipbird models show birdnet\n\nwhipbird models show birdnet --search owl --names de\n\n"
    "whipbird models show birdnet --licence"
)
SHOWN_LABELS = 40  # more are only counted


def show(
    name: Annotated[str, typer.Argument(help="Installed model, or its folder.", autocompletion=complete_models)],
    search: Annotated[
        str | None,
        typer.Option(
            metavar="WORDS", help="Show the labels whose name in any language, or whose code, contains these words."
        ),
    ] = None,
    names: Annotated[
        str | None, typer.Option(metavar="LANGUAGE", help="Also show names in this language, such as de or pt-br.")
    ] = None,
    licence: Annotated[bool, typer.Option("--licence", help="Show the text of the licence.")] = False,
    json_: Json = False,
) -> None:
    """Show a model: what it hears, how it runs, its licence and its limits, or some of its labels."""
    from whipbird.importers.installed import names_of
    from whipbird.models.bundle import locate, read_card
    from whipbird.text import choice

    folder = locate(name)
    card = read_card(folder)
    if licence:
        print(_licence(folder, card), end="")
        return
    rows = names_of(folder, card)
    tags = [tag for tag in rows[0] if tag not in ("label", "code")] if rows else []
    if names is not None and names.casefold() not in tags:
        raise BundleError(f"{card.name} has no names in {names!r}; {choice(names, tags)}")
    if search is not None or names is not None:
        _show_labels(
            [row for row in rows if _matches(row, search or "")], ["en", *([names.casefold()] if names else [])], json_
        )
    else:
        _show_card(folder, card, rows, json_)


def _matches(row: Mapping[str, str], text: str) -> bool:
    return any(text.casefold() in value.casefold() for value in row.values())


def _show_labels(rows: Sequence[Mapping[str, str]], tags: Sequence[str], json_: bool) -> None:
    """Print labels with their codes and names."""
    from rich.console import Console
    from rich.text import Text

    if json_:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return
    columns = ["label", "code", *dict.fromkeys(tags)]
    table = new_table(*columns)
    for row in rows:
        table.add_row(*(Text(row[column]) for column in columns))
    console = Console(highlight=False)
    if rows:
        console.print(table)
    console.print(counted(len(rows), "label"), style="dim")


def _licence(folder: Path, card: Card) -> str:
    """Text of the licence in a bundle, or its name."""
    from whipbird.importers.file_set import read_file
    from whipbird.importers.licences import LICENCE_FILE

    if not (folder / LICENCE_FILE).is_file():
        return f"{card.licence}\n"
    return read_file(folder / LICENCE_FILE).decode("utf-8", "replace")


def _show_card(folder: Path, card: Card, rows: Sequence[Mapping[str, str]], json_: bool) -> None:
    from rich.console import Console
    from rich.filesize import decimal
    from rich.text import Text

    from whipbird.importers.installed import folder_size
    from whipbird.importers.names_table import language_shares

    shares = language_shares(rows)
    if json_:
        still_english = rounded(shares)
        fields = {"name": folder.name, "folder": str(folder), "card": card.model_dump(), "still_english": still_english}
        print(json.dumps(fields))
        return
    table = new_list()
    for title, text in {
        "model": f"{card.name} {card.version}: {card.description}",
        "folder": f"{folder} ({decimal(folder_size(folder))})",
        "licence": card.licence,
        "sound": _sound(card),
        "labels": _labels(card),
        "events start at": _thresholds(card),
        "names still English": ", ".join(
            f"{tag} {share:.0%}" for tag, share in sorted(shares.items(), key=lambda one: one[1])
        ),
        "trained on": "; ".join(f"{one.name} ({one.licence})" for one in card.training),
        "limits": card.limits,
    }.items():
        if text:
            table.add_row(title, Text(text))
    Console(highlight=False).print(table)


def _sound(card: Card) -> str:
    window_s = card.window * card.step / card.sample_rate_hz
    return f"windows of {window_s:g} s every {card.hop_s:g} s at {card.sample_rate_hz:,} Hz"


def _labels(card: Card) -> str:
    if len(card.labels) <= SHOWN_LABELS:
        return ", ".join(card.labels)
    others = f", of which {len(card.not_species)} are no species" if card.not_species else ""
    return f"{len(card.labels):,}{others}; --search finds some"


def _thresholds(card: Card) -> str:
    """Scores at which events start, by operating point."""
    from whipbird.models.card import BALANCED

    parts = []
    for point, settings in {BALANCED: card.debounce, **card.operating_points}.items():
        scores = sorted({one.on for one in settings.values()})
        if scores:
            span = f"{scores[0]:g}" if len(scores) == 1 else f"{scores[0]:g} to {scores[-1]:g}"
            parts.append(f"{span} ({point})")
    return ", ".join(parts)
