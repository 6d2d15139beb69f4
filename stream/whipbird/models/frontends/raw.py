"""Front end of raw samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.frontends.base import FrontEnd
from whipbird.system.strict import Strict

__all__ = ["RawFrames", "RawSettings", "make"]


class RawSettings(Strict):
    """The samples themselves."""

    kind: Literal["raw"] = "raw"

    @property
    def step(self) -> int:
        """Samples from one frame to the next."""
        return 1


class RawFrames(FrontEnd):
    """The samples themselves, for networks that start with a convolution over time."""

    def __init__(self) -> None:
        super().__init__(frame=1, step=1, width=1)

    def push(self, samples: Floats) -> Floats:
        return np.asarray(samples, np.float32)[:, None]

    def transform(self, frames: Floats) -> Floats:
        return frames.copy()


def make(settings: RawSettings, matrices: Mapping[str, Floats]) -> RawFrames:
    """A new front end; it needs no matrices."""
    return RawFrames()
