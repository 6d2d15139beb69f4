from pathlib import Path

import numpy as np
import pytest

from whipbird.errors import BundleError
from whipbird.models.runtimes.tensors import Tensor, chosen

PATH = Path("model.tflite")


class Interpreter:
    """Keeps tensors by their numbers."""

    def __init__(self):
        self.kept = {}

    def set_tensor(self, index, numbers):
        self.kept[index] = numbers

    def get_tensor(self, index):
        return self.kept[index]


def tensor(interpreter, dtype, scale=0.0, zero=0):
    details = {"index": 3, "shape": np.array([1, 4]), "dtype": dtype, "quantization": (scale, zero)}
    return Tensor(interpreter, details, PATH)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_floats_are_passed_on(dtype):
    interpreter = Interpreter()
    own = tensor(interpreter, dtype)
    own.set(np.array([0, 0.25, -1, 2], np.float32))
    assert (own.size, interpreter.kept[3].dtype, interpreter.kept[3].shape) == (4, dtype, (1, 4))
    assert own.get().dtype == np.float32
    assert own.get().tolist() == [0, 0.25, -1, 2]


@pytest.mark.parametrize(("dtype", "zero"), [(np.int8, -3), (np.uint8, 125), (np.int16, 0)])
def test_integers_have_a_scale_and_a_zero_point(dtype, zero):
    interpreter = Interpreter()
    own = tensor(interpreter, dtype, 0.5, zero)
    own.set(np.array([0, 0.5, -1, 2.2], np.float32))
    assert interpreter.kept[3].dtype == dtype
    assert (interpreter.kept[3].astype(int) - zero).tolist() == [[0, 1, -2, 4]]
    assert own.get().tolist() == [0, 0.5, -1, 2]


def test_numbers_beyond_the_range_of_integers_are_its_limits():
    interpreter = Interpreter()
    own = tensor(interpreter, np.int8, 0.5, 0)
    own.set(np.array([-1e6, 1e6, 0, 0], np.float32))
    assert own.get().tolist() == [-64, 63.5, 0, 0]


@pytest.mark.parametrize(("dtype", "scale"), [(np.int8, 0.0), (np.int32, 0.5), (np.bool_, 0.0)])
def test_other_types_are_refused(dtype, scale):
    with pytest.raises(BundleError, match=r"model.tflite: has tensors of .*, but float32, float16 or scaled integers"):
        tensor(Interpreter(), dtype, scale)


DETAILS = [{"name": "scores"}, {"name": "embedding"}]


def test_a_card_names_or_numbers_a_tensor():
    assert chosen(DETAILS[:1], None, "output", PATH) == DETAILS[0]
    assert chosen(DETAILS, "embedding", "output", PATH) == DETAILS[1]
    assert chosen(DETAILS, 1, "output", PATH) == DETAILS[1]


@pytest.mark.parametrize(
    ("wanted", "reason"), [(None, "the card's tensors name none"), ("score", "is 'score'"), (2, "is 2")]
)
def test_a_tensor_that_is_not_there_is_refused(wanted, reason):
    with pytest.raises(BundleError, match=r"has 2 outputs \(scores, embedding\), and .*" + reason):
        chosen(DETAILS, wanted, "output", PATH)
