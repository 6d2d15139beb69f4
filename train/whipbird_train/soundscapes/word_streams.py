"""Test sound for keyword models: streams of words that were not trained on, and hours without any command.

The words are the ten commands of Speech Commands' validation speakers, mixed with their unknown words as distractors,
some in quick succession and some cut in half, over city sounds (UrbanSound8K). In running speech (LibriSpeech, orders
in a coffee shop), commands that are in the transcript count neither as hits nor as false alarms. The backgrounds are
those of Speech Commands, city sounds and a forest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from whipbird.arrays import Floats
from whipbird.formats.annotation import Annotation
from whipbird.models.model import Model
from whipbird_train.datasets import running_speech, speech_commands
from whipbird_train.datasets.city_sounds import NAME, city_clips
from whipbird_train.datasets.clips import read_sounds
from whipbird_train.datasets.running_speech import read_spoken
from whipbird_train.evaluate.recorded_scores import Annotated, record_scores, record_sound_scores
from whipbird_train.progress import tracked
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.soundscapes.mix import MixSettings, build

__all__ = [
    "background_minutes",
    "choosing_streams",
    "continuous_speech",
    "forest_recordings",
    "unseen_city_sounds",
    "validation_words",
    "word_stream",
]


RATE_HZ = 16_000
BACKGROUND_PIECE_S = 60.0
CHOOSING_SNR_DB = (None, 20.0, 10.0)


def validation_words(data: Path) -> list[Sound]:
    """Clips of the validation speakers; words other than the commands are labelled `_unknown_`."""
    clips = speech_commands.read_clips(speech_commands.commands_in(data))
    listed = [clip for clip in clips if clip.split == "validation" and clip.label != speech_commands.SILENCE]
    kept, waves = read_sounds(listed, RATE_HZ)
    return [Sound(wave, clip.label, clip.group) for clip, wave in zip(kept, waves, strict=True)]


def unseen_city_sounds(data: Path) -> list[Floats]:
    """Backgrounds that no keyword model was trained on."""
    return city_clips(data / NAME, "validation", RATE_HZ)


def word_stream(
    words: Sequence[Sound], backgrounds: Sequence[Floats], snr_db: float | None, model: Model, seed: int = 1
) -> Annotated:
    """All words once, over backgrounds at a signal-to-noise ratio or in quiet, scored by a model."""
    settings = MixSettings(
        RATE_HZ, gap_s=(0.5, 2.0), snr_db=None if snr_db is None else (snr_db, snr_db), runs=0.15, cut=0.05
    )
    sound, truth = build(words, backgrounds, settings, seed)
    return [(record_sound_scores(sound, RATE_HZ, model), truth)]


def continuous_speech(data: Path, model: Model) -> dict[str, Annotated]:
    """Speech that is not addressed to the model, by collection."""
    found: dict[str, Annotated] = defaultdict(list)
    spoken = [one for one in read_spoken(data / running_speech.NAME) if one.split == "validation"]
    for one in tracked(spoken, "running speech"):
        recorded = record_scores(one.path, model)
        spoken_commands = [word for word in speech_commands.WORDS if word in (one.words or ())]
        found[one.collection].append(
            (recorded, [Annotation(0.0, recorded.seconds, f"{word}?") for word in spoken_commands])
        )
    return found


def choosing_streams(data: Path, model: Model) -> Annotated:
    """What thresholds are chosen on, beside strangers' speech: streams of words over city sounds, and backgrounds.

    Those are running speech, noises, forest and the other half of the city sounds.
    """
    words, cities = validation_words(data), unseen_city_sounds(data)
    streams = [one for snr_db in CHOOSING_SNR_DB for one in word_stream(words, cities, snr_db, model, seed=2)]
    others = city_clips(data / NAME, "train", RATE_HZ)
    background = continuous_speech(data, model) | background_minutes(data, model, others)
    return streams + [one for annotated in background.values() for one in annotated]


def background_minutes(data: Path, model: Model, backgrounds: Sequence[Floats]) -> dict[str, Annotated]:
    """Backgrounds without any command, by name."""
    noises = speech_commands.read_backgrounds(speech_commands.commands_in(data), RATE_HZ)
    per_piece = round(BACKGROUND_PIECE_S / 4)
    cities = [np.concatenate(backgrounds[start : start + per_piece]) for start in range(0, len(backgrounds), per_piece)]
    return {
        "noises of Speech Commands": [
            (record_sound_scores(noise, RATE_HZ, model), []) for noise in tracked(noises, "noises")
        ],
        "city sounds": [(record_sound_scores(sound, RATE_HZ, model), []) for sound in tracked(cities, "city sounds")],
        "forest": [(record_scores(path, model), []) for path in tracked(forest_recordings(data), "forest")],
    }


def forest_recordings(data: Path) -> list[Path]:
    """Recordings of a forest, sorted by name."""
    return [path for path in sorted((data / "capuchinbird" / "forest").iterdir()) if path.suffix == ".ogg"]
