"""Files of a model for the programs whose models have the same form: openWakeWord, and microWakeWord with ESPHome.

A model trained here, or one that was added and calibrated here, has that form if it is one network on the same front
end. openWakeWord's files hold no threshold; microWakeWord's description does.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from whipbird.errors import BundleError
from whipbird.importers.micro_wake_word import FRAME_STEP_S, HOP_FRAMES, KIND
from whipbird.models.bundle_file import read_bundle_file
from whipbird.models.card import Card
from whipbird.models.frontends.micro import MicroSettings
from whipbird.models.frontends.speech_embedding import STEP, SpeechEmbeddingSettings
from whipbird.models.networks.stateful import StatefulNetwork
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird.models.runtimes.interpreter import ONNX
from whipbird.models.runtimes.tflite_file import working_bytes

__all__ = ["WakeWordFiles", "wake_word_files"]

# Bytes of memory that a description asks for: tensors twice, and what TensorFlow Lite Micro adds. The four models of
# pymicro-wakeword need 70 to 92 % of it.
ARENA_TIMES, ARENA_MORE = 2, 8192
UNSAFE = re.compile(r"[^A-Za-z0-9]+")
ESPHOME = "2024.7.0"  # the first that reads such a description


@dataclass(frozen=True)
class WakeWordFiles:
    """Files for another program.

    Attributes
    ----------
    program : str
    files : dict of str to bytes
        Their contents by name.
    threshold : float or None
        What the program must be told, since no file holds it.
    """

    program: str
    files: dict[str, bytes]
    threshold: float | None = None


def wake_word_files(folder: Path, card: Card) -> WakeWordFiles:
    """The files of a bundle, with the settings of a card.

    Raises
    ------
    BundleError
        If its network has another form.
    """
    is_open = isinstance(card.frontend, SpeechEmbeddingSettings) and card.kind == "windowed" and card.hop == STEP
    is_micro = isinstance(card.frontend, MicroSettings) and card.kind == "stateful" and not card.tensors.states
    if not (is_open or is_micro):
        raise BundleError(f"{card.name}: its network takes other features than those of openWakeWord or microWakeWord")
    if len(card.debounce) != 1 or len(card.labels) != 1:
        raise BundleError(f"{card.name}: has {len(card.labels)} labels; files of wake words hold one phrase")
    if card.second is not None or card.base is not None or card.activation.kind != "none":
        raise BundleError(f"{card.name}: its scores do not come from one network alone")
    return _open_wake_word(folder, card) if is_open else _micro_wake_word(folder, card)


def _open_wake_word(folder: Path, card: Card) -> WakeWordFiles:
    (settings,) = card.debounce.values()
    name = WindowedNetwork.FILE
    if name not in card.sha256:
        name = str(Path(name).with_suffix(ONNX))
    content = read_bundle_file(folder / name, card.sha256.get(name))
    return WakeWordFiles("openWakeWord", {_stem(card) + Path(name).suffix: content}, settings.on)


def _micro_wake_word(folder: Path, card: Card) -> WakeWordFiles:
    ((label, settings),) = card.debounce.items()
    content = read_bundle_file(folder / StatefulNetwork.FILE, card.sha256.get(StatefulNetwork.FILE))
    try:
        arena = working_bytes(content)
    except Exception as error:  # damaged bytes lead to whatever
        raise BundleError(f"{folder / StatefulNetwork.FILE}: {error}") from error
    stem = _stem(card)
    described = {
        "type": KIND,
        "wake_word": label,
        "author": "not named",
        "website": "",
        "model": f"{stem}.tflite",
        "trained_languages": [],
        "version": 2,
        "micro": {
            "probability_cutoff": round(settings.on, 4),
            "sliding_window_size": max(1, round(settings.smooth_s / (HOP_FRAMES * FRAME_STEP_S))),
            "feature_step_size": round(1000 * FRAME_STEP_S),
            "tensor_arena_size": ARENA_TIMES * arena + ARENA_MORE,
            "minimum_esphome_version": ESPHOME,
        },
    }
    text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
    return WakeWordFiles("microWakeWord", {f"{stem}.json": text.encode(), f"{stem}.tflite": content})


def _stem(card: Card) -> str:
    """Name of the files, which the programs take for that of the phrase."""
    return UNSAFE.sub("_", card.labels[0]).strip("_").lower() or "phrase"
