"""A card for a TFLite or ONNX file about which nothing else is known: what its tensors say, and what its user says.

One input takes one window: of samples, or of features, if the user describes their front end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import BundleError, DataError
from whipbird.importers.birdnet import NOT_SPECIES, OFF_SHARE
from whipbird.importers.bundle_files import Ingredients, matrices_file
from whipbird.importers.labels import Label
from whipbird.importers.names_table import known_names, names_table
from whipbird.importers.tensors import Tensor, TensorFile, state_options
from whipbird.models.bundle import MATRICES
from whipbird.models.frontends.build import FrontEndSettings, make_frontend
from whipbird.models.frontends.raw import RawSettings
from whipbird.models.frontends.window_stft import WindowStftSettings
from whipbird.models.names import NAMES
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird.models.runtimes.interpreter import file_name
from whipbird.text import choice, counted

__all__ = ["ACTIVATIONS", "Answers", "choose_input", "choose_output", "described"]

ACTIVATIONS = ("none", "sigmoid", "softmax")
MOST_AXES = 1  # of a window of samples: others would be features
RELEASE_HOPS = 10  # after which an event ends, of networks that score new sound alone
ON = 0.5  # score at which an event starts


@dataclass(frozen=True)
class Answers:
    """What a file does not say about itself.

    Attributes
    ----------
    name, description, version, licence : str
    rate_hz : int
    hop_s : float or None
        By default, half of a window.
    labels : sequence of Label
    activation : str
        One of `ACTIVATIONS`.
    on : float
        Score at which an event starts.
    embedding : str or None
        Name of the output that describes a window.
    reported : sequence of str
        Labels that are reported; all if there are none.
    frontend : FrontEndSettings
    matrices : mapping
        Of the front end.
    states : mapping of str to str
        Outputs that inputs take the next time, by the inputs.
    constants : mapping of str to float
        Inputs that always have one value.
    """

    name: str
    description: str
    version: str
    licence: str
    rate_hz: int
    hop_s: float | None
    labels: Sequence[Label]
    activation: str
    on: float = ON
    embedding: str | None = None
    reported: Sequence[str] = ()
    frontend: FrontEndSettings = field(default_factory=RawSettings)
    matrices: Mapping[str, Floats] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)


def choose_input(file: TensorFile, path: Path, name: str | None = None, features: bool = False) -> Tensor:
    """The input that takes windows of samples, or of features.

    Raises
    ------
    BundleError
        If there is none, or several and no name is given.
    """
    options = state_options(file.inputs, file.outputs) if len(file.inputs) > 1 else ""
    chosen = _choose(file.inputs, path, "input", name, f"; the others may need {options}" if options else "")
    if sum(size != 1 for size in chosen.shape[1:] or chosen.shape) > MOST_AXES and not features:
        raise BundleError(f"{path}: takes {chosen}, which are no samples; describe its front end with --frontend")
    if chosen.length < 2:
        raise BundleError(f"{path}: takes {chosen}: the length of its window is not fixed; give it with --window")
    return chosen


def choose_output(file: TensorFile, path: Path, labels: int, name: str | None = None) -> Tensor:
    """The output with a score for each label.

    Raises
    ------
    BundleError
        If there is none, or several and no name is given.
    """
    fitting = [output for output in file.outputs if output.length == labels]
    if name is None and not fitting:
        given = " or ".join(str(output.length) for output in file.outputs)
        raise BundleError(f"{path}: gives {given} scores for {counted(labels, 'label')}")
    chosen = _choose(file.outputs if name else fitting, path, "output", name)
    if chosen.length != labels:
        raise BundleError(f"{path}: {chosen.name} has {chosen.length} scores for {counted(labels, 'label')}")
    return chosen


def _choose(tensors: Sequence[Tensor], path: Path, kind: str, name: str | None, hint: str = "") -> Tensor:
    chosen = [tensor for tensor in tensors if name in (None, tensor.name)]
    if len(chosen) != 1:
        names = ", ".join(tensor.name for tensor in tensors)
        raise BundleError(f"{path}: choose one {kind} with --{kind}: {names}{hint}")
    return chosen[0]


def described(
    content: bytes, path: Path, file: TensorFile, window: Tensor, scores: Tensor, answers: Answers
) -> Ingredients:
    """What a bundle of the file is made of.

    Raises
    ------
    BundleError, DataError
        If the input does not fit the front end, or a label that is to be reported is not among the labels.
    """
    frames = _frames(path, window, answers)
    window_s = frames * answers.frontend.step / answers.rate_hz
    hop_s = answers.hop_s or max(1, frames // 2) * answers.frontend.step / answers.rate_hz
    tensors: dict[str, Any] = {"embedding": answers.embedding}
    tensors |= {"states": dict(answers.states), "constants": dict(answers.constants)}
    if len(file.inputs) > 1:
        tensors["input"] = window.name
    if len(file.outputs) - len(answers.states) > 1:
        tensors["output"] = scores.name
    labels = [label.name for label in answers.labels]
    for label in answers.reported:
        if label not in labels:
            raise DataError(f"no label {label!r} to report; {choice(label, labels)}")
    settings = {
        "smooth_s": 0.0,
        "on": answers.on,
        "off": answers.on * OFF_SHARE,
        "release_s": window_s,
        "refractory_s": 0.0,
    }
    card: dict[str, Any] = {
        "name": answers.name,
        "version": answers.version,
        "description": answers.description,
        "kind": "windowed",
        "activation": {"kind": answers.activation},
        "tensors": tensors,
        "labels": labels,
        "not_species": [label for label in labels if label in NOT_SPECIES],
        "sample_rate_hz": answers.rate_hz,
        "window": frames,
        "hop_s": hop_s,
        "windows": "whole",
        "shortest_window_s": window_s / 3,
        "reference_s": max(0.0, (window_s - hop_s) / 2),
        "trim_s": window_s / 4,
        "report": "end",
        "frontend": answers.frontend.model_dump(exclude_defaults=True) | {"kind": answers.frontend.kind},
        "debounce": dict.fromkeys(answers.reported or ["*"], settings),
        "training": [],
        "licence": answers.licence,
        "limits": "Nobody has described them yet. It has not been calibrated.",
        "results": {},
    }
    if answers.states:
        card |= {"kind": "stateful", "windows": "continuous", "shortest_window_s": 0.0, "trim_s": 0.0}
        card |= {"reference_s": hop_s / 2, "debounce": _lasting(card["debounce"], RELEASE_HOPS * hop_s)}
    files = {file_name(WindowedNetwork.FILE, content): content}
    if answers.matrices:
        files[MATRICES] = matrices_file(answers.matrices)
    if any(label.common != label.name for label in answers.labels):
        files[NAMES] = names_table(answers.labels, known_names([]), NOT_SPECIES)
    return Ingredients(path, card, files)


def _lasting(debounce: Mapping[str, Mapping[str, float]], release_s: float) -> dict[str, Any]:
    """Settings whose events end after this time: scores of single hops flicker."""
    return {label: {**settings, "release_s": release_s} for label, settings in debounce.items()}


def _frames(path: Path, window: Tensor, answers: Answers) -> int:
    """Frames in a window."""
    frontend = make_frontend(answers.frontend, answers.matrices)
    width = frontend.width
    if isinstance(answers.frontend, WindowStftSettings):
        samples = answers.frontend.samples
        given = frontend.of_window(np.zeros((samples, width), np.float32)).size
        if given != window.length:
            raise BundleError(f"{path}: takes {window}, but the front end gives {given} numbers")
        return samples
    if window.length % width:
        raise BundleError(f"{path}: takes {window}, which are no frames of {width} numbers, as the front end gives")
    return window.length // width
