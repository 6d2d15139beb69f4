"""The network for environmental sounds."""

import numpy as np

from whipbird_train.networks.environment import RelativeToMeans


def test_neither_loudness_nor_colour_matters_to_what_is_relative_to_means(spectra):
    colour = np.linspace(-20, 20, 40, dtype=np.float32)
    plain, quiet, coloured = (np.asarray(RelativeToMeans()(s)) for s in (spectra, spectra - 30, spectra + colour))
    np.testing.assert_allclose(quiet, plain, atol=1e-4)
    np.testing.assert_allclose(coloured[..., 1], plain[..., 1], atol=1e-4)
    assert np.abs(coloured[..., 0] - plain[..., 0]).max() > 1
