"""Thousands of labels give what each gives alone."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird.events.debounce import Debouncer
from whipbird.events.settings import DebounceSettings
from whipbird.events.watched_labels import WatchedLabels

LABELS = [f"species {number}" for number in range(6522)]
QUICK = DebounceSettings(smooth_s=0, on=0.25, off=0.15, release_s=3, refractory_s=0)
SLOW = DebounceSettings(smooth_s=2, on=0.3, off=0.2, release_s=1, min_s=1, refractory_s=4)


def events(labels, chosen, scores, against="all"):
    debouncer = Debouncer(WatchedLabels(labels, chosen, against))
    found = []
    for number, own in enumerate(scores):
        found += debouncer.step(1.5 * (number + 1), own)
    return found + debouncer.finish()


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_each_label_has_the_events_that_it_has_alone(seed):
    random = np.random.default_rng(seed)
    scores = np.zeros((20, len(LABELS)), np.float32)
    heard = random.choice(len(LABELS), 12, replace=False)
    scores[:, heard] = random.uniform(0, 0.6, (20, 12)) ** random.uniform(0.5, 3, 12)
    chosen = {label: SLOW if number % 2 else QUICK for number, label in enumerate(LABELS)}
    together = events(LABELS, chosen, scores)
    alone = [
        event
        for number in heard.tolist()
        for event in events([LABELS[number]], {LABELS[number]: chosen[LABELS[number]]}, scores[:, [number]])
    ]
    assert sorted(map(repr, together)) == sorted(map(repr, alone))
    assert together


def test_only_labels_with_settings_are_watched():
    watched = WatchedLabels(["_silence_", "no", "yes"], {"yes": QUICK, "no": SLOW})
    assert watched.labels == ["no", "yes"]
    assert watched.numbers.tolist() == [1, 2]
    assert watched.memory_s == 2
    assert watched.scores(np.array([0.9, 0.1, np.nan])).tolist() == [0.1, 0]
