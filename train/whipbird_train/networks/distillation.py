"""Distillation: a network that also learns from the hints of a teacher."""

from __future__ import annotations

import keras
from keras import layers, ops

__all__ = ["Mimicry", "mimicking"]


@keras.saving.register_keras_serializable("whipbird")
class Mimicry(layers.Layer):
    """Passes scores through; in training, adds the mean squared difference of guesses and hints to the loss.

    Romero et al. 2015, "FitNets: Hints for Thin Deep Nets" (arXiv 1412.6550).
    """

    def call(self, inputs, training: bool = False):
        scores, guesses, hints = inputs
        if training:
            self.add_loss(ops.mean(ops.square(guesses - hints)))
        return scores


def mimicking(network: keras.Model, hints: int, width: int, step: int) -> keras.Model:
    """The same network with a teacher's hints as a second input, which its columns learn to predict in training.

    Parameters
    ----------
    network : keras.Model
        It has a layer ``columns``, whose outputs have the shape (columns, 1, channels).
    hints, width : int
        Shape of the hints.
    step : int
        Frames of the network's input from one hint to the next; hints are spaced evenly around its middle.
    """
    columns = network.get_layer("columns").output
    count = columns.shape[1]
    stride = max(1, round(step * count / network.input_shape[1]))
    wanted = keras.Input((hints, width), name="hints")
    x = layers.Reshape((count, columns.shape[-1]))(columns)
    guesses = layers.Conv1D(width, count - stride * (hints - 1), strides=stride, name="guesses")(x)
    return keras.Model([*network.inputs, wanted], Mimicry()([network.outputs[0], guesses, wanted]))
