"""microWakeWord's models: a phrase in 50 kB, with a state inside, from a description beside each network.

The wheel of ``pymicro-wakeword`` holds four phrases, each as ``PHRASE.json`` and ``PHRASE.tflite``. ESPHome's own and
those that people train come in the same form. The description says from which mean of the last scores a phrase counts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from whipbird.errors import DataError
from whipbird.importers.bundle_files import Ingredients, Wanted, model_name, sha256
from whipbird.importers.file_set import FileSet, find_files, read_file
from whipbird.importers.licences import APACHE, apache_file
from whipbird.importers.wake_words import SHOWN, phrase_card
from whipbird.models.card import Card
from whipbird.models.networks.stateful import StatefulNetwork
from whipbird.system.strict import explain
from whipbird.text import shortened

__all__ = [
    "FAMILY",
    "PACKAGES",
    "PHRASES",
    "VERSION",
    "check_description",
    "description_of",
    "find_micro_wake_word",
    "todays_card",
    "todays_sha256",
]

FAMILY = "microwakeword"
VERSION = "2.5.0"
PACKAGES = {
    "pymicro-wakeword==2.5.0": (2_114_958, "3869f536402b1254e3be3549d3a462ecd6ed21ce2c3e77ec8eb501c3c700417c"),
}
PHRASES = {  # hashes of the networks in the wheel
    "alexa": "9011a8155b04de858c48038529235cbc0e42e9fca05a55bf588cb80a653a723b",
    "hey_jarvis": "21a7976add39ee24ec96c63d96b7aaa18e24d1d9824b963e451da8feb4b78b77",
    "hey_mycroft": "c2a9b6ed51182db72e014781d5a4ece1929dc232a40b5b4be384f0295f0e1571",
    "okay_nabu": "d89128c4d16a72de429119fb2254ce46649553c2a24f5dd840175c80d7b9d094",
}
KIND = "micro"  # of a description
HOP_FRAMES, FRAME_STEP_S = 3, 0.01
WINDOW = 150  # frames that the networks were trained on; what came before has little weight


class Micro(BaseModel):
    """When a phrase counts."""

    probability_cutoff: float = Field(gt=0, lt=1)
    sliding_window_size: int = Field(ge=1, le=100)
    feature_step_size: int = Field(default=10, ge=10, le=10)


class Description(BaseModel):
    """The description of a model."""

    type: str
    wake_word: str = Field(min_length=1)
    author: str = "not named"
    model: str = Field(min_length=1)
    version: int | str = 1
    micro: Micro


def find_micro_wake_word(sets: Sequence[FileSet], wanted: Wanted) -> Ingredients | None:
    """A microWakeWord model in some places; None if there is none.

    Raises
    ------
    DataError
        If there are several and no phrase is given, or the description or its network cannot be read.
    """
    found = [
        (files, name)
        for files, name in find_files(sets, "*.json")
        if wanted.phrase in (None, PurePosixPath(name).stem) and _is_description(files.read(name))
    ]
    if not found:
        return None
    with_network = [one for one in found if _network(*one) in one[0].names]
    if len(with_network or found) > 1:
        names = shortened(", ".join(name for _, name in found), SHOWN)
        raise DataError(f"{found[0][0].path}: holds several models ({names}); give the .json file of one of them")
    ((files, name),) = with_network or found
    where = files.path / name
    described = _description(files.read(name), where)
    if not with_network:
        raise DataError(f"{where}: no {described.model} beside it")
    content = files.read(_network(files, name))
    is_known = sha256(content) in PHRASES.values()
    parts = {StatefulNetwork.FILE: content, **(apache_file(sets) if is_known else {})}
    card = _card(described.wake_word.lower(), described.micro)
    return Ingredients(
        where,
        card
        | {
            "name": f"{FAMILY}-{wanted.phrase}" if wanted.phrase else model_name(PurePosixPath(name).stem),
            "version": VERSION if is_known else str(described.version),
            "licence": APACHE if is_known else f"not stated; its author is {described.author}",
        },
        parts,
    )


def check_description(path: Path) -> None:
    """Raise DataError if a file does not describe a model of microWakeWord."""
    if not _is_description(read_file(path)):
        raise DataError(f'{path}: not a description of a microWakeWord model: it lacks "type": "{KIND}"')


def description_of(network: Path) -> Path | None:
    """The description of microWakeWord beside a network; None if there is none."""
    path = network.with_suffix(".json")
    return path if path.is_file() and _is_description(read_file(path)) else None


def todays_card(card: Card) -> dict[str, Any]:
    """The card that would be made today for an installed bundle, without hashes."""
    settings = card.debounce[card.labels[0]]
    hops = round(settings.smooth_s / (HOP_FRAMES * FRAME_STEP_S))
    micro = Micro(probability_cutoff=settings.on, sliding_window_size=max(1, hops))
    return _card(card.labels[0], micro) | {"name": card.name, "version": VERSION, "licence": APACHE}


def todays_sha256(card: Card) -> dict[str, str]:
    """The hashes that the files of an installed bundle would have today, as far as they are known."""
    phrase = card.name.removeprefix(f"{FAMILY}-")
    return {StatefulNetwork.FILE: PHRASES[phrase]} if phrase in PHRASES else {}


def _card(phrase: str, micro: Micro) -> dict[str, Any]:
    hop_s = HOP_FRAMES * FRAME_STEP_S
    return phrase_card(
        phrase,
        f'The phrase "{phrase}": a network of microWakeWord, for small computers.',
        on=micro.probability_cutoff,
        smooth_s=round(micro.sliding_window_size * hop_s, 6),
    ) | {
        "kind": "stateful",
        "window": WINDOW,
        "hop_s": hop_s,
        "frontend": {"kind": "micro"},
    }


def _network(files: FileSet, name: str) -> str:
    """Name of the network of a description; its own if it names none."""
    model = json.loads(files.read(name)).get("model")
    return str(PurePosixPath(name).parent / model) if isinstance(model, str) else name


def _is_description(content: bytes) -> bool:
    try:
        fields = json.loads(content)
    except ValueError:
        return False
    return isinstance(fields, dict) and fields.get("type") == KIND


def _description(content: bytes, where: Path) -> Description:
    try:
        return Description.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise DataError(f"{where}: {'.'.join(map(str, first['loc']))}: {explain(first)}") from error
