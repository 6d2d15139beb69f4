"""Capuchinbird calls: groups are never smaller than a recording."""

from collections import Counter, defaultdict
from itertools import pairwise

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from whipbird.errors import DataError
from whipbird_train.datasets import capuchinbird
from whipbird_train.datasets.capuchinbird import LABELS, NEIGHBOURS, read_clips

CALLS = ("XC3776-0.wav", "XC3776-1.wav", "XC227468-0.wav", "XC227471-3.wav", "xc227469-0.wav")
OTHERS = (
    "Crickets-chirping-0.wav",
    "Crickets-chirping-at-night-12.wav",
    "crickets-sound-effect-3.wav",
    "dove-sound-1.wav",
)


@pytest.fixture
def published(tmp_path, noise):
    """The layout of the archive."""
    for place, names in (("Parsed_Capuchinbird_Clips", CALLS), ("Parsed_Not_Capuchinbird_Clips", OTHERS)):
        (tmp_path / place).mkdir()
        for name in names:
            soundfile.write(tmp_path / place / name, noise[:100], 44_100)
    return tmp_path


def test_neighbouring_recordings_are_one_group(published):
    groups = {clip.path.name: clip.group for clip in read_clips(published)}
    assert groups["XC3776-0.wav"] == groups["XC3776-1.wav"] == "XC3776"
    assert groups["XC227468-0.wav"] == groups["XC227471-3.wav"] == groups["xc227469-0.wav"] == "XC227468"


def test_sounds_of_one_first_word_are_one_group(published):
    groups = {clip.path.name: clip.group for clip in read_clips(published) if clip.label == "_background_"}
    assert [groups[name] for name in OTHERS] == ["crickets", "crickets", "crickets", "dove"]


@given(st.sets(st.integers(1, 2_000), min_size=1))
def test_a_run_has_no_wide_step_and_two_runs_no_narrow_one(numbers):
    runs = capuchinbird._runs(numbers)
    ordered = sorted(numbers)
    for one, following in pairwise(ordered):
        assert (runs[one] == runs[following]) == (following - one <= NEIGHBOURS)


def test_nothing_found(tmp_path):
    with pytest.raises(DataError, match=r"Parsed_Capuchinbird_Clips.*kaggle\.com"):
        read_clips(tmp_path)


def test_the_clips(data):
    clips = read_clips(data / "capuchinbird")
    assert Counter(clip.label for clip in clips) == {"capuchinbird": 171, "_background_": 463}
    assert set(LABELS) == {clip.label for clip in clips}
    groups = {label: {clip.group for clip in clips if clip.label == label} for label in LABELS}
    assert {label: len(names) for label, names in groups.items()} == {"capuchinbird": 27, "_background_": 19}
    assert not groups["capuchinbird"] & groups["_background_"]
    of_recording = defaultdict(set)
    for clip in clips:
        of_recording[clip.path.stem.rsplit("-", 1)[0].lower()].add(clip.group)
    assert all(len(names) == 1 for names in of_recording.values())
