"""Sound in which words are looked for: streams of words that were not trained on, and hours without any of them.

The words are the ten commands of Speech Commands' validation speakers, with their unknown words in between as
distractors, some in quick succession and some cut in half. City sounds (UrbanSound8K) lie under them. In running
speech (LibriSpeech, orders in a coffee shop), a command that the transcript has may be heard or not; backgrounds are
those of Speech Commands, city sounds and a forest.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from stream.model import Model
from train.datasets import running_speech, speech_commands, urbansound8k
from train.datasets.clips import read_sounds
from train.datasets.running_speech import read_spoken
from train.evaluate.annotations import Annotation
from train.evaluate.listening import Annotated, Listened, listen_to
from train.evaluate.mix import MixSettings, Sound, build
from train.progress import tracked

__all__ = ["background_minutes", "city_sounds", "continuous_speech", "validation_words", "word_stream"]

Floats = NDArray[np.float32]

RATE_HZ = 16_000
BACKGROUND_PIECE_S = 60.0


def validation_words(data: Path) -> list[Sound]:
    """Clips of the validation speakers; other words are `_unknown_`."""
    clips = speech_commands.read_clips(data / "speech-commands")
    listed = [clip for clip in clips if clip.split == "validation" and clip.label != speech_commands.SILENCE]
    kept, waves = read_sounds(listed, RATE_HZ)
    return [Sound(wave, clip.label, clip.group) for clip, wave in zip(kept, waves, strict=True)]


def city_sounds(data: Path) -> list[Floats]:
    """Backgrounds that no keyword model was trained with."""
    _, waves = read_sounds(urbansound8k.read_clips(data / "urbansound8k"), RATE_HZ)
    return [wave for wave in waves if len(wave) >= RATE_HZ and wave.any()]


def word_stream(
    words: Sequence[Sound], backgrounds: Sequence[Floats], snr_db: float | None, model: Model, seed: int = 1
) -> Annotated:
    """All words once, over backgrounds at a signal-to-noise ratio or in quiet, heard by a model."""
    settings = MixSettings(
        RATE_HZ, gap_s=(0.5, 2.0), snr_db=None if snr_db is None else (snr_db, snr_db), runs=0.15, cut=0.05
    )
    sound, truth = build(words, backgrounds, settings, seed)
    return [(_heard(sound, model), truth)]


def continuous_speech(data: Path, model: Model) -> dict[str, Annotated]:
    """People who speak, and not to it."""
    found: dict[str, Annotated] = defaultdict(list)
    spoken = [one for one in read_spoken(data / running_speech.NAME) if one.split == "validation"]
    for one in tracked(spoken, "running speech"):
        listened = listen_to(one.path, model)
        said = [word for word in speech_commands.WORDS if word in (one.words or ())]
        found[one.collection].append((listened, [Annotation(0.0, listened.seconds, f"{word}?") for word in said]))
    return found


def background_minutes(data: Path, model: Model, backgrounds: Sequence[Floats]) -> dict[str, Annotated]:
    """Places in which nobody speaks to it."""
    noises = speech_commands.read_backgrounds(data / "speech-commands", RATE_HZ)
    forest = [path for path in sorted((data / "capuchinbird" / "forest").iterdir()) if path.suffix == ".ogg"]
    per_piece = round(BACKGROUND_PIECE_S / 4)
    cities = [np.concatenate(backgrounds[begin : begin + per_piece]) for begin in range(0, len(backgrounds), per_piece)]
    return {
        "noises of Speech Commands": [(_heard(noise, model), []) for noise in tracked(noises, "noises")],
        "city sounds": [(_heard(sound, model), []) for sound in tracked(cities, "city sounds")],
        "forest": [(listen_to(path, model), []) for path in tracked(forest, "forest")],
    }


def _heard(sound: Floats, model: Model) -> Listened:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        soundfile.write(path, sound, RATE_HZ, subtype="FLOAT")
        return listen_to(path, model)
