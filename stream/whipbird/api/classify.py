"""Classification of short sounds."""

from __future__ import annotations

from whipbird.api.model import ModelLike, loaded_models
from whipbird.api.samples import Channel, channel_number
from whipbird.api.sound import Sound, read_sound
from whipbird.engine.classify import Classification
from whipbird.engine.classify import classify as classify_clip

__all__ = ["Classification", "classify"]


def classify(
    sound: Sound, rate_hz: float | None = None, model: ModelLike = "commands", *, channel: Channel = "mix"
) -> Classification:
    """Classify a short recording of a single sound, up to ten minutes long if it is a file.

    Parameters
    ----------
    sound : array, shape (samples,) or (samples, channels), or path
        Float numbers between -1 and 1, or int16, int32 or uint8; or a recording.
    rate_hz : float, optional
        Rate of the samples in hertz; a recording has its own.
    model : str, path or Model
        Installed model, folder of a model, or what `load_model` returned.
    channel : int or "mix"
        Channel to process, counted from 1, or the mean of all.

    Returns
    -------
    Classification
        ``label``, the label with the highest score; its ``score``; and ``scores``, a dict with those of all labels.

    Raises
    ------
    SourceError
        If the sound is empty, has samples that are not finite numbers, or cannot be read to its end.
    BundleError
        If the model cannot be used.
    """
    (loaded,) = loaded_models(model)
    samples, rate = read_sound(sound, rate_hz, channel_number(channel))
    with loaded.lock:
        return classify_clip(loaded, samples, rate)
