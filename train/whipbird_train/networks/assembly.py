"""Networks assembled from other networks."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from whipbird_train.networks.layers import taught_scores

__all__ = ["body_of", "committee", "joined", "taught_head"]


def committee(members: Sequence[keras.Model]) -> keras.Model:
    """One network whose scores are the means of its members' scores."""
    inputs = keras.Input(members[0].input_shape[1:], name="features")
    scores = [
        keras.Model(member.inputs[0], member.outputs[0], name=f"member_{number}")(inputs)
        for number, member in enumerate(members, 1)
    ]
    mean = layers.Rescaling(1 / len(scores), name="scores")(layers.Add()(scores))
    return keras.Model(inputs, mean, name="committee")


def body_of(network: keras.Model) -> keras.Model:
    """A network without its last layer."""
    return keras.Model(network.inputs, network.layers[-2].output, name="body")


def joined(body: keras.Model, head: keras.Model) -> keras.Model:
    """One network on top of another."""
    return keras.Model(body.inputs, head(body.outputs[0]), name=head.name)


def taught_head(width: int, labels: int) -> keras.Model:
    """Network from activations to labels, with one hidden layer."""
    inputs = keras.Input((width,), name="activations")
    return keras.Model(inputs, taught_scores(inputs, labels), name="taught")
