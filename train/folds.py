"""A bundle with the network of another training: to hear with it what it was not trained on."""

from __future__ import annotations

import hashlib
import shutil
from functools import partial
from pathlib import Path

import keras
import numpy as np

from stream.model import Model, read_card
from train.export import convert, convert_steps
from train.recipe import Recipe
from train.steps import step_network

__all__ = ["with_network"]


def with_network(bundle: Path, recipe: Recipe, network: keras.Model, folder: Path) -> Model:
    """A copy of a bundle, in a new folder, that listens with another network of its recipe, as float32."""
    shutil.copytree(bundle, folder)
    if recipe.steps is None:
        name, content = "model.tflite", convert(network, "float32", np.empty(0, np.float32))
    else:
        name = "steps.tflite"
        content = convert_steps(step_network(partial(recipe.steps, len(recipe.labels)), network))
    (folder / name).write_bytes(content)
    card = read_card(folder)
    hashes = card.sha256 | {name: hashlib.sha256(content).hexdigest()}
    (folder / "card.json").write_text(card.model_copy(update={"sha256": hashes}).model_dump_json(), encoding="utf-8")
    return Model(str(folder))
