"""Networks assembled from other networks."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

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
    x = layers.Dropout(0.2)(layers.BatchNormalization()(inputs))
    x = layers.Dropout(0.3)(layers.Dense(64, activation="relu")(x))
    outputs = layers.Dense(labels, activation="softmax", name="scores")(x)
    return keras.Model(inputs, outputs, name="taught")
