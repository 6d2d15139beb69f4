"""A streaming bundle, taken apart for measurements: its network, its front end, sound in pieces, the floor.

The floor is the least work of a hop: the transform of its new frames (NumPy's, in blocks of 32) and the multiply-adds
that the network needs for them, at the speed at which this machine multiplies matrices in float32.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported, as in the command itself

import numpy as np

from benchmarks.common import Unavailable
from benchmarks.work import least_seconds, multiply_adds
from whipbird.arrays import Floats
from whipbird.models.frontends.base import PIECE, FrontEnd
from whipbird.models.model import Model
from whipbird.models.networks.streaming import StreamingNetwork

__all__ = ["TOGETHER", "Bundle", "Floor", "pieces_of"]

TOGETHER = 16  # hops of a block, streams of a batch


@dataclass(frozen=True)
class Floor:
    """The least work of a hop, in microseconds.

    Attributes
    ----------
    transform, network : float
    """

    transform: float
    network: float

    @property
    def total(self) -> float:
        return self.transform + self.network


class Bundle:
    """A streaming bundle.

    Parameters
    ----------
    name : str
        Name of an installed model, or a folder.

    Raises
    ------
    Unavailable
        If it is not a streaming model.
    """

    def __init__(self, name: str) -> None:
        self.model = Model(name)
        self.card = self.model.card
        if self.card.kind != "streaming":
            raise Unavailable(f"{name} is {self.card.kind}; needs a streaming model")
        self.steps = (self.model.folder / StreamingNetwork.FILE).read_bytes()

    def frontend(self) -> FrontEnd:
        """A front end after digital silence, as before the first sample."""
        made = self.model.frontend()
        made.push(np.zeros(made.frame - made.step, np.float32))
        return made

    def floor(self, speed: float) -> Floor:
        """The least work of a hop.

        Parameters
        ----------
        speed : float
            Multiply-adds per second.
        """
        frames = np.random.default_rng(1).standard_normal((PIECE, self.card.frontend.fft), np.float32)
        transform_us = 1e6 * least_seconds({"": lambda: np.fft.rfft(frames)})[""] / PIECE
        work = multiply_adds(self.steps, self.card.hop_frames)
        return Floor(self.card.hop_frames * transform_us, 1e6 * work / speed)


def pieces_of(sound: Floats, samples: int, streams: int) -> list[Floats]:
    """The sound in pieces, the same for all streams: each of shape (streams, samples)."""
    whole = sound[: len(sound) // samples * samples].reshape(-1, 1, samples)
    return list(np.repeat(whole, streams, axis=1))
