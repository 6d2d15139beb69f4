"""Find, read and cut the takes of an experiment."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from whipbird.arrays import Doubles
from whipbird.errors import DataError
from whipbird.recordings.files import sound_files
from whipbird_train.datasets.clips import Clip, read_sounds
from whipbird_train.datasets.spoken_digits import LABELS, read_clips
from whipbird_train.extrapolate.frames import Frames
from whipbird_train.extrapolate.task import Cut
from whipbird_train.progress import tracked

__all__ = ["Takes", "find_takes", "read_takes"]

log = logging.getLogger(__name__)

SPEAKER, DIGIT = "jackson", 0  # as in the article
FEWEST, MOST = 6, 500  # takes
MOST_SAMPLES = 40_000  # of a take


@dataclass(frozen=True, eq=False)
class Takes:
    """Takes of one sound.

    Attributes
    ----------
    names : tuple of str
        Names of the files, without the suffix where it is not needed to distinguish them.
    waves : list of arrays, shape (samples,)
        Each has its own length, at least that of the cut.
    """

    names: tuple[str, ...]
    waves: list[Doubles]
    cut: Cut

    def __len__(self) -> int:
        return len(self.waves)


def find_takes(folder: Path, speaker: str | None, digit: int | None) -> list[Path]:
    """The recordings of a speaker and a digit, or all recordings in the folder if they are not named in that way.

    Raises
    ------
    DataError
        If there are no recordings, or none of the speaker and digit asked for.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; give a folder of short clips with --data")
    try:
        clips = read_clips(folder)
    except DataError:
        if speaker is not None or digit is not None:
            raise DataError(
                f"no recordings in {folder} are named DIGIT_SPEAKER_TAKE; leave out --speaker and --digit to use all"
            ) from None
        paths = sound_files(folder)
        if not paths:
            raise DataError(f"no recordings in {folder}") from None
        return paths
    speakers = sorted({clip.group for clip in clips})
    if speaker is None:
        speaker = SPEAKER if SPEAKER in speakers else speakers[0]
    if speaker not in speakers:
        raise DataError(f"no speaker {speaker!r} in {folder}; choose one of {', '.join(speakers)}")
    label = LABELS[DIGIT if digit is None else digit]
    paths = [clip.path for clip in clips if clip.group == speaker and clip.label == label]
    if not paths:
        raise DataError(f"no {label!r} by {speaker} in {folder}; choose another --digit")
    return paths


def read_takes(paths: Sequence[Path], share: float, rate_hz: int) -> Takes:
    """Read takes, cut all to the length of the shortest, and divide them into a given and a missing part.

    A damaged take, or one whose missing part is digital silence, is named in the log and left out.

    Parameters
    ----------
    share : float
        Share of each take that is given, between 0 and 1.
    rate_hz : int
        Rate to which the takes are resampled.

    Raises
    ------
    DataError
        If there are too few or too many takes, they are too short or too long, or one of the two parts is too short.
    """
    if len(paths) > MOST:
        raise DataError(f"{len(paths)} recordings are too many; use up to {MOST}, better 50 of one sound")
    kept, waves = read_sounds(tracked([Clip(path, "", "", "") for path in paths], "reading takes"), rate_hz)
    if len(kept) < FEWEST:
        raise DataError(f"only {len(kept)} recordings can be read; at least {FEWEST} are needed, better 50")
    length = min(map(len, waves))
    shortest = kept[[len(wave) for wave in waves].index(length)].path
    seconds = length / rate_hz
    if length > MOST_SAMPLES:
        raise DataError(
            f"all recordings are longer than {MOST_SAMPLES / rate_hz:g} s, the limit at {rate_hz} Hz; "
            "use shorter ones, or a lower --rate"
        )
    cut = Cut(round(share * length), length, rate_hz)
    fewest = Frames.at(rate_hz).fft
    if min(cut.provided, cut.missing) < fewest:
        raise DataError(
            f"a share of {share:g} of {seconds:.3f} s, the length of {shortest.name}, leaves less than "
            f"{fewest / rate_hz:.3f} s on one side; change --share, or remove the shortest recordings"
        )
    stems = Counter(clip.path.stem for clip in kept)
    names, sounds = [], []
    for clip, wave in zip(kept, waves, strict=True):
        if wave[cut.provided : cut.length].any():
            names.append(clip.path.stem if stems[clip.path.stem] == 1 else clip.path.name)
            sounds.append(wave.astype(float))
        else:
            log.warning("left out %s: its missing part is digital silence", clip.path)
    if len(sounds) < FEWEST:
        raise DataError(f"only {len(sounds)} recordings have sound in the missing part; at least {FEWEST} are needed")
    return Takes(tuple(names), sounds, cut)
