"""``whipbird train second``: a second network for a model of the commands whose first network stays as it is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from whipbird.system.extras import check_installed
from whipbird_train.cli.options import Data, Seed
from whipbird_train.datasets.data_folders import data_root
from whipbird_train.packages import TRAIN, TRAINING

__all__ = ["second"]


def second(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Folder for the model.")],
    model: Annotated[str, typer.Option(metavar="MODEL", help="Installed model, or folder of one.")] = "commands",
    data: Data = None,
    run: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder of the training; an interrupted one is resumed.")
    ] = Path("runs/commands/second"),
    seed: Seed = 1,
) -> None:
    """Train a second network, which is asked where the first hears one of the ten commands, and choose thresholds."""
    check_installed(TRAIN, *TRAINING)
    from whipbird.models.bundle import locate
    from whipbird.models.model import Model
    from whipbird_train.export.bundle_folder import PAGE, new_bundle
    from whipbird_train.recipes.commands import among_strangers, with_second
    from whipbird_train.reports.bundle_texts import write_texts

    folder = data or data_root()
    with new_bundle(out) as made:
        shutil.copytree(locate(model), made, dirs_exist_ok=True)
        card = with_second(made, folder, run, seed)
        card = among_strangers(card, folder, Model(str(made)))
        write_texts(made, card)
    print(f"model: {out}\nreport: {out / PAGE}")
