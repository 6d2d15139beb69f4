"""Parts of a network compute, one after the other, what the whole computes."""

import struct
from pathlib import Path

import numpy as np
import pytest

from made_networks import made_network
from whipbird.models.runtimes.cutting import MAX_POOL, cut_after
from whipbird.models.runtimes.interpreter import allocate, make_interpreter


def result(content, numbers):
    interpreter = make_interpreter(content)
    taken = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(taken, numbers.shape)
    allocate(interpreter)
    interpreter.set_tensor(taken, numbers)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def test_the_parts_compute_the_whole():
    package = pytest.importorskip("pyopen_wakeword", reason="its embedding is what is cut")
    content = (Path(package.__file__).parent / "models" / "embedding_model.tflite").read_bytes()
    rows = np.random.default_rng(1).normal(2, 1, (1, 76, 32, 1)).astype(np.float32)
    parts = cut_after(content, MAX_POOL)
    assert len(parts) == 6
    numbers = rows
    for part in parts:
        numbers = result(part, numbers)
    np.testing.assert_array_equal(numbers, result(content, rows))


@pytest.mark.parametrize("content", [made_network(1, "sigmoid", shape=(1, 28, 96)), b"", bytes(4), b"\xff" * 64])
def test_what_cannot_be_cut_is_refused(content):
    with pytest.raises((ValueError, struct.error)):
        cut_after(content, MAX_POOL)
