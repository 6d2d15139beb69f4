"""A network that also learns from a teacher's hints."""

import keras
import numpy as np

from whipbird_train.networks.distillation import mimicking


def test_a_network_that_mimics_says_the_same_and_pays_for_what_it_does_not_tell(residual, spectra):
    learner = mimicking(residual, 9, 7, 8)
    hints = np.ones((8, 9, 7), np.float32)
    expected = residual.predict_on_batch(spectra)
    np.testing.assert_allclose(learner.predict_on_batch((spectra, hints)), expected, atol=1e-6)
    assert not learner.losses
    learner((spectra, hints), training=False)
    assert sum(learner.losses) == 0
    guesses = keras.Model(learner.inputs[0], learner.get_layer("guesses").output)
    assert guesses.output_shape == (None, 9, 7)
    learner.get_layer("guesses").set_weights([np.zeros_like(w) for w in learner.get_layer("guesses").get_weights()])
    learner((spectra, 3 * hints), training=True)
    np.testing.assert_allclose(float(sum(learner.losses)), 9, rtol=1e-5)
