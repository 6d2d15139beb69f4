"""Raw samples as features."""

from __future__ import annotations

from whipbird.arrays import Floats
from whipbird.models.frontends.base import FrontEnd

__all__ = ["RawFrames"]


class RawFrames(FrontEnd):
    """The samples themselves, for networks that begin with a convolution over time."""

    def __init__(self) -> None:
        super().__init__(frame=1, step=1, width=1)

    def transform(self, frames: Floats) -> Floats:
        return frames.copy()
