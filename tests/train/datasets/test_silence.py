"""Silence cut from noises: no part of a noise is in two splits, whatever the noises."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from whipbird_train.datasets.silence import cut_silence, noises_of

COUNTS = {"train": 9, "validation": 4, "test": 3}


@settings(max_examples=25, deadline=None)
@given(durations=st.lists(st.floats(0.1, 30), min_size=1, max_size=14), seed=st.integers(0, 99))
def test_cuts_of_two_splits_never_overlap(durations, seed):
    with TemporaryDirectory() as name:
        noises = [Path(name) / f"{number:02}.wav" for number in range(len(durations))]
        for path, duration_s in zip(noises, durations, strict=True):
            soundfile.write(path, np.zeros(round(duration_s * 1_000)), 1_000)
        cuts = cut_silence(noises, "quiet", COUNTS, seed)
        length_s = {path: soundfile.info(path).duration for path in noises}
    for cut in cuts:
        assert cut.begin_s >= 0
        assert cut.begin_s + cut.duration_s <= length_s[cut.path] + 1e-9
        for other in cuts:
            if other.path == cut.path and other.split != cut.split:
                assert abs(cut.begin_s - other.begin_s) >= 1 - 1e-9
                assert cut.group != other.group
    for split, count in COUNTS.items():
        assert sum(cut.split == split for cut in cuts) in (0, count)


def test_two_noises_of_six_are_kept_aside():
    noises = [Path(name) for name in "abcdefgh"]
    assert noises_of(noises, "validation") == [Path("c")]
    assert noises_of(noises, "test") == [Path("e")]
    assert len(noises_of(noises, "train")) == 6
