"""Events in sound that is there already, or comes chunk by chunk."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from datetime import tzinfo
from itertools import chain
from typing import cast

from whipbird.api.choice import Choice, Names, choose
from whipbird.api.model import ModelLike
from whipbird.api.run import OnGap, run_events
from whipbird.api.samples import Array, Channel, as_rate, channel_number
from whipbird.api.sound import Sound, chunk_blocks, is_whole, open_sound
from whipbird.errors import SourceError
from whipbird.events.detection import Detection
from whipbird.models.settings import RANGE_THRESHOLD
from whipbird.sources.samples import Chunks

__all__ = ["Detection", "detect"]


def detect(
    sound: Sound | Iterable[Array],
    rate_hz: float | None = None,
    model: ModelLike | Sequence[ModelLike] = "commands",
    *,
    channel: Channel = "mix",
    label: Names = (),
    names: str = "en",
    place: tuple[float, float] | None = None,
    range_threshold: float = RANGE_THRESHOLD,
    include: Names = (),
    exclude: Names = (),
    time_zone: str | tzinfo | None = None,
    on_gap: OnGap | None = None,
) -> Generator[Detection, None, None]:
    """Yield the events in a sound, each when it is certain.

    They are those of ``whipbird replay`` for the same sound, bit for bit, however it is cut into chunks. All work is
    done by the thread that iterates; no thread is left when it stops.

    Parameters
    ----------
    sound : array, path, or iterable of arrays
        Samples, shape (samples,) or (samples, channels): float numbers between -1 and 1, or int16, int32 or uint8.
        A path is that of a recording in any format that ``whipbird replay`` reads. Of chunks, the next one is taken
        when the events of those before it have been yielded. Samples that are not finite numbers are lost sound.
    rate_hz : float, optional
        Rate of the samples in hertz; a recording has its own.
    model : str, path or Model, or several of them
        Installed model, folder of a model, or what `load_model` returned.
    channel : int or "mix"
        Channel to process, counted from 1, or the mean of all.
    label : str or sequence of str
        Report only these labels: by scientific name, common name or code, if they have some.
    names : str
        Language of ``common_name``, such as "de", for models that have names.
    place : tuple of float, optional
        Latitude and longitude in degrees: report only species of this place, if the model has a range model.
    range_threshold : float
        How probable a species must be at the place.
    include, exclude : str, path or sequence of them
        Report only, or do not report, these species: names with commas between them, or files with a name on each line.
    time_zone : str or tzinfo, optional
        Time zone of a recording that does not state its own; by default, the system's.
    on_gap : callable, optional
        Gets a `GapReport` for all sound that is lost. Without it, each gap is logged.

    Raises
    ------
    SourceError
        If the sound cannot be read, or is none; after all of its events, if it breaks off.
    BundleError
        If a model cannot be used.
    WhipbirdError
        If another argument is wrong.
    """
    choice = choose(model, label, names, place, range_threshold, include, exclude)
    number = channel_number(channel)
    if is_whole(sound):
        source = open_sound(cast(Sound, sound), rate_hz, time_zone)
        return run_events(source, choice.models, number, choice.labels, choice.rules, on_gap)
    if not isinstance(sound, Iterable):
        raise SourceError(f"no sound: {type(sound).__name__}; give an array, a path or an iterable of arrays")
    return _detect_chunks(cast(Iterable[Array], sound), as_rate(rate_hz), number, choice, on_gap)


def _detect_chunks(
    chunks: Iterable[Array], rate_hz: int, channel: int | None, choice: Choice, on_gap: OnGap | None
) -> Generator[Detection, None, None]:
    blocks = chunk_blocks(chunks)
    first = next(blocks)
    source = Chunks(rate_hz, first.shape[1])
    yield from run_events(
        source, choice.models, channel, choice.labels, choice.rules, on_gap, blocks=chain([first], blocks)
    )
