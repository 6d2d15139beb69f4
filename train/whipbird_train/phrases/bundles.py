"""Bundles of phrases: their front end, their card and their files."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras

from whipbird.errors import BundleError, WhipbirdError
from whipbird.importers.bundle_files import model_name
from whipbird.importers.open_wake_word import SHARED, SHARED_SHA256
from whipbird.importers.wake_words import phrase_card
from whipbird.models.bundle import find_bundles, read_card
from whipbird.models.bundle_file import read_bundle_file
from whipbird.models.card import Card, TrainingData
from whipbird.models.frontends.speech_embedding import FILES, STEP, SpeechEmbeddingSettings
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird.system.extras import needs
from whipbird_train.datasets.speech_commands import SILENCE, UNKNOWN
from whipbird_train.export.bundle_folder import sealed
from whipbird_train.export.convert import convert
from whipbird_train.packages import TRAIN
from whipbird_train.phrases.phrase import Language, Phrase

__all__ = ["LABELS", "front_files", "phrases_card", "write_phrases"]

RATE_HZ = 16_000
PACKAGE = "pyopen_wakeword"
LABELS = (SILENCE, UNKNOWN)  # before the phrases
VERSION = "1"
LICENCE = "CC BY 4.0; the networks of its front end are under Apache-2.0"
ON, SMOOTH_S, LEAD_S = 0.5, 0.32, 0.15
LIMITS = (
    "Trained on synthetic voices: people whom they do not resemble, such as children, are missed more often. The start "
    "and end of an event are rough."
)
SHORT = " It has one syllable, which is part of many words: expect many false alarms, or many misses."
OTHER_LANGUAGE = " In this language it was never tried with recordings of people: what it does among them is untested."


def front_files() -> dict[str, bytes]:
    """The networks of the front end, by their names in a bundle: Google's speech embedding (Lin et al. 2020, arXiv
    2002.01322), as pyopen-wakeword has it. All phrases, and those of openWakeWord, share them.

    Raises
    ------
    WhipbirdError
        If neither an installed model nor the package has them.
    """
    for folder in find_bundles().values():
        with contextlib.suppress(BundleError):
            card = read_card(folder)
            if all(card.sha256.get(name) == sha256 for name, sha256 in SHARED_SHA256.items()):
                return {name: read_bundle_file(folder / name, card.sha256[name]) for name in FILES}
    package = find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise WhipbirdError(f"the speech embedding {needs(TRAIN, PACKAGE)}")
    place = Path(package.origin).parent / "models"
    files = {own: (place / name).read_bytes() for name, own in SHARED.items()}
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != SHARED_SHA256[name]:
            raise WhipbirdError(f"{place}: another speech embedding than is expected; install pyopen-wakeword 1.1.0")
    return files


def phrases_card(
    name: str,
    phrases: Sequence[Phrase],
    language: Language,
    window: int,
    length_s: float,
    training: Sequence[TrainingData],
) -> Card:
    """A card, with thresholds that were not chosen yet, and without results.

    Parameters
    ----------
    window : int
        Embeddings in a window.
    length_s : float
        Of a usual phrase.
    """
    labels = [phrase.text for phrase in phrases]
    listed = " or ".join(f'"{label}" ({phrase.ipa})' for label, phrase in zip(labels, phrases, strict=True))
    fields = phrase_card(labels[0], f"The phrase {listed}, trained from its text.", on=ON, smooth_s=SMOOTH_S)
    limits = LIMITS + SHORT * any(phrase.is_short for phrase in phrases) + OTHER_LANGUAGE * (not language.is_english)
    return Card(
        **fields
        | {
            "name": model_name(name),
            "version": VERSION,
            "labels": [*LABELS, *labels],
            "window": window,
            "hop_s": STEP / RATE_HZ,
            "lead_s": round(length_s + LEAD_S, 2),
            "frontend": SpeechEmbeddingSettings(),
            "debounce": dict.fromkeys(labels, fields["debounce"][labels[0]]),
            "training": list(training),
            "licence": LICENCE,
            "limits": limits,
            "sha256": {},
        }
    )


def write_phrases(
    folder: Path, card: Card, head: keras.Model, front: Mapping[str, bytes], results: Mapping[str, Any]
) -> Card:
    """Write a bundle into a folder, and return its card with the hashes of its files."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {WindowedNetwork.FILE: convert(head, "dynamic"), **front}
    for name, content in parts.items():
        (folder / name).write_bytes(content)
    own = {"parameters": head.count_params(), "model_bytes": len(parts[WindowedNetwork.FILE])}
    return sealed(folder, card, own | dict(results))
