"""Voices of Kokoro, a speech synthesiser: 54 style vectors for each number of phonemes, Apache-2.0.

They are arrays in one file, and can be mixed: a weighted mean of voices is another voice. Voices to train with and
voices to test with are told apart by their names.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import DataError
from whipbird_train.datasets.archive import Archive

__all__ = ["ARCHIVES", "VOICES", "check_voices", "read_voices", "split_voices"]

FOLDER, FILE = "kokoro-voices", "voices.npz"
VOICES = Path(FOLDER) / FILE  # in the folder of data sets
ARCHIVES = (
    Archive(
        name="kokoro-voices",
        url="https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0/voices-v1.0.bin",
        page="https://github.com/thewh1teagle/kokoro-onnx/releases/tag/model-files-v1.0",
        file="voices-v1.0.bin",
        unpacks_to=FOLDER,
        kept_as=FILE,
        licence="Apache-2.0",
        sha256="bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d",
    ),
)


def check_voices(data: Path) -> None:
    """Make sure that there are voices in the folder of data sets.

    Raises
    ------
    DataError
        If there are none; the message says how to get them.
    """
    if not (data / VOICES).is_file():
        raise DataError(f"no {data / VOICES}: get Kokoro's voices with 'whipbird train download {ARCHIVES[0].name}'")


def read_voices(path: Path) -> dict[str, Floats]:
    """Voices by name, each of shape (phonemes, 256), from an archive of arrays.

    Raises
    ------
    DataError
        If the file is no archive of arrays.
    OSError
    """
    try:
        with np.load(path) as archive:
            styles = {name: archive[name].astype(np.float32) for name in archive.files}
            return {name: style.reshape(len(style), -1) for name, style in styles.items()}
    except (ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: not Kokoro's voices; delete the file, and download them again") from error


def split_voices(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Voices to train with, some two thirds of all, and to test with; mixtures of voices are of one kind only."""
    train: list[str] = []
    test: list[str] = []
    for name in sorted(names):
        (train if hashlib.sha256(name.encode()).digest()[0] % 4 else test).append(name)
    return train, test
