"""Bundles of phrases: their front end, their card and their files."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from whipbird.errors import BundleError
from whipbird.importers.bundle_files import model_name
from whipbird.importers.wake_words import phrase_card
from whipbird.models.bundle import find_bundles, read_card
from whipbird.models.bundle_file import read_bundle_file
from whipbird.models.card import Card, TrainingData
from whipbird.models.frontends.speech_embedding import EMBEDDING, FILES, STEP, SpeechEmbeddingSettings
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird.system.whole_file import whole_file
from whipbird_train.datasets.speech_commands import SILENCE, UNKNOWN
from whipbird_train.export.bundle_folder import write_card
from whipbird_train.export.convert import convert, convert_steps
from whipbird_train.networks.embedding_steps import embedding_steps, published
from whipbird_train.phrases.phrase import Language, Phrase
from whipbird_train.synthesis.spoken_clips import cache_folder

__all__ = ["LABELS", "front_files", "phrases_card", "write_phrases"]

RATE_HZ = 16_000
LABELS = (SILENCE, UNKNOWN)  # before the phrases
VERSION = "1"
LICENCE = "CC BY 4.0; the networks of its front end are under Apache-2.0"
ON, SMOOTH_S, LEAD_S = 0.5, 0.2, 0.15
LIMITS = (
    "Trained on synthetic voices: people whom they do not resemble, such as children, are missed more often. The start "
    "and end of an event are rough."
)
SHORT = " It has one syllable, which is part of many words: expect many false alarms, or many misses."
OTHER_LANGUAGE = " In this language it was never tried with recordings of people: what it does among them is untested."


def front_files() -> dict[str, bytes]:
    """The networks of the front end: those of an installed model, so that all phrases share them; otherwise made here.

    Raises
    ------
    WhipbirdError
        If they cannot be made, because a package is missing.
    """
    for folder in find_bundles().values():
        with contextlib.suppress(BundleError):
            card = read_card(folder)
            if card.frontend == SpeechEmbeddingSettings(steps=True):
                return {name: read_bundle_file(folder / name, card.sha256.get(name)) for name in FILES}
    cache = cache_folder().with_name("speech-embedding")
    if not all((cache / name).is_file() for name in FILES):
        files = published()
        files[EMBEDDING] = convert_steps(embedding_steps(files[EMBEDDING]))
        cache.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            with whole_file(cache / name) as file:
                file.write(content)
    return {name: (cache / name).read_bytes() for name in FILES}


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
            "frontend": SpeechEmbeddingSettings(steps=True),
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
    parts = {WindowedNetwork.FILE: convert(head, "float32"), **front}
    for name, content in parts.items():
        (folder / name).write_bytes(content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    own = {"parameters": head.count_params(), "model_bytes": len(parts[WindowedNetwork.FILE])}
    card = card.model_copy(update={"results": card.results | own | dict(results), "sha256": hashes})
    write_card(folder, card)
    return card
