"""Bundles with the network of one fold, to run on recordings that the fold was not trained on."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import keras

from whipbird.models.bundle import read_card
from whipbird.models.model import Model
from whipbird.models.networks.streaming import StreamingNetwork
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird_train.export.bundle_folder import write_card
from whipbird_train.export.convert import convert, convert_steps
from whipbird_train.study.recipe import Recipe

__all__ = ["make_fold_bundle"]


def make_fold_bundle(bundle: Path, recipe: Recipe, network: keras.Model, folder: Path) -> Model:
    """Copy a bundle into a new folder, with another network of its recipe, as float32."""
    shutil.copytree(bundle, folder)
    steps = recipe.in_steps(network)
    name, content = (
        (WindowedNetwork.FILE, convert(network, "float32"))
        if steps is None
        else (StreamingNetwork.FILE, convert_steps(steps))
    )
    (folder / name).write_bytes(content)
    card = read_card(folder)
    hashes = card.sha256 | {name: hashlib.sha256(content).hexdigest()}
    write_card(folder, card.model_copy(update={"sha256": hashes}))
    return Model(str(folder))
