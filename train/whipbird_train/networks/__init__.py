"""Networks, in Keras: one module per family.

Each function returns an uncompiled model: features in, class probabilities out. Layouts are (batch, time, frequency,
channels) for spectrograms and (batch, samples, 1) for raw sound.
"""
