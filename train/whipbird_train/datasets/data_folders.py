"""Find the folders of data sets."""

from __future__ import annotations

import os
from pathlib import Path

from whipbird.errors import WhipbirdError
from whipbird_train.datasets.archive import folder_in

__all__ = ["DEFAULT_DATA", "data_root", "find_data"]

DEFAULT_DATA = "../shared/data"


def data_root() -> Path:
    """The folder that holds data sets: ``$WHIPBIRD_DATA``, or the default."""
    return Path(os.environ.get("WHIPBIRD_DATA", DEFAULT_DATA))


def find_data(name: str) -> Path:
    """The folder of a data set, named as the data set or as its unpacked archive.

    Raises
    ------
    WhipbirdError
        If there is no such folder.
    """
    from whipbird_train.datasets.download import ARCHIVES

    found = folder_in(data_root(), name, [archive for key, archive in ARCHIVES.items() if key.startswith(name)])
    if not found.is_dir():
        raise WhipbirdError(
            f"no folder {found}; give the recordings with --data, set WHIPBIRD_DATA to the folder that contains "
            "them, or download them with 'whipbird train download'"
        )
    return found
