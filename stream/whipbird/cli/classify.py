"""``whipbird classify``: label short clips."""

from __future__ import annotations

import json
import math
from typing import Annotated

import typer

from whipbird.cli.command import command_app
from whipbird.cli.options import Channel, Json, ModelName, Names
from whipbird.cli.problems import Problems
from whipbird.cli.values import choose_thresholds, in_option, load_models, parse_channel
from whipbird.errors import WhipbirdError

__all__ = ["app"]

app = command_app()

MOST_LABELS = 1000  # of a model, whose scores are all printed; of more, only those of at least
LEAST_SCORE = 0.01


@app.command(
    epilog="Examples:\n\nwhipbird classify yes.wav no.wav --json\n\nwhipbird classify clips/ --model capuchinbird"
)
def classify(
    clips: Annotated[list[str], typer.Argument(help="Short recordings, each of one sound; folders or patterns.")],
    model: ModelName = "commands",
    threshold: Annotated[
        list[str],
        typer.Option(
            metavar="SCORE",
            help="Give a clip no label if its best score is lower than this score between 0 and 1, or LABEL=SCORE for "
            "one label; repeat for several.",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    channel: Channel = "mix",
    names: Names = "en",
    json_: Json = False,
) -> None:
    """Classify clips: print the best label of each clip, and the scores of the labels.

    Of a model with more than 1,000 labels, --json gives the scores of at least 0.01.

    Clips in folders are found as by [bold]replay[/bold].
    """
    from rich.console import Console
    from rich.text import Text

    from whipbird.engine.classify import classify as classify_clip
    from whipbird.engine.classify import read_clip
    from whipbird.models.names import LabelNames, check_language
    from whipbird.recordings.files import find_recordings
    from whipbird.text import as_text, one_line

    (network,) = load_models([model])
    thresholds = choose_thresholds(threshold, [model], language=names, reported=False)
    known = LabelNames(network.folder, network.card, names)
    with in_option("--names: "):
        check_language(names, [known])
    number = parse_channel(channel)
    console = Console(highlight=False)
    problems = Problems()
    for path in find_recordings(clips, problems):
        try:
            result = classify_clip(network, *read_clip(path, number))
        except WhipbirdError as error:
            problems(str(error))
            continue
        label = result.label if result.score >= (thresholds.of(result.label) or 0.0) else None
        if json_:
            least = LEAST_SCORE if len(result.scores) > MOST_LABELS else -math.inf
            scores = {name: round(score, 6) for name, score in result.scores.items() if score >= least}
            found = {"path": as_text(path), "label": label, "score": round(result.score, 6), "scores": scores}
            print(json.dumps(found))
        else:
            ranked = sorted(result.scores.items(), key=lambda item: -item[1])[1:4]
            others = ", ".join(f"{known.shown(name)} {score:.0%}" for name, score in ranked)
            line = Text(f"{one_line(path)}: ")
            shown = known.shown(result.label)
            line.append(shown if label else f"no label; {shown}", "bold").append(f" {result.score:.0%}").append(
                f"  ({others})", "dim"
            )
            console.print(line, soft_wrap=True)
    problems.end()
