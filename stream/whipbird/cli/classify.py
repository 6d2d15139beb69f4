"""``whipbird classify``: label short clips."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import Channel, Json, ModelName
from whipbird.cli.values import parse_channel
from whipbird.errors import WhipbirdError
from whipbird.terminal.printing import say

__all__ = ["app"]

app = command_app()


@app.command(epilog="Example:\n\nwhipbird classify yes.wav no.wav --json")
def classify(
    clips: Annotated[list[str], typer.Argument(help="Short recordings, each of one sound.")],
    model: ModelName = "commands",
    channel: Channel = "mix",
    json_: Json = False,
) -> None:
    """Classify clips: print the best label of each clip, and the scores of all labels."""
    from rich.console import Console
    from rich.text import Text

    from whipbird.engine.classify import classify as classify_clip
    from whipbird.engine.classify import read_clip
    from whipbird.models.model import Model
    from whipbird.text import as_text, one_line

    network = Model(model)
    number = parse_channel(channel)
    console = Console(highlight=False)
    failed = False
    for path in clips:
        try:
            result = classify_clip(network, *read_clip(path, number))
        except WhipbirdError as error:
            say(str(error))
            failed = True
            continue
        if json_:
            scores = {label: round(score, 6) for label, score in result.scores.items()}
            print(
                json.dumps(
                    {"path": as_text(path), "label": result.label, "score": round(result.score, 6), "scores": scores}
                )
            )
        else:
            ranked = sorted(result.scores.items(), key=lambda item: -item[1])[1:4]
            others = ", ".join(f"{label} {score:.0%}" for label, score in ranked)
            line = Text(f"{one_line(path)}: ")
            line.append(result.label, "bold").append(f" {result.score:.0%}").append(f"  ({others})", "dim")
            console.print(line, soft_wrap=True)
    if failed:
        raise typer.Exit(1)
