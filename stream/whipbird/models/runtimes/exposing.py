"""Make an inner tensor of a TFLite network one of its outputs.

TFLite reuses the memory of inner tensors, and its fast kernels do not compute some of them at all. An output is
computed and kept, at no other cost; the network's other outputs stay as they are.
"""

from __future__ import annotations

from whipbird.models.runtimes.tflite_file import (
    OUTPUTS,
    append_numbers,
    field_of,
    first_subgraph,
    numbers_at,
    target_of,
)

__all__ = ["with_output"]


def with_output(content: bytes, tensor: int) -> bytes:
    """The same network, whose last output is the tensor of this number.

    Raises
    ------
    ValueError, struct.error
        If this is no network.
    """
    outputs = field_of(content, first_subgraph(content), OUTPUTS)
    changed = bytearray(content)
    append_numbers(changed, outputs, [*numbers_at(content, target_of(content, outputs)), tensor])
    return bytes(changed)
