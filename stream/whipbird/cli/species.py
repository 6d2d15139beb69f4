"""``whipbird species``: the species of a place."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import Json, ModelName, Names, PlaceText, RangeThreshold
from whipbird.cli.values import in_option, parse_place
from whipbird.models.settings import RANGE_THRESHOLD
from whipbird.terminal.printing import new_table

__all__ = ["app"]

app = command_app()


@app.command(
    name="species",
    epilog="Examples:\n\n"
    "whipbird species --place 47.6,8.2 --week 18 --names de\n\n"
    "whipbird species --place -27.5,153 --day 2024-05-01 --json",
)
def species(
    place: PlaceText = None,
    week: Annotated[
        int | None,
        typer.Option(
            min=1, max=48, metavar="WEEK", help="Week, from 1 to 48: four in each month. Default: the whole year."
        ),
    ] = None,
    day: Annotated[
        str | None, typer.Option(metavar="DATE", help="Day in place of a week, such as 2024-05-01.", show_default=False)
    ] = None,
    range_threshold: RangeThreshold = RANGE_THRESHOLD,
    model: ModelName = "birdnet",
    names: Names = "en",
    json_: Json = False,
) -> None:
    """List the species of a place and a week, the most probable first, by the range model of a bird model."""
    from rich.console import Console
    from rich.text import Text

    from whipbird.errors import BundleError
    from whipbird.models.bundle import locate, read_card
    from whipbird.models.names import LabelNames, check_language
    from whipbird.models.range_model import WHOLE_YEAR, has_range, range_scores, week_of
    from whipbird.text import one_line

    where = parse_place(place, range_threshold)
    if where is None:
        raise typer.BadParameter("give a place: --place LAT,LON, such as 47.6,8.2")
    if week is not None and day is not None:
        raise typer.BadParameter("--week and --day: give one of them")
    number = week or (WHOLE_YEAR if day is None else week_of(_parse_day(day)))
    folder = locate(model)
    card = read_card(folder)
    if not has_range(card):
        raise BundleError(f"{card.name} has no range model, so it does not know where its species live")
    own = LabelNames(folder, card, names)
    with in_option("--names: "):
        check_language(names, [own])
    scores = range_scores(folder, card, where.latitude, where.longitude, [number])[0]
    other = frozenset(card.not_species)
    found = [
        (label, float(score))
        for label, score in sorted(zip(card.labels, scores, strict=True), key=lambda item: -item[1])
        if score >= range_threshold and label not in other
    ]
    if json_:
        for label, score in found:
            fields = {"label": label, "common_name": own.common(label), "code": own.code(label)}
            print(json.dumps({**fields, "probability": round(score, 6)}))
        return
    table = new_table("probability", "species", "scientific name", "code")
    table.columns[0].justify = "right"
    for label, score in found:
        table.add_row(
            f"{score:.1%}", *(Text(one_line(text)) for text in (own.shown(label), label, own.code(label) or ""))
        )
    console = Console(highlight=False)
    console.print(table)
    when = "the whole year" if number == WHOLE_YEAR else f"week {number} of 48"
    console.print(f"\n{len(found):,} species at {where.latitude:g}, {where.longitude:g} in {when}")


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"--day {text!r}: give a date, such as 2024-05-01") from None
