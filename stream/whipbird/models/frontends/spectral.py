"""Settings, matrices and sums without BLAS for front ends on a spectrum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

import numpy as np
from pydantic import Field, model_validator

from whipbird.arrays import Floats
from whipbird.models.frontends.base import FrontEnd
from whipbird.system.strict import Strict

__all__ = ["MelSettings", "SpectralSettings", "WeightedSums", "checked", "matrix_of"]

AnyFrontEnd = TypeVar("AnyFrontEnd", bound=FrontEnd)


class SpectralSettings(Strict):
    """Settings of frames, in samples."""

    frame: int = Field(ge=1, description="samples under the analysis window")
    step: int = Field(ge=1, description="samples from one frame to the next")
    fft: int = Field(ge=2, description="length of the transform; the window is zero-padded to it")
    preemphasis: float = Field(
        default=0.0, ge=0, lt=1, description="share of the sample before that is subtracted from each sample first"
    )

    @model_validator(mode="after")
    def _fits(self) -> SpectralSettings:
        if self.frame > self.fft or self.step > self.fft:
            raise ValueError(f"frame ({self.frame}) and step ({self.step}) must not exceed fft ({self.fft})")
        return self

    @property
    def samples(self) -> int:
        """Samples on which a frame depends."""
        return self.fft + bool(self.preemphasis)


class MelSettings(SpectralSettings):
    """Settings of frames, and of bands on the mel scale."""

    bands: int = Field(ge=1, description="mel bands")
    low_hz: float = Field(ge=0)
    high_hz: float = Field(gt=0)
    power: Literal[1, 2] = Field(default=2, description="2 if bands are sums of powers, 1 if they are of magnitudes")
    floor: float = Field(default=1e-10, gt=0, description="least power; 1e-10 is -100 dB")
    floor_added: bool = Field(default=False, description="whether the floor is added to a power, not its lower limit")
    multiply: float = Field(default=1.0, description="decibels are multiplied by this")
    add: float = Field(default=0.0, description="this is added to them then")
    lowest: float | None = Field(default=None, description="lower limit of the result; none by default")
    highest: float | None = Field(default=None, description="upper limit of the result; none by default")

    @model_validator(mode="after")
    def _ordered(self) -> MelSettings:
        if self.low_hz >= self.high_hz:
            raise ValueError(f"low_hz ({self.low_hz}) must be lower than high_hz ({self.high_hz})")
        if self.lowest is not None and self.highest is not None and self.lowest >= self.highest:
            raise ValueError(f"lowest ({self.lowest}) must be lower than highest ({self.highest})")
        return self


class WeightedSums:
    """The product of a matrix with rows of numbers, in which the sums of a row depend on that row alone, bit for bit.

    BLAS rounds differently for other numbers of rows, processors and threads. Here NumPy computes each sum by itself,
    from the first weight that is not zero to the last; a mel band has few.

    Parameters
    ----------
    weights : array, shape (sums, inputs)
    """

    def __init__(self, weights: Floats) -> None:
        used = [np.flatnonzero(row) for row in weights]
        spans = [np.arange(own[0], own[-1] + 1) if len(own) else np.zeros(1, np.intp) for own in used]
        self._inputs = np.concatenate(spans)
        self._weights = np.concatenate([row[span] for row, span in zip(weights, spans, strict=True)])
        self._starts = np.cumsum([0, *(len(span) for span in spans[:-1])])

    def __len__(self) -> int:
        return len(self._starts)

    def of(self, rows: Floats) -> Floats:
        """Sums for each row: shape (n, inputs) to (n, sums)."""
        sums: Floats = np.add.reduceat(rows.take(self._inputs, axis=1) * self._weights, self._starts, axis=1)
        return sums


def matrix_of(matrices: Mapping[str, Floats], name: str, dimensions: int) -> Floats:
    """A matrix by its name; raises ValueError if it is missing or has another number of dimensions."""
    if name not in matrices:
        raise ValueError(f"the front end needs a matrix named {name!r}")
    matrix = np.ascontiguousarray(matrices[name], np.float32)
    if matrix.ndim != dimensions:
        raise ValueError(f"matrix {name!r} has {matrix.ndim} dimensions, not {dimensions}")
    return matrix


def checked(frontend: AnyFrontEnd, frame: int, width: int) -> AnyFrontEnd:
    """The same front end; raises ValueError if the length or width of its frames are not those of the card."""
    if (frontend.frame, frontend.width) != (frame, width):
        raise ValueError(
            f"made for frames of {frontend.frame} samples and {frontend.width} numbers, "
            f"the card says {frame} and {width}"
        )
    return frontend
