"""Interface of all kinds of networks.

A network scores any number of streams, hop by hop. Each stream has a state, which `Network.score` updates: the last
frames for a windowed network, or what the layers need of earlier frames for a streaming network.

TFLite plans its memory for one shape of input, so a streaming network has an interpreter for each shape. There are few
shapes: streams are divided into groups of powers of two, and a detector always passes the same number of frames.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from whipbird.arrays import Floats
from whipbird.events.window_skipping import SkipRule
from whipbird.models.card import Activation, Tensors

__all__ = ["Network", "NetworkFile"]


@dataclass(frozen=True, eq=False)
class NetworkFile:
    """The file of a network, and what its card says about it.

    Attributes
    ----------
    content : bytes
    path : Path
        For error messages.
    window, hop, labels : int
        Number of frames on which a score depends, of frames in a hop, and of labels.
    silence : array, shape (width,)
        Features of digital silence.
    skip_rule : SkipRule or None
        Which windows can be skipped while no event can start; None skips none.
    whole : bool
        Whether the first window starts with the stream; otherwise there is silence before it.
    activation : Activation
        What turns outputs into scores.
    tensors : Tensors
    embeds : bool
        Whether the embedding of each window is wanted.
    base : NetworkFile or None
        A network whose embedding of a window this one takes, in place of the window.
    of_window : callable
        What the network takes of a window, shape (frames, width).
    """

    content: bytes
    path: Path
    window: int
    hop: int
    labels: int
    silence: Floats
    skip_rule: SkipRule | None = None
    whole: bool = False
    activation: Activation = field(default_factory=Activation)
    tensors: Tensors = field(default_factory=Tensors)
    embeds: bool = False
    base: NetworkFile | None = None
    of_window: Callable[[Floats], Floats] = field(default=lambda window: window)


class Network(Protocol):
    """A network that scores streams.

    Attributes
    ----------
    FILE : str
        Name of the TFLite file in a bundle; that of an ONNX file ends with ``.onnx``.
    """

    FILE: ClassVar[str]

    def new_state(self) -> Any:
        """State of a new stream, as after silence."""

    def score(self, states: Sequence[Any], frames: Floats, may_skip: Sequence[bool] = ()) -> Floats:
        """Score the next frames of some streams.

        Parameters
        ----------
        states : sequence
            A different state for each stream, see `new_state`; they are updated.
        frames : array, shape (streams, frames, width)
            Whole hops; the first also has what precedes the last hop of the first window, if windows are whole.
        may_skip : sequence of bool
            Whether windows that cannot matter may be skipped, for each stream; by default, none may. Skipped windows
            get the scores of the next window that is scored. The last window of the frames is always scored.

        Returns
        -------
        array, shape (streams, hops, labels)
        """

    def embeddings(self, state: Any) -> Floats | None:
        """Embeddings of the windows that a stream was last scored for, shape (hops, size); None without any."""
