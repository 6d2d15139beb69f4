"""Matrices of front ends, for networks whose features other programs have computed.

`whipbird.models.frontends.spectral` documents how each is used. Programs differ in the window, in the mel scale and in
how bands are weighed: a file for ``whipbird models new-card --frontend`` says which it is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError

from whipbird.arrays import Floats, Reals
from whipbird.errors import DataError
from whipbird.importers.file_set import read_file
from whipbird.models.frontends.build import FrontEndSettings
from whipbird.models.frontends.log_mel import LogMelSettings
from whipbird.models.frontends.mfcc import MfccSettings
from whipbird.models.frontends.spectral import MelSettings, SpectralSettings
from whipbird.system.strict import Strict, explain

__all__ = ["MatrixChoice", "make_matrices", "read_frontend"]

CHOICE = "matrices"  # key in the file
HANN, HAMMING = 0.5, 0.54
LINEAR_HZ, LINEAR_STEP_HZ, LOG_STEP = 1000.0, 200 / 3, np.log(6.4) / 27  # of Slaney's mel scale


class MatrixChoice(Strict):
    """How the matrices of a front end are made."""

    window: Literal["hann", "hamming"] = Field(default="hann", description="shape of the analysis window")
    periodic: bool = Field(default=True, description="whether the window is periodic; otherwise it is symmetric")
    gain: float = Field(default=1.0, gt=0, description="the window is multiplied by this")
    mel: Literal["slaney", "htk", "tensorflow"] = Field(
        default="slaney",
        description="slaney: librosa's bands, each divided by its width; htk: librosa's with htk=True and norm=None; "
        "tensorflow: those of tf.signal, which are triangles on the mel scale",
    )
    dct: Literal["orthonormal", "tensorflow"] = Field(
        default="orthonormal", description="tensorflow: the first coefficient is larger by the square root of two"
    )


def read_frontend(path: Path) -> tuple[FrontEndSettings, MatrixChoice]:
    """Read the settings of a front end, as in a card, and how its matrices are made, from a JSON file.

    Raises
    ------
    DataError
        If it cannot be read, or something in it is wrong.
    """
    try:
        fields = json.loads(read_file(path))
        if not isinstance(fields, dict):
            raise DataError(f"{path}: not the settings of a front end, which are an object")
        choice = MatrixChoice.model_validate(fields.pop(CHOICE, {}))
        settings: FrontEndSettings = TypeAdapter(
            Annotated[FrontEndSettings, Field(discriminator="kind")]
        ).validate_python(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise DataError(f"{path}: {'.'.join(map(str, first['loc'])) or 'frontend'}: {explain(first)}") from error
    except ValueError as error:
        raise DataError(f"{path}: not JSON: {error}") from error
    return settings, choice


def make_matrices(settings: FrontEndSettings, choice: MatrixChoice, rate_hz: int) -> dict[str, Floats]:
    """Matrices of a front end: ``window`` (fft,), ``mel`` (bands, fft / 2 + 1) and ``dct`` (coefficients, bands)."""
    matrices: dict[str, Floats] = {}
    if isinstance(settings, SpectralSettings):
        before = (settings.fft - settings.frame) // 2
        padding = before, settings.fft - settings.frame - before
        matrices["window"] = np.pad(_window(settings.frame, choice), padding).astype(np.float32)
    if isinstance(settings, LogMelSettings | MfccSettings):
        matrices["mel"] = _mel(settings, choice, rate_hz).astype(np.float32)
    if isinstance(settings, MfccSettings):
        matrices["dct"] = _dct(settings, choice).astype(np.float32)
    return matrices


def _window(samples: int, choice: MatrixChoice) -> Reals:
    share = HANN if choice.window == "hann" else HAMMING
    turn = 2 * np.pi * np.arange(samples) / max(1, samples - (not choice.periodic))
    window: Reals = choice.gain * (share - (1 - share) * np.cos(turn))
    return window


def _mel(settings: MelSettings, choice: MatrixChoice, rate_hz: int) -> Reals:
    """Triangles of equal width in mels."""
    is_slaney = choice.mel == "slaney"
    bins_hz = np.arange(settings.fft // 2 + 1) * rate_hz / settings.fft
    low, high = _mels(np.array([settings.low_hz, settings.high_hz]), is_slaney)
    edges = np.linspace(low, high, settings.bands + 2)
    bins: Reals = bins_hz
    if choice.mel == "tensorflow":
        bins = _mels(bins_hz, False)
    else:
        edges = _hz(edges, is_slaney)
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    weights: Reals = np.maximum(0, np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre)))
    if choice.mel == "tensorflow":
        weights[:, 0] = 0
    if is_slaney:
        weights *= 2 / (right - left)
    return weights


def _mels(hz: Reals, is_slaney: bool) -> Reals:
    mels: Reals
    if is_slaney:
        logs = np.log(np.maximum(hz, LINEAR_HZ) / LINEAR_HZ) / LOG_STEP
        mels = np.minimum(hz, LINEAR_HZ) / LINEAR_STEP_HZ + logs
    else:
        mels = 2595 * np.log10(1 + hz / 700)
    return mels


def _hz(mels: Reals, is_slaney: bool) -> Reals:
    hz: Reals
    if is_slaney:
        linear = LINEAR_HZ / LINEAR_STEP_HZ
        hz = np.minimum(mels, linear) * LINEAR_STEP_HZ * np.exp(LOG_STEP * np.maximum(0, mels - linear))
    else:
        hz = 700 * (10 ** (mels / 2595) - 1)
    return hz


def _dct(settings: MfccSettings, choice: MatrixChoice) -> Reals:
    """Cosine transform of type II."""
    rows, bands = np.arange(settings.coefficients)[:, None], np.arange(settings.bands) + 0.5
    matrix: Reals = np.sqrt(2 / settings.bands) * np.cos(np.pi * rows * bands / settings.bands)
    if choice.dct == "orthonormal":
        matrix[0] /= np.sqrt(2)
    return matrix
