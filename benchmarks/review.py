"""Review: what the verdicts of an imperfect listener are worth on output that is rich in false alarms.

* The output: clips of city sounds (UrbanSound8K) that BirdNET, at a low threshold, takes for a dog. Clips of dogs that
  bark are right, all others are false alarms. One fold is reviewed, the other is the test: no recording is in both.
* The listener judges ``--verdicts`` events, drawn as ``whipbird review`` draws them, and is wrong in 5 % of them.
* Estimates: the precision of all reviewed events with its interval, against the true one; and how often the interval
  holds it, in 200 reviews with other listeners.
* A threshold: the lowest above which nine of ten are right, by the verdicts, and what that is in the test.
* A correction of BirdNET's score, which the verdicts teach, as in ``whipbird train site``. Events of the test are
  ranked by the corrected score, and by BirdNET's; precision is compared at equal recall.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks.common import Measure, Unavailable, data_folder, finish, run
from whipbird.activity.recorded_events import RecordedEvents
from whipbird.api.run import run_events
from whipbird.api.sound import open_sound
from whipbird.arrays import Doubles, Floats
from whipbird.engine.detector import ScoredHop
from whipbird.errors import BundleError
from whipbird.events.detection import Detection
from whipbird.events.verdict import Answer
from whipbird.models.bundle import locate, read_card
from whipbird.models.model import Model
from whipbird.models.settings import ModelSettings
from whipbird.review.precision import judged_labels
from whipbird.review.sampling import Candidate, in_order
from whipbird.review.session import verdict_of
from whipbird_train.datasets.clips import load_clip
from whipbird_train.site.correction import Correction, fitted, own_layers

MODEL, LABEL = "birdnet", "Dog"
DOG = "-3-"  # in the names of clips
THRESHOLD = 0.002  # of an event: low, so that many are false
CLIPS = 100  # of dogs, of each fold
OTHERS = 7  # other clips for each
WRONG = 0.05  # share of the listener's answers
RECALLS = (0.5, 0.7, 0.8, 0.9)
REVIEWS = 200
RIGHT = 0.9
WINDOW_S = 3.0
WHEN = datetime(2024, 6, 1, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class Events:
    """Events of a fold.

    Attributes
    ----------
    candidates : list of Candidate
    right : array of bool
        Whether each is what its label says.
    vectors : array, shape (events, size)
        Embeddings of their windows.
    scores : array
    """

    candidates: list[Candidate]
    right: np.ndarray
    vectors: Floats
    scores: Doubles


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.review", description=__doc__)
    parser.add_argument("--verdicts", type=int, default=150, help="number of judged events")
    parser.add_argument("--clips", type=int, default=CLIPS, help="clips of dogs of each fold")
    arguments = parser.parse_args()
    try:
        locate(MODEL)
    except BundleError as error:
        raise Unavailable("BirdNET is not installed: whipbird models add birdnet") from error
    data = data_folder("urbansound8k")
    reviewed, test = (events_of(data / fold, arguments.clips) for fold in ("fold1", "fold2"))
    measures, table = measured(reviewed, test, arguments.verdicts)
    finish("review", "verdicts of a listener who is wrong in 5 %", measures, table)


def events_of(folder: Path, dogs: int) -> Events:
    """The events among some clips of a fold."""
    rng = np.random.default_rng(1)
    paths = sorted(folder.iterdir())
    barks = [path for path in paths if DOG in path.name]
    others = [path for path in paths if DOG not in path.name]
    chosen = [barks[number] for number in rng.permutation(len(barks))[:dogs]]
    chosen += [others[number] for number in rng.permutation(len(others))[: OTHERS * len(chosen)]]
    model = Model(MODEL, settings=ModelSettings(embeds=True))
    column, rate_hz = model.card.labels.index(LABEL), model.card.sample_rate_hz
    found, right, vectors = [], [], []
    for path in chosen:
        sound = load_clip(path, rate_hz)[: round(WINDOW_S * rate_hz)]
        score, vector = _scored(model, sound, rate_hz)
        if score[column] >= THRESHOLD:
            found.append(_candidate(path, float(score[column])))
            right.append(DOG in path.name)
            vectors.append(vector)
    return Events(found, np.array(right), np.stack(vectors), np.array([one.event.score for one in found]))


def measured(reviewed: Events, test: Events, count: int) -> tuple[list[Measure], Table]:
    """The measures, and a table of precision at equal recall."""
    judged = judge(reviewed, count, 1)
    (label,) = judged_labels(judged).values()
    estimate, threshold = label.lowest(), label.for_precision(RIGHT)
    assert estimate.low is not None
    assert estimate.high is not None
    truth = float(reviewed.right.mean())
    measures = [
        Measure("events reviewed of", len(reviewed.candidates)),
        Measure("true precision", truth),
        Measure("estimated precision", estimate.precision),
        Measure("interval, low", estimate.low),
        Measure("interval, high", estimate.high),
        Measure("reviews whose interval holds the truth", _held(reviewed, count, truth)),
        Measure("without mistakes of the listener", _held(reviewed, count, truth, 0.0)),
    ]
    if threshold is not None:
        above = test.scores >= threshold.threshold
        measures += [
            Measure("threshold for nine of ten", threshold.threshold),
            Measure("estimated precision above it", threshold.precision),
            Measure("precision above it in the test", float(test.right[above].mean()) if above.any() else None),
        ]
    correction = learned(reviewed, judged)
    table = Table(
        "recall", "precision by score", "by the corrected one", title=f"{len(test.candidates)} events of the test"
    )
    ranks = test.scores, correction.logits(test.vectors)
    for recall in RECALLS:
        before, after = (precision_at(values, test.right, recall) for values in ranks)
        table.add_row(f"{recall:.0%}", f"{before:.1%}", f"{after:.1%}")
        measures += [
            Measure(f"precision at a recall of {recall:.0%}, before", before),
            Measure(f"precision at a recall of {recall:.0%}, after", after),
        ]
    return measures, table


def judge(events: Events, count: int, seed: int, wrong: float = WRONG) -> list[Candidate]:
    """The events, of which the first that are drawn have the verdict of an imperfect listener."""
    rng = np.random.default_rng(seed)
    truth = {one.recording.source: right for one, right in zip(events.candidates, events.right, strict=True)}
    renamed = [_renamed(one, seed) for one in events.candidates]  # another listener draws others
    drawn = {}
    for one in list(in_order(renamed))[:count]:
        right = truth[one.recording.source.partition("#")[0]] != (rng.random() < wrong)
        answer = Answer.YES if right else Answer.NO
        drawn[one.recording.source] = verdict_of(one, answer, "listener", WHEN, drawn=True)
    return [replace(one, event=replace(one.event, verdict=drawn.get(one.recording.source))) for one in renamed]


def learned(events: Events, judged: list[Candidate]) -> Correction:
    """The correction that judged events teach."""
    numbers = [number for number, one in enumerate(judged) if one.counts]
    answers = np.array([bool(judged[number].right) for number in numbers])
    return fitted(events.vectors[numbers], answers, own_layers(read_card(locate(MODEL)))(LABEL))


def precision_at(values: Doubles, right: np.ndarray, recall: float) -> float:
    """Precision of the highest values that hold this share of the right events."""
    order = np.argsort(-values, kind="stable")
    hits = np.cumsum(right[order])
    last = int(np.searchsorted(hits, np.ceil(recall * right.sum())))
    return float(hits[last] / (last + 1))


def _held(events: Events, count: int, truth: float, wrong: float = WRONG) -> float:
    """Share of reviews whose interval holds the truth."""
    held = 0
    for seed in range(REVIEWS):
        (label,) = judged_labels(judge(events, count, seed, wrong)).values()
        estimate = label.lowest()
        held += estimate.low is not None and estimate.high is not None and estimate.low <= truth <= estimate.high
    return held / REVIEWS


def _scored(model: Model, sound: Floats, rate_hz: int) -> tuple[Floats, Floats]:
    """Scores and embedding of one window."""
    hops: list[ScoredHop] = []
    for _ in run_events(open_sound(sound, rate_hz), [model], None, taps=[hops.append]):
        pass
    assert hops[0].embedding is not None
    return hops[0].scores, hops[0].embedding


def _candidate(path: Path, score: float) -> Candidate:
    event = Detection(LABEL, 0.0, WINDOW_S / 2, WINDOW_S, WINDOW_S, score, path.name, MODEL, 0, None)
    recording = RecordedEvents(path.name, path.name, None, None, "none", 16_000, 1, None, WINDOW_S, 0.0, 0.0, (event,))
    return Candidate(recording, event)


def _renamed(one: Candidate, seed: int) -> Candidate:
    """The same event under a name that gives it another random number."""
    name = f"{one.recording.source}#{seed}"
    event = replace(one.event, source=name)
    return Candidate(replace(one.recording, source=name, detections=(event,)), event)


if __name__ == "__main__":
    run(main)
