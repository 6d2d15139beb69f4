"""Networks assembled from other networks."""

import keras
import numpy as np

from whipbird_train.networks.assembly import committee
from whipbird_train.networks.environment import environment_cnn


def test_a_committee_says_what_its_members_say_on_the_mean(tmp_path):
    """This holds although the members have layers of the same names."""
    spectra = np.random.default_rng(2).normal(-40, 8, (8, 16, 64)).astype(np.float32)
    members = [environment_cnn(16, 64, 3, (4, 4, 4, 4)) for _ in range(3)]
    found = committee(members).predict_on_batch(spectra)
    np.testing.assert_allclose(found, np.mean([one.predict_on_batch(spectra) for one in members], axis=0), atol=1e-6)
    committee(members).save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras", compile=False)
    np.testing.assert_allclose(again.predict_on_batch(spectra), found, atol=1e-6)
