"""``whipbird train``: recipes, custom models, data sets, an experiment. Heavy imports wait until a command runs."""

from __future__ import annotations

import logging
import os
import shlex
from collections.abc import Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from whipbird.cli.command import command_app
from whipbird.errors import WhipbirdError
from whipbird.system.extras import check_installed
from whipbird.text import choice
from whipbird_train.cli.calls import EXAMPLES as CALLS
from whipbird_train.cli.calls import calls as train_calls
from whipbird_train.cli.extrapolate import EXAMPLES, extrapolate
from whipbird_train.cli.options import Bundle, Epochs, Run, Seed
from whipbird_train.cli.second import second
from whipbird_train.cli.site import EXAMPLES as SITE
from whipbird_train.cli.site import site as train_site
from whipbird_train.cli.speak import speak
from whipbird_train.cli.word import EXAMPLES as WORD
from whipbird_train.cli.word import word as train_word
from whipbird_train.datasets.data_folders import DEFAULT_DATA, data_root, find_data
from whipbird_train.packages import TRAIN, TRAINING
from whipbird_train.recipes.catalog import DATASETS, RECIPES

__all__ = ["app"]

app = command_app(
    name="train",
    help="Train a model: one that comes with whipbird, or your own from a folder of clips.",
    no_args_is_help=True,
    epilog="Examples:\n\nwhipbird train custom my-words/\n\nwhipbird train calls clips/ --name boobook\n\n"
    'whipbird train word "hey computer"',
)


def _add_recipe(name: str, dataset: str, description: str) -> None:
    def train(
        data: Annotated[
            Path | None,
            typer.Option(
                metavar="FOLDER",
                help=f"Folder of the data set. Default: its folder in $WHIPBIRD_DATA, or in {DEFAULT_DATA}.",
                show_default=False,
            ),
        ] = None,
        run: Run = None,
        bundle: Bundle = None,
        epochs: Epochs = None,
        seed: Seed = 1,
    ) -> None:
        _prepare_training()
        folder = data or find_data(dataset)
        if not folder.is_dir():
            raise WhipbirdError(f"{folder} is not a folder; name the recordings with --data")
        from whipbird_train.recipes.load import load_recipe
        from whipbird_train.study.run import run_study
        from whipbird_train.study.work import Study

        recipe = load_recipe(name)
        study = Study(folder, run or Path("runs") / name, bundle or Path("models") / name, seed, epochs)
        _print_results(run_study(recipe, study), study)

    example = f"Example:\n\nwhipbird train {name}"
    app.command(name, help=description, rich_help_panel="Recipes", epilog=example)(train)


for _name, (_dataset, _description) in RECIPES.items():
    _add_recipe(_name, _dataset, _description)


@app.command(
    rich_help_panel="Your own",
    epilog="Examples:\n\nwhipbird train custom my-words/ --name my-words\n\nwhipbird listen --model models/my-words",
)
def custom(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Folder with a subfolder of clips for each label; 20 clips are enough."),
    ],
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the model. Default: that of the folder.", show_default=False),
    ] = None,
    background: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Long recordings without any of the labels, made where the model will be used. "
            "Default: DIR/_background_noise_, if it exists.",
            show_default=False,
        ),
    ] = None,
    synthetic: Annotated[
        bool, typer.Option(help="Add synthetic voices for labels that are words (needs espeak-ng).")
    ] = True,
    run: Run = None,
    bundle: Bundle = None,
    epochs: Epochs = None,
    seed: Seed = 1,
) -> None:
    """Train a model for your own words from a few clips of each.

    Training starts from the weights of the shipped keyword model. For calls and other sounds, there is
    [bold]whipbird train calls[/bold].
    """
    _prepare_training()
    from whipbird_train.recipes.custom import recipe
    from whipbird_train.study.run import run_study
    from whipbird_train.study.work import Study

    made = recipe(folder, name or folder.resolve().name, background, synthetic, seed)
    study = Study(folder, run or Path("runs") / made.name, bundle or Path("models") / made.name, seed, epochs)
    _print_results(run_study(made, study), study)


@app.command(rich_help_panel="Your own", epilog=CALLS)
@wraps(train_calls)
def calls(**options: Any) -> None:
    _prepare_training()
    train_calls(**options)


@app.command(rich_help_panel="Your own", epilog=SITE)
@wraps(train_site)
def site(**options: Any) -> None:
    _prepare_training()
    train_site(**options)


@app.command(rich_help_panel="Your own", epilog=WORD)
@wraps(train_word)
def word(**options: Any) -> None:
    _prepare_training()
    train_word(**options)


@app.command(rich_help_panel="Data", epilog="Example:\n\nwhipbird train download speech-commands-v0.02")
def download(
    name: Annotated[str, typer.Argument(metavar="DATASET", help=", ".join(DATASETS), autocompletion=lambda: DATASETS)],
    folder: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FOLDER",
            help=f"Folder to download to. Default: $WHIPBIRD_DATA, or {DEFAULT_DATA}.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Download a data set. Interrupted downloads are resumed, and checksums are verified."""
    if name not in DATASETS:
        raise typer.BadParameter(f"unknown data set {name!r}; {choice(name, DATASETS)}")
    check_installed(TRAIN, "httpx")
    from whipbird_train.datasets.download import ARCHIVES
    from whipbird_train.datasets.download import download as fetch

    print(fetch(ARCHIVES[name], folder or data_root()))


app.command(rich_help_panel="Data", epilog="Example:\n\nwhipbird train speak")(speak)
app.command(rich_help_panel="Recipes", epilog="Example:\n\nwhipbird train second --out my-commands")(second)
app.command(rich_help_panel="Experiments", epilog=EXAMPLES)(extrapolate)


def _prepare_training() -> None:
    check_installed(TRAIN, *TRAINING)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it also warns that several networks are used


def _print_results(card, study) -> None:
    for protocol, measured in card.results["experiments"].items():
        low, high = measured["interval"]
        print(f"{protocol}: {measured['accuracy']:.1%} of {measured['clips']} clips ({low:.1%} to {high:.1%})")
    for line in _in_streams(card.results):
        print(line)
    print(f"model: {study.bundle}\nreport: {study.bundle / 'README.md'}\nmistakes: {study.run / 'mistakes.csv'}")
    print(f"next: whipbird listen --model {shlex.quote(str(study.bundle))}")


def _in_streams(results: Mapping[str, Any]) -> Iterator[str]:
    """What the model does in whole recordings, with its balanced settings, as far as that was measured."""
    from whipbird.models.card import BALANCED

    if found := results.get("operating_points", {}).get(BALANCED):
        share, low, high = found["recall"]
        rate, least, most = found["false_alarms_per_hour"]
        heard = f"{share:.1%} of {found['sounds']} sounds ({low:.1%} to {high:.1%})" if found["sounds"] else "–"
        yield f"events in streams, on which its thresholds were chosen: {heard}"
        yield (
            f"false alarms there: {rate:.2g} an hour ({least:.2g} to {most:.2g}), "
            f"in {found['background_hours']:.2g} hours of background"
        )
    if found := results.get("strangers", {}).get(BALANCED):
        rate, _, most = found["false_alarms_per_hour"]
        yield (
            f"false alarms when strangers talk: {rate:.2g} an hour (at most {most:.2g}): {found['persons']} readers of "
            "books, each with thresholds chosen on the others"
        )
