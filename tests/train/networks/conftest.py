"""Fixtures for the tests of networks."""

import keras
import numpy as np
import pytest

from whipbird_train.networks.bc_resnet import bc_resnet


@pytest.fixture(scope="package")
def spectra():
    """Decibels of eight windows: shape (8, 97, 40)."""
    return np.random.default_rng(1).normal(-40, 8, (8, 97, 40)).astype(np.float32)


@pytest.fixture(scope="module")
def residual(spectra):
    """A network whose normalization has the statistics of such input."""
    keras.utils.set_random_seed(1)
    network = bc_resnet(97, 40, 3, width=0.5, time_stride=2)
    for _ in range(5):
        network(spectra, training=True)
    return network
