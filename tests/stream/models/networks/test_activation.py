from pathlib import Path

import numpy as np
import pytest

from whipbird.errors import BundleError
from whipbird.models.card import Activation
from whipbird.models.networks.activation import activate

PATH = Path("birds/model.tflite")
OUTPUTS = np.array([-40, -2, 0, 1.5, 40], np.float32)


@pytest.mark.parametrize("slope", [0.5, 1.0, 1.5])
def test_a_sigmoid_is_that_of_birdnet(slope):
    expected = 1 / (1.0 + np.exp(-slope * np.clip(OUTPUTS, -15, 15)))
    np.testing.assert_array_equal(activate(OUTPUTS, Activation(kind="sigmoid", slope=slope), PATH), expected)


def test_a_softmax_adds_up_to_1():
    scores = activate(np.stack((OUTPUTS, 1000 + OUTPUTS)), Activation(kind="softmax"), PATH)
    np.testing.assert_allclose(scores.sum(axis=-1), 1, atol=1e-6)
    np.testing.assert_array_equal(scores[0], scores[1])
    assert (np.diff(scores[0]) >= 0).all()


def test_scores_stay_as_they_are():
    scores = np.array([0, 0.5, 1.00001, np.nan, -0.00001], np.float32)
    np.testing.assert_array_equal(activate(scores, Activation(), PATH), scores)


@pytest.mark.parametrize("outputs", [[0.5, 7.86], [-0.2, 0.5], [np.nan, 3.0]])
def test_outputs_that_are_no_scores_are_refused_without_an_activation(outputs):
    with pytest.raises(BundleError) as caught:
        activate(np.array(outputs, np.float32), Activation(), PATH)
    assert str(caught.value).startswith(f"{PATH}: gives outputs from ")
    assert "no scores between 0 and 1; its card needs an activation: sigmoid or softmax" in str(caught.value)
