"""openWakeWord's models: a head for each phrase, on an embedding of speech that all of them share.

The wheel of ``pyopen-wakeword`` holds the networks of mel bands and of the embedding, and five heads. Heads that people
train are one file each; the shared networks then come from that wheel, or from a model that is installed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from whipbird.errors import BundleError, DataError
from whipbird.importers.bundle_files import Ingredients, Wanted, model_name, sha256
from whipbird.importers.file_set import FileSet, find_file, find_files, read_file
from whipbird.importers.labels import parse_labels
from whipbird.importers.licences import APACHE, apache_file
from whipbird.importers.tensors import TensorFile
from whipbird.importers.wake_words import SHOWN, phrase_card
from whipbird.models.bundle import find_bundles, read_card
from whipbird.models.bundle_file import read_bundle_file
from whipbird.models.card import Card
from whipbird.models.frontends.speech_embedding import EMBEDDING, FILES, MEL, STEP, WIDTH, SpeechEmbeddingSettings
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird.models.runtimes.interpreter import ONNX, file_name
from whipbird.text import counted, shortened

__all__ = [
    "FAMILY",
    "PACKAGES",
    "PHRASES",
    "VERSION",
    "find_open_wake_word",
    "todays_card",
    "todays_sha256",
]

FAMILY = "openwakeword"
VERSION = "1.1.0"
PACKAGES = {
    "pyopen-wakeword==1.1.0": (7_132_152, "754347a59de2b3d378a0cbc404a8b41164036e74fa1c185f88056974e4bfb6b4"),
}
PHRASES = {  # hashes of the heads in the wheel
    "alexa": "7333a317a790070a7f3432b81d9439c779481cc4ebd67c73da7174ea3cf48397",
    "hey_jarvis": "14bff778604985e1b5c19f0f7bbe477a69cf281d8db34b232b3b972411f710e2",
    "hey_mycroft": "bf9e43136afd3ca323698820a6e32a47f885ef4c30a3b8b577ec71688a9d64d8",
    "hey_rhasspy": "01d2526b45068f565aa3849d6ec2b7abae099154fc1b496f9ef20de9ef241fe9",
    "okay_nabu": "2982cecde4ee81cc7a2573d2602a7d54f0669425c94a7b64af77e0ff92b03a18",
}
SHARED = {"melspectrogram.tflite": MEL, "embedding_model.tflite": EMBEDDING}  # names in the wheel and in a bundle
SHARED_SHA256 = {
    MEL: "96fa0adccb6e8cf95cb14465409a1a2898ee4a96a85bb9ed3c7eb0e68bf163e8",
    EMBEDDING: "c0aea21eb84a4ce90a08c870da41b7a7173b45269e6a3207c71d67c40f3a59d8",
}
RATE_HZ = 16_000
ON = 0.5  # as in openWakeWord
HEADS = ("*.tflite", "*.onnx")
AXES = 3  # of a head's input: one window, embeddings, numbers of an embedding


def find_open_wake_word(sets: Sequence[FileSet], wanted: Wanted) -> Ingredients | None:
    """A head in some places, with the networks that it needs; None if there is none.

    Raises
    ------
    DataError, BundleError
        If there are several and no phrase is given, or what it needs cannot be found.
    """
    heads = [
        (files, name)
        for pattern in HEADS
        for files, name in find_files(sets, pattern)
        if PurePosixPath(name).name not in SHARED and wanted.phrase in (None, PurePosixPath(name).stem)
    ]
    heads.sort(key=lambda one: sets.index(one[0]))
    heads = [one for one in heads if one[0] is heads[0][0]]  # a file that is given comes before the wheel
    has_shared = any(find_files(sets, name) for name in SHARED)
    if not heads or (len(heads) > 1 and not has_shared):
        return None
    if len(heads) > 1:
        names = shortened(", ".join(name for _, name in heads), SHOWN)
        raise DataError(f"{heads[0][0].path}: holds several phrases ({names}); name one of them")
    ((files, name),) = heads
    where, content = files.path / name, files.read(name)
    head = _as_head(content, where)
    if head is None:
        return None
    labels, window = _labels(where, wanted, head), head.inputs[0].shape[1]
    is_known = sha256(content) in PHRASES.values()
    parts = {
        file_name(WindowedNetwork.FILE, content): content,
        **_shared(sets, where),
        **(apache_file(sets) if is_known else {}),
    }
    card = _card(labels, window, ON) | {
        "name": f"{FAMILY}-{wanted.phrase}" if wanted.phrase else model_name(where.stem),
        "version": VERSION if is_known else "1",
        "licence": APACHE if is_known else "not stated; the networks of its front end are under Apache-2.0",
    }
    return Ingredients(where, card, parts)


def todays_card(card: Card) -> dict[str, Any]:
    """The card that would be made today for an installed bundle, without hashes."""
    return _card(card.labels, card.window, ON) | {"name": card.name, "version": VERSION, "licence": APACHE}


def todays_sha256(card: Card) -> dict[str, str]:
    """The hashes that the files of an installed bundle would have today, as far as they are known."""
    phrase = card.name.removeprefix(f"{FAMILY}-")
    return SHARED_SHA256 | ({WindowedNetwork.FILE: PHRASES[phrase]} if phrase in PHRASES else {})


def _card(labels: Sequence[str], window: int, on: float) -> dict[str, Any]:
    phrases = " or ".join(f'"{label}"' for label in labels)
    card = phrase_card(labels[0], f"The phrase {phrases}: a network of openWakeWord.", on=on, smooth_s=0.0)
    return card | {
        "labels": list(labels),
        "kind": "windowed",
        "window": window,
        "hop_s": STEP / RATE_HZ,
        "frontend": {"kind": SpeechEmbeddingSettings().kind},
        "debounce": dict.fromkeys(labels, card["debounce"][labels[0]]),
    }


def _as_head(content: bytes, where: Path) -> TensorFile | None:
    """A network, if it takes embeddings.

    Raises
    ------
    BundleError
        If it is in an ONNX file, which no other model that is added is, and does not run here.
    """
    try:
        file = TensorFile(content, where)
    except BundleError:
        if where.suffix == ONNX:
            raise
        return None
    is_head = len(file.inputs) == 1 and len(file.inputs[0].shape) == AXES and file.inputs[0].shape[2] == WIDTH
    return file if is_head and file.inputs[0].shape[1] > 0 else None


def _labels(where: Path, wanted: Wanted, head: TensorFile) -> list[str]:
    """Labels of a head: its phrase, or those in a file."""
    if wanted.labels is not None:
        labels = [label.name for label in parse_labels(read_file(wanted.labels), str(wanted.labels))]
    else:
        labels = [where.stem.replace("_", " ")]
    given = head.outputs[0].length
    if given != len(labels):
        hint = "" if wanted.labels else "; name them with --labels"
        raise DataError(f"{where}: gives {given} scores for {counted(len(labels), 'label')}{hint}")
    return labels


def _shared(sets: Sequence[FileSet], where: Path) -> Mapping[str, bytes]:
    """The networks of the front end, from the same places or from a model that is installed."""
    found = {own: find_file(sets, name) for name, own in SHARED.items()}
    parts = {own: one[0].read(one[1]) for own, one in found.items() if one is not None}
    if len(parts) == len(SHARED):
        return parts
    for folder in find_bundles().values():
        with contextlib.suppress(BundleError):
            card = read_card(folder)
            if isinstance(card.frontend, SpeechEmbeddingSettings):
                return {name: read_bundle_file(folder / name, card.sha256.get(name)) for name in FILES}
    raise DataError(
        f"{where}: is a head of openWakeWord, which needs two more networks; first add a phrase of openwakeword, or "
        "add --from with the wheel of pyopen-wakeword"
    )
