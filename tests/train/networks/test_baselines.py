"""The baselines, and how large networks are."""

import numpy as np
import pytest

from whipbird_train.networks.assembly import committee
from whipbird_train.networks.baselines import article_conv2d, article_dense, lecture_conv1d
from whipbird_train.networks.environment import environment_cnn
from whipbird_train.networks.tonal import tonal_conv2d


@pytest.mark.parametrize(
    ("network", "parameters"),
    [
        (lambda: lecture_conv1d(8_000, 10), 506_586),
        (lambda: article_conv2d(1491, 257), 6_021_857),
        (lambda: tonal_conv2d(64, 64, 2, 1.5), 26_942),
        (lambda: environment_cnn(96, 64, 10), 99_818),
        (lambda: committee([environment_cnn(96, 64, 10) for _ in range(4)]), 399_272),
    ],
    ids=["lecture", "article", "tonal", "environment", "committee"],
)
def test_networks_are_as_large_as_they_say(network, parameters):
    assert network().count_params() == parameters


def test_the_articles_detector_gives_two_probabilities():
    scores = article_conv2d(20, 9).predict_on_batch(np.random.default_rng(1).random((4, 20, 9)))
    assert scores.shape == (4, 2)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)


def test_the_articles_dense_network_hears_no_order():
    network = article_dense(12, 5, 3)
    features = np.random.default_rng(1).normal(0, 1, (2, 12, 5)).astype(np.float32)
    turned = network.predict_on_batch(features[:, ::-1])
    np.testing.assert_allclose(turned, network.predict_on_batch(features), atol=1e-5)
