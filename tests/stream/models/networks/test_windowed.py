"""Windowed networks score each stream as if it were alone."""

import numpy as np
import pytest

from made_features import features, made_sound, windowed
from spoilt_bundles import edit, put
from whipbird.engine.classify import classify
from whipbird.errors import BundleError
from whipbird.models.model import Model

RATE_HZ = 16_000


def test_several_streams_are_scored_as_each_alone(commands):
    network = windowed(commands)
    frames = np.stack([features(commands, made_sound(commands, seed, 4)) for seed in range(3)])
    scores = network.score([network.new_state() for _ in frames], frames)
    assert scores.shape == (3, 4, len(commands.card.labels))
    for own_frames, own in zip(frames, scores, strict=True):
        np.testing.assert_array_equal(network.score([network.new_state()], own_frames[None])[0], own)


def test_clips_are_classified_through_whole_windows(calls, spoilt):
    """A streaming model classifies clips as if it had only its windowed network."""
    edit(spoilt, lambda card: card.update(kind="windowed"))
    sound = made_sound(calls, 1, 40)
    assert classify(calls, sound, RATE_HZ) == classify(Model(str(spoilt)), sound, RATE_HZ)


def test_a_streaming_network_is_no_windowed_network(spoilt):
    put(spoilt, "model.tflite", (spoilt / "steps.tflite").read_bytes())
    edit(spoilt, lambda card: card.update(kind="windowed"))
    with pytest.raises(BundleError, match=r"has 2 inputs \(.*\), and the card's tensors name none"):
        Model(str(spoilt))
