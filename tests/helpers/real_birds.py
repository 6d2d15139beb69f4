"""The names and the range model of BirdNET, from its packages; its network is left out."""

import hashlib
import json
from functools import cache

from birdnet_bundle import wheel
from whipbird.importers.add import find_ingredients

ANALYZER = ("birdnet_analyzer-2.4.0-py3-none-any.whl", "birdnet-analyzer==2.4.0")


@cache
def _files():
    """The card, the names and the range model."""
    made = find_ingredients([wheel(), wheel(*ANALYZER)])
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in made.files.items()}
    card = json.dumps({**made.card, "sha256": hashes}).encode()
    return {"card.json": card, **{name: made.files[name] for name in ("names.csv", "range.tflite")}}


def write_names_and_range(folder):
    """Write a bundle without its network; skips without the packages, see `birdnet_bundle.wheel`."""
    for name, content in _files().items():
        (folder / name).write_bytes(content)
    return folder
