"""Fixtures for the tests of export."""

import keras
import numpy as np
import pytest

from tones import FRONTEND, LABELS, WINDOW, small_network
from whipbird_train.datasets.clips import fit_length


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(1)
    return small_network(WINDOW, FRONTEND.bands)(len(LABELS))


@pytest.fixture(scope="module")
def windows(sounds, frontend):
    span = frontend.span(WINDOW)
    return frontend.whole(np.stack([fit_length(wave, span) for wave in sounds.waves]))
