"""Train a detector of phrases from their text: voices say them, scenes are made of that, a head learns, is judged.

A run has a folder. In it are the scenes as features and how long voices have spoken, so that an interrupted run goes on
with what is missing; what voices said is in the user's cache.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.card import BALANCED, Card, TrainingData
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.frontends.speech_embedding import EMBEDDING, MEL, SpeechEmbedding, SpeechNetworks
from whipbird.models.model import Model
from whipbird.system.whole_file import whole_file
from whipbird_train.datasets import folders
from whipbird_train.datasets.clips import recordings_of
from whipbird_train.evaluate.curves import outcomes
from whipbird_train.evaluate.intervals import share
from whipbird_train.examples.synthetic_noise import make_noises
from whipbird_train.export.bundle_folder import LICENCE, PAGE, check_target, new_bundle, write_card
from whipbird_train.phrases.background import read_background
from whipbird_train.phrases.bundles import LABELS, front_files, phrases_card, write_phrases
from whipbird_train.phrases.head import HeadSettings, phrase_length, trained_head
from whipbird_train.phrases.judge import PHRASES, judged, phrase_stream
from whipbird_train.phrases.page import phrases_page
from whipbird_train.phrases.phrase import Language, Phrase
from whipbird_train.phrases.scenes import PhraseScenes
from whipbird_train.phrases.voices import (
    Spoken,
    has_kokoro,
    plan_of,
    quick_voices,
    running,
    speak_for,
    spoken_by_kokoro,
    vocabulary_of,
)
from whipbird_train.phrases.windows import Windows
from whipbird_train.reports.licence_text import licence_text
from whipbird_train.streams.scene_features import SceneFeatures, kept_scenes
from whipbird_train.streams.scenes import Scene
from whipbird_train.synthesis import espeak

__all__ = ["WordSettings", "train_phrases"]

log = logging.getLogger(__name__)

RATE_HZ = 16_000
SPEAKING = 0.5  # share of the time in which Kokoro speaks
SCENES_A_MINUTE = 5  # of phrases
PASSES_MINUTES = 40  # of time for each pass over all other speech
KOKORO, QUICK, OWN = 0.65, 0.35, 0.25  # shares of the clips, those of people in addition
TEST_CLIPS = 30  # by espeak-ng, where Kokoro has said nothing to test by
KOKORO_WORDS = recordings_of("synthetic speech", "Kokoro, mixtures of its voices", "Apache-2.0")
SPOKEN = "spoken.json"
TEST_SNR_DB = {"in quiet": None, "at 10 dB": 10.0}
MATCHING = "matching"


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
    started = time.monotonic()
    check_target(bundle)
    run.mkdir(parents=True, exist_ok=True)
    front = front_files()
    frontend = SpeechEmbedding(SpeechNetworks(front[MEL], front[EMBEDDING], run, steps=True))
    vocabularies = {phrase.text: vocabulary_of(phrase, language) for phrase in phrases}
    kokoro = _spoken(phrases, language, vocabularies, settings, data, run, say)
    say("voices of espeak-ng and flite")
    quick = {
        phrase.text: quick_voices(phrase, language, vocabularies[phrase.text], settings.seed) for phrase in phrases
    }
    sentences = [clip for said in kokoro.values() for clip in said.get("sentences", ())]
    others = running(language, settings.seed)
    background = read_background(data, list(quick), [*others[::2], *sentences[::2]], settings.seed)
    scenes = PhraseScenes.of(
        background,
        {
            text: _kinds(kokoro[text].get("phrase", []), own.phrase, settings.own.get(text, []))
            for text, own in quick.items()
        },
        {text: _kinds(kokoro[text].get("near", []), own.near, []) for text, own in quick.items()},
        RATE_HZ,
    )
    clips = {text: sum(len(own) for _, own in kinds) for text, kinds in scenes.phrases.items()}
    say("scenes of " + ", ".join(f"{count} clips of {text!r}" for text, count in clips.items()))
    labels = (*LABELS, *quick)
    made = _scenes(scenes, frontend, labels, settings, run)
    lengths = [len(clip) / RATE_HZ for kinds in scenes.phrases.values() for _, own in kinds for clip in own]
    length = phrase_length(np.array(lengths))
    windows = Windows(made, length)
    head = trained_head(windows, length, len(labels), len(LABELS), settings.head, settings.seed)
    training = [*_voices_data(kokoro, quick, others), *background.training]
    if settings.own:
        training.append(folders.training_data(sum(map(len, settings.own.values()))))
    card = phrases_card(name, phrases, language, length, float(np.median(lengths)), training)
    say("thresholds")
    with new_bundle(bundle) as folder:
        card = write_phrases(folder, card, head, front, {"clips": clips, MATCHING: _matching()})
        model = Model(str(folder))
        said = {
            text: kokoro[text].get("test") or quick_test(phrase, language)
            for text, phrase in zip(quick, phrases, strict=True)
        }
        card = judged(card, model, said, [*others[1::2], *sentences[1::2]], data, settings.target_per_hour)
        results: dict[str, Any] = {"minutes": round((time.monotonic() - started) / 60, 1)}
        if settings.test:
            results["people"] = _among_people(card, model, settings.test)
        card = card.model_copy(update={"results": card.results | results})
        write_card(folder, card)
        (folder / PAGE).write_text(phrases_page(card), encoding="utf-8")
        (folder / LICENCE).write_text(licence_text(card), encoding="utf-8")
    return card


def quick_test(phrase: Phrase, language: Language) -> list[Floats]:
    """Clips to choose thresholds by where Kokoro is not: other speeds and pitches of the voices of espeak-ng."""
    rng = np.random.default_rng(11)
    return [espeak.speak(phrase.spoken, RATE_HZ, rng, language.accents) for _ in range(TEST_CLIPS)]


def _matching() -> dict[str, Any]:
    return {"tolerance_s": PHRASES.tolerance_s, "at": PHRASES.at}


def _spoken(
    phrases: Sequence[Phrase],
    language: Language,
    vocabularies: Mapping[str, Sequence[str]],
    settings: WordSettings,
    data: Path,
    run: Path,
    say: Callable[[str], None],
) -> dict[str, dict[str, list[Floats]]]:
    """What Kokoro says, for as long as is left of its time."""
    if not has_kokoro(data):
        log.warning(
            "Kokoro's voices are not here: without them, people are missed more often; install the extra 'voices', and "
            "put kokoro-voices/voices.npz into the folder of data sets"
        )
        return {phrase.text: {} for phrase in phrases}
    plans = {phrase.text: plan_of(phrase, language, vocabularies[phrase.text], data) for phrase in phrases}
    file = run / SPOKEN
    before_s = float(json.loads(file.read_text())) if file.is_file() else 0.0
    left_s = SPEAKING * 60 * settings.minutes - before_s
    if left_s > 0:
        say(f"Kokoro speaks for {left_s / 60:.0f} minutes")
        started = time.monotonic()
        try:
            speak_for(list(plans.values()), data, left_s)
        finally:
            with whole_file(file) as opened:
                opened.write(json.dumps(before_s + time.monotonic() - started).encode())
    return {text: spoken_by_kokoro(plan) for text, plan in plans.items()}


def _kinds(
    kokoro: Sequence[Floats], quick: Sequence[Floats], own: Sequence[Floats]
) -> Sequence[tuple[float, Sequence[Floats]]]:
    return ((KOKORO, kokoro), (QUICK, quick), (OWN, own))


def _scenes(
    scenes: PhraseScenes, frontend: FrontEnd, labels: Sequence[str], settings: WordSettings, run: Path
) -> list[SceneFeatures]:
    """All scenes as features, kept in the run's folder under what they depend on."""
    clips = [len(own) for kinds in (*scenes.phrases.values(), *scenes.near.values()) for _, own in kinds]
    sizes = [len(scenes.noises), len(scenes.speech)]
    key = hashlib.sha256(repr((labels, clips, sizes, settings.minutes, settings.seed)).encode()).hexdigest()[:12]
    folder = run / f"scenes-{key}"
    count = max(1, round(SCENES_A_MINUTE * settings.minutes))

    def kept(kind: str, number: int, make: Callable[[int], Iterator[Scene]]) -> list[SceneFeatures]:
        own = 1000 * settings.seed + number
        return kept_scenes(folder / f"{kind}-{number}.npz", lambda: make(own), frontend, labels, RATE_HZ, kind)

    found = kept("phrases", 0, lambda seed: scenes.of_phrases(count, seed))
    for number in range(max(1, round(settings.minutes / PASSES_MINUTES))):
        found += kept("speech", number, scenes.of_speech) + kept("noise", number, scenes.of_noise)
    return found


def _voices_data(
    kokoro: Mapping[str, Mapping[str, Sequence[Floats]]], quick: Mapping[str, Spoken], others: Sequence[Floats]
) -> list[TrainingData]:
    by_kokoro = sum(len(clips) for said in kokoro.values() for clips in said.values())
    by_espeak = sum(len(own.phrase) + len(own.near) for own in quick.values()) + len(others)
    return [KOKORO_WORDS(by_kokoro)] * (by_kokoro > 0) + [espeak.training_data(by_espeak)]


def _among_people(card: Card, model: Model, test: Mapping[str, Sequence[Floats]]) -> dict[str, Any]:
    """Which share of some recordings the balanced operating point detects."""
    noises = make_noises(20, 10 * RATE_HZ, RATE_HZ, np.random.default_rng(12))
    found = {}
    for name, snr_db in TEST_SNR_DB.items():
        counted = outcomes([phrase_stream(test, noises, snr_db, model)], card, card.at(BALANCED).debounce, PHRASES)
        hits, sounds = int(counted.hits.sum()), int(counted.annotations.sum())
        found[name] = {"sounds": sounds, "recall": share(hits, sounds).as_list()}
    return found
