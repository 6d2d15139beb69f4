"""Fixtures for the tests of networks."""

import keras
import numpy as np
import pytest

from whipbird_train.networks.bc_resnet import bc_resnet, frames_for


@pytest.fixture(scope="package")
def spectra():
    """Decibels of eight windows of ten columns: shape (8, 143, 40)."""
    return np.random.default_rng(1).normal(-40, 8, (8, frames_for(10), 40)).astype(np.float32)


@pytest.fixture(scope="module")
def residual(spectra):
    """A network whose normalization has the statistics of such input."""
    keras.utils.set_random_seed(1)
    network = bc_resnet(frames_for(10), 40, 3, width=0.5, columns=10)
    for _ in range(5):
        network(spectra, training=True)
    return network
