"""Clips spoken by Kokoro: made once and kept on disk; an interrupted run is resumed."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import platformdirs
import soundfile

from whipbird.arrays import Floats
from whipbird.errors import WhipbirdError
from whipbird.system.whole_file import whole_file
from whipbird_train.datasets.clips import recordings_of
from whipbird_train.datasets.kokoro_voices import read_voices
from whipbird_train.progress import bar
from whipbird_train.synthesis.kokoro import ACCENTS, Kokoro, Said

__all__ = ["cache_folder", "in_many_voices", "read_clips", "speak_all", "training_data"]

RATE_HZ = 16_000
BROKEN = ".broken"  # ends the name of an empty file in place of a clip that was no speech
MOST_VOICES = 3  # in a mixture
SPEEDS = (0.75, 1.35)
WAITING = 2  # clips for each process that have been given to it

training_data = recordings_of("synthetic speech", "Kokoro, mixtures of its voices", "Apache-2.0")

_speaker: Kokoro | None = None


def cache_folder() -> Path:
    """Folder of the clips; on Linux under ``$XDG_CACHE_HOME``."""
    return Path(platformdirs.user_cache_dir("whipbird", appauthor=False)) / "spoken"


def in_many_voices(
    texts: Sequence[str],
    voices: Sequence[str],
    seed: int,
    accents: Sequence[str] = ACCENTS,
    speeds: tuple[float, float] = SPEEDS,
) -> list[Said]:
    """Each text in a voice of its own, mixed of up to three, with a random accent and speed."""
    rng = np.random.default_rng(seed)
    said = []
    for text in texts:
        chosen = rng.choice(len(voices), rng.integers(1, MOST_VOICES + 1), replace=False)
        weights = np.round(rng.dirichlet(np.ones(len(chosen))), 3)
        weights[0] += 1 - weights.sum()
        mixture = tuple((voices[one], round(float(weight), 3)) for one, weight in zip(chosen, weights, strict=True))
        said.append(Said(text, str(rng.choice(accents)), mixture, round(float(rng.uniform(*speeds)), 2)))
    return said


def speak_all(
    plan: Sequence[Said], voices: Path, folder: Path, processes: int | None = None, within_s: float | None = None
) -> tuple[int, int]:
    """Speak what has not been spoken yet, and return how many clips there are then, and how many there are not.

    Parameters
    ----------
    voices : Path
        Archive of voices.
    folder : Path
        Of the clips, FLAC at 16 kHz; what comes out broken leaves an empty file, and is not tried again.
    processes : int, optional
        By default, one for each core.
    within_s : float, optional
        Seconds after which no further clip is started. By default, all are spoken.

    Raises
    ------
    WhipbirdError
        If packages are missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = dict.fromkeys(plan)  # what is there twice is spoken once
    missing = [said for said in wanted if not (_clip(folder, said).exists() or _broken(folder, said).exists())]
    if missing:
        count = processes or os.cpu_count() or 1
        with (
            ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_start, initargs=(voices,)) as pool,
            bar("speaking", within_s or len(missing)) as update,
        ):
            started, waiting = time.monotonic(), deque[Future[None]]()
            for number, said in enumerate(missing):
                passed_s = time.monotonic() - started
                if within_s is not None and passed_s > within_s:
                    break
                update(completed=number if within_s is None else passed_s)
                waiting.append(pool.submit(_speak, said, folder))
                if len(waiting) > WAITING * count:
                    waiting.popleft().result()
            for one in waiting:
                one.result()
    clips = sum(_clip(folder, said).exists() for said in plan)
    return clips, len(plan) - clips


def read_clips(plan: Sequence[Said], folder: Path) -> Iterator[tuple[Said, Floats]]:
    """Everything of a plan that was spoken, each of shape (samples,), at 16 kHz."""
    for said in plan:
        if _clip(folder, said).exists():
            yield said, soundfile.read(_clip(folder, said), dtype="float32")[0]


def _start(voices: Path) -> None:
    global _speaker
    _speaker = Kokoro(read_voices(voices))


def _speak(said: Said, folder: Path) -> None:
    assert _speaker is not None
    try:
        samples = _speaker.speak(said, RATE_HZ)
    except WhipbirdError:
        _broken(folder, said).touch()
        return
    content = BytesIO()  # a full disk is then an error of the file, not of libsndfile
    soundfile.write(content, samples, RATE_HZ, format="FLAC", subtype="PCM_16")
    clip = _clip(folder, said)
    try:
        with whole_file(clip) as file:
            file.write(content.getvalue())
    except FileNotFoundError:
        if not clip.exists():  # otherwise another run has just finished it
            raise


def _clip(folder: Path, said: Said) -> Path:
    return folder / f"{said.key}.flac"


def _broken(folder: Path, said: Said) -> Path:
    return folder / f"{said.key}{BROKEN}"
