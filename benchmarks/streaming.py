"""A streaming bundle, taken apart for measurements: its networks at other hops, the sound in pieces, the floor.

A network can be heard at whole numbers of its strides; of the hops asked for, the nearest such are taken, and the
model's own.

The floor is the least work that a hop is: the transform of its new frames (NumPy's, in blocks of 32) and the
multiply-adds that the streaming network needs for them, at the speed at which this machine multiplies matrices in
float32.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported, as in the command itself
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from benchmarks.common import Floats, Unavailable
from benchmarks.work import least_seconds, multiply_adds
from stream.card import LogMelSettings
from stream.frontend import PIECE, FrontEnd
from stream.model import Model
from stream.network import StepNetwork, WindowNetwork
from train.export import KERAS, STEPS, convert_steps
from train.networks import tonal_conv2d
from train.recipes import capuchinbird
from train.steps import Time, step_network

__all__ = ["FAMILIES", "TOGETHER", "Bundle", "Floor", "Hop", "pieces_of"]

HOPS_MS = (10, 20, 50, 100)
TOGETHER = 16  # hops of a block, streams of a batch


@dataclass(frozen=True)
class Family:
    """How networks of a model are built for other hops.

    Attributes
    ----------
    build : callable
        ``build(labels, hop, time)`` builds the network that scores every `hop` frames.
    stride : int
        A hop is a whole number of so many frames.
    """

    build: Callable[[int, int, Time], keras.Model]
    stride: int


FAMILIES = {
    "capuchinbird": Family(
        lambda labels, hop, time: tonal_conv2d(
            None, capuchinbird.FRONTEND.bands, labels, capuchinbird.WIDTH, hop=hop, time=time
        ),
        2,
    ),
}


@dataclass(frozen=True)
class Hop:
    """A hop at which a network is heard.

    Attributes
    ----------
    frames, samples : int
    seconds : float
    note : str
        Whether it is the model's own, and for which hops that the network does not allow it stands.
    """

    frames: int
    samples: int
    seconds: float
    note: str

    @property
    def name(self) -> str:
        return f"{1000 * self.seconds:g} ms"


@dataclass(frozen=True)
class Floor:
    """The least work of a hop, in microseconds.

    Attributes
    ----------
    transform, network : float
    multiply_adds : int
    """

    transform: float
    network: float
    multiply_adds: int

    @property
    def total(self) -> float:
        return self.transform + self.network


class Bundle:
    """A streaming bundle.

    Parameters
    ----------
    name : str
        Installed, or a folder; of one of `FAMILIES`.

    Raises
    ------
    Unavailable
        If it is none.
    """

    def __init__(self, name: str) -> None:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self.model = Model(name)
        self.card = card = self.model.card
        if card.kind != "streaming" or card.name not in FAMILIES or not isinstance(card.frontend, LogMelSettings):
            raise Unavailable(f"{name} is {card.kind}; needs a streaming model, of one of: {', '.join(FAMILIES)}")
        self.settings = card.frontend
        self.keras = keras.models.load_model(self.model.folder / KERAS, compile=False)
        self._family = FAMILIES[card.name]
        self._transform_us = _transform_us(card.frontend.fft)

    @property
    def own_hop(self) -> Hop:
        """The model's own hop."""
        return next(hop for hop in self.hops() if hop.frames == self.card.hop_frames)

    def hops(self) -> list[Hop]:
        """The hops that are measured, in order."""
        rate_hz, stride = self.card.sample_rate_hz, self._family.stride
        step_ms = 1000 * self.settings.step / rate_hz
        asked: dict[int, list[int]] = {self.card.hop_frames: []}
        for hop_ms in HOPS_MS:
            frames = stride * max(1, int(hop_ms / (stride * step_ms) + 0.5))
            asked.setdefault(frames, []).append(hop_ms)
        hops = []
        for frames, of in sorted(asked.items()):
            others = [str(hop_ms) for hop_ms in of if hop_ms != frames * step_ms]
            notes = ["the model's own"] * (frames == self.card.hop_frames) + [f"instead of {', '.join(others)}"] * bool(
                others
            )
            samples = frames * self.settings.step
            hops.append(Hop(frames, samples, samples / rate_hz, ", ".join(notes)))
        return hops

    def steps(self, hop: Hop) -> bytes:
        """The streaming network for a hop."""
        if hop.frames == self.card.hop_frames:
            return (self.model.folder / STEPS).read_bytes()
        build = partial(self._family.build, len(self.card.labels), hop.frames)
        return convert_steps(step_network(build, self.keras))

    def step_network(self, content: bytes, hop: Hop) -> StepNetwork:
        silence = self.model.frontend().silence()
        return StepNetwork(content, Path(STEPS), self.card.window, hop.frames, len(self.card.labels), silence)

    def window_network(self, hop: Hop) -> WindowNetwork:
        path, silence = self.model.folder / "model.tflite", self.model.frontend().silence()
        return WindowNetwork(path.read_bytes(), path, self.card.window, hop.frames, len(self.card.labels), silence)

    def frontend(self) -> FrontEnd:
        """A front end that has heard digital silence, as before the first sample."""
        made = self.model.frontend()
        made.push(np.zeros(made.frame - made.step, np.float32))
        return made

    def floor(self, content: bytes, hop: Hop, speed: float) -> Floor:
        """The least work of a hop.

        Parameters
        ----------
        speed : float
            Multiply-adds per second.
        """
        work = multiply_adds(content, hop.frames)
        return Floor(hop.frames * self._transform_us, 1e6 * work / speed, work)


def pieces_of(sound: Floats, samples: int, streams: int) -> list[Floats]:
    """The sound in pieces, the same for all streams: each of shape (streams, samples)."""
    whole = sound[: len(sound) // samples * samples].reshape(-1, 1, samples)
    return list(np.repeat(whole, streams, axis=1))


def _transform_us(length: int) -> float:
    """Processor time of the transform of a frame, many at once."""
    frames = np.random.default_rng(1).standard_normal((PIECE, length), np.float32)
    return 1e6 * least_seconds({"": lambda: np.fft.rfft(frames)})[""] / PIECE
