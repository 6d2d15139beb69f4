"""``whipbird models remove``: remove a model of the user."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from whipbird.cli.options import Json
from whipbird.cli.questions import agreed
from whipbird.errors import BundleError, OutputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["EPILOG", "remove"]

EPILOG = "Examples:\n\nwhipbird models remove birdnet\n\nwhipbird models remove birdnet --yes"


def _complete_own() -> list[str]:
    from whipbird.models.bundle import find_bundles, user_folder

    return sorted(name for name, folder in find_bundles().items() if folder.parent == user_folder())


def remove(
    name: Annotated[str, typer.Argument(help="One of your models.", autocompletion=_complete_own)],
    yes: Annotated[bool, typer.Option("--yes", help="Remove it without asking.")] = False,
    json_: Json = False,
) -> None:
    """Remove one of your models; those that come with whipbird stay."""
    from rich.filesize import decimal

    from whipbird.importers.installed import folder_size, remove_bundle

    folder = _own(name)
    if not agreed(f"Remove {folder} ({decimal(folder_size(folder))})?", yes, "--yes"):
        print("nothing was removed")
        return
    try:
        remove_bundle(folder)
    except OSError as error:
        raise OutputError(f"cannot remove {folder}: {error.strerror or error}") from error
    print(json.dumps({"removed": name, "folder": str(folder)}) if json_ else f"removed {folder}")


def _own(name: str) -> Path:
    """Folder of one of the user's models; raises BundleError if there is none of this name."""
    from whipbird.models.bundle import find_bundles
    from whipbird.text import choice

    own = _complete_own()
    found = find_bundles()
    if name in own:
        return found[name]
    if name in found:
        raise BundleError(f"{name} comes with whipbird and cannot be removed")
    raise BundleError(f"you have no model named {name!r}; {choice(name, own)}")
