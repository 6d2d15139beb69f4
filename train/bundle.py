"""Where bundles are written, and copies of them with another card."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from stream.card import Card
from stream.errors import WhipbirdError

__all__ = ["check_target", "copy_bundle"]


def check_target(folder: Path) -> None:
    """Make sure that a bundle may be written to a folder: there is none, it is empty, or it is a bundle.

    Raises
    ------
    WhipbirdError
    """
    if folder.exists() and not (folder / "card.json").is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise WhipbirdError(f"{folder} is there and is no model; name another folder")


def copy_bundle(source: Path, folder: Path, card: Card) -> None:
    """Copy a bundle, with another card; a bundle that was there goes when the new one is whole.

    Raises
    ------
    WhipbirdError
        If something else is there, or the copy cannot be written.
    """
    check_target(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
            made = Path(shutil.copytree(source, Path(temporary) / folder.name))
            (made / "card.json").write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
            shutil.rmtree(folder, ignore_errors=True)
            made.rename(folder)
    except (OSError, shutil.Error) as error:
        raise WhipbirdError(f"cannot write {folder}: {getattr(error, 'strerror', None) or error}") from error
