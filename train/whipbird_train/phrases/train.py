"""Train a detector of phrases from their text: voices say them, scenes are made of that, a head learns, is judged.

A run has a folder. In it are the scenes as features and how long all has taken, so that an interrupted run goes on with
what is missing; what voices said is in the user's cache.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.card import BALANCED, Card
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.frontends.speech_embedding import EMBEDDING, MEL, SpeechEmbedding, SpeechNetworks
from whipbird.models.model import Model
from whipbird_train.evaluate.curves import outcomes
from whipbird_train.evaluate.intervals import share
from whipbird_train.evaluate.matching import MATCHING
from whipbird_train.examples.synthetic_noise import make_noises
from whipbird_train.export.bundle_folder import check_target, new_bundle
from whipbird_train.phrases.background import read_background
from whipbird_train.phrases.bundles import LABELS, front_files, phrases_card, write_phrases
from whipbird_train.phrases.head import HeadSettings, phrase_length, trained_head
from whipbird_train.phrases.judge import PHRASES, judged, phrase_stream
from whipbird_train.phrases.page import phrases_page
from whipbird_train.phrases.phrase import Language, Phrase
from whipbird_train.phrases.scenes import PhraseScenes
from whipbird_train.phrases.stopwatch import timed
from whipbird_train.phrases.voices import gather
from whipbird_train.phrases.windows import Windows
from whipbird_train.reports.bundle_texts import write_texts
from whipbird_train.streams.scene_features import SceneFeatures, kept_scenes
from whipbird_train.streams.scenes import Scene

__all__ = ["WordSettings", "train_phrases"]

RATE_HZ = 16_000
SPEAKING = 0.4  # share of the time in which Kokoro speaks
SCENES_A_MINUTE = 12  # of phrases
PASSES_MINUTES = 40  # of time for each pass over all other speech
MOST_THREADS = 4  # that compute features: one thread makes scenes, and is not faster than these
SPENT = "spent.json"
TEST_SNR_DB = {"in quiet": None, "at 10 dB": 10.0}


@dataclass(frozen=True)
class WordSettings:
    """What a user may choose.

    Attributes
    ----------
    minutes : float
        In which all is to be done, on two cores.
    target_per_hour : float
        False alarms at the balanced operating point.
    own, test : mapping of str to list of arrays, shape (samples,)
        Recordings of people, to train with and to test by.
    """

    minutes: float = 30.0
    target_per_hour: float = 0.5
    own: Mapping[str, Sequence[Floats]] = field(default_factory=dict, repr=False)
    test: Mapping[str, Sequence[Floats]] = field(default_factory=dict, repr=False)
    seed: int = 1
    head: HeadSettings = field(default_factory=HeadSettings)


def train_phrases(
    name: str,
    phrases: Sequence[Phrase],
    language: Language,
    settings: WordSettings,
    data: Path,
    run: Path,
    bundle: Path,
    say: Callable[[str], None],
) -> Card:
    """Train a detector of some phrases; returns its card.

    Parameters
    ----------
    data : Path
        Folder of data sets.
    run : Path
        Folder of what an interrupted run goes on with.
    bundle : Path
        Folder of the model.
    say : callable
        Gets lines about what is done.

    Raises
    ------
    WhipbirdError
        If a program or a package is missing.
    OSError
        If something cannot be written.
    """
    check_target(bundle)
    run.mkdir(parents=True, exist_ok=True)
    with timed(run / SPENT) as seconds:
        front = front_files()
        threads = min(os.cpu_count() or 1, MOST_THREADS)
        frontends = [SpeechEmbedding(SpeechNetworks(front[MEL], front[EMBEDDING], run)) for _ in range(threads)]
        speaking_s = SPEAKING * 60 * settings.minutes
        voices = gather(phrases, language, settings.own, speaking_s, data, run, settings.seed, say)
        background = read_background(data, list(voices.phrases), voices.sentences, settings.seed)
        made = PhraseScenes.of(background, voices.phrases, voices.near, RATE_HZ)
        clips = {text: sum(len(own) for _, own in kinds) for text, kinds in voices.phrases.items()}
        say("scenes with " + " and ".join(f"{count} clips of {text!r}" for text, count in clips.items()))
        labels = (*LABELS, *voices.phrases)
        scenes = _scenes(made, frontends, labels, settings, run)
        lengths = [len(clip) / RATE_HZ for kinds in voices.phrases.values() for _, own in kinds for clip in own]
        length = phrase_length(np.array(lengths))
        windows = Windows(scenes, length)
        say(f"a network learns from {len(windows):,} windows")
        head = trained_head(windows, length, len(labels), len(LABELS), settings.head, settings.seed)
        training = [*voices.training, *background.training]
        card = phrases_card(name, phrases, language, length, float(np.median(lengths)), training)
        if settings.own:
            card = card.model_copy(update={"licence": f"{card.licence}; that of your recordings holds as well"})
        say("thresholds are chosen")
        with new_bundle(bundle) as folder:
            card = write_phrases(folder, card, head, front, {"clips": clips, MATCHING: asdict(PHRASES)})
            model = Model(str(folder))
            card = judged(card, model, voices.test, voices.unseen, data, settings.target_per_hour)
            results: dict[str, Any] = {"minutes": round(seconds() / 60, 1)}
            if settings.test:
                results["people"] = _among_people(card, model, settings.test)
            card = card.model_copy(update={"results": card.results | results})
            write_texts(folder, card, phrases_page)
    return card


def _scenes(
    scenes: PhraseScenes, frontends: Sequence[FrontEnd], labels: Sequence[str], settings: WordSettings, run: Path
) -> list[SceneFeatures]:
    """All scenes as features, kept in the run's folder under what they depend on."""
    clips = [len(own) for kinds in (*scenes.phrases.values(), *scenes.near.values()) for _, own in kinds]
    sizes = [len(scenes.noises), len(scenes.speech)]
    key = hashlib.sha256(repr((labels, clips, sizes, settings.minutes, settings.seed)).encode()).hexdigest()[:12]
    folder = run / f"scenes-{key}"
    count = max(1, round(SCENES_A_MINUTE * settings.minutes))

    def kept(kind: str, number: int, make: Callable[[int], Iterator[Scene]]) -> list[SceneFeatures]:
        own = 1000 * settings.seed + number
        return kept_scenes(folder / f"{kind}-{number}.npz", lambda: make(own), frontends, labels, RATE_HZ, kind)

    found = kept("phrases", 0, lambda seed: scenes.of_phrases(count, seed))
    for number in range(max(1, round(settings.minutes / PASSES_MINUTES))):
        found += kept("speech", number, scenes.of_speech) + kept("noise", number, scenes.of_noise)
    return found


def _among_people(card: Card, model: Model, test: Mapping[str, Sequence[Floats]]) -> dict[str, Any]:
    """Which share of some recordings the balanced operating point detects."""
    noises = make_noises(20, 10 * RATE_HZ, RATE_HZ, np.random.default_rng(12))
    found = {}
    for name, snr_db in TEST_SNR_DB.items():
        counted = outcomes([phrase_stream(test, noises, snr_db, model)], card, card.at(BALANCED).debounce, PHRASES)
        hits, sounds = int(counted.hits.sum()), int(counted.annotations.sum())
        found[name] = {"sounds": sounds, "recall": share(hits, sounds).as_list()}
    return found
