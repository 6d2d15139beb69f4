"""Streams of calls, and streams of other sounds."""

import numpy as np
import pytest

from whipbird.models.model import Model
from whipbird_train.datasets.capuchinbird import CAPUCHINBIRD, LABELS
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.soundscapes.call_streams import call_stream, other_sounds

RATE_HZ = 16_000


@pytest.fixture
def sounds(noise):
    """Two calls and three other sounds, of a second each."""
    call = LABELS.index(CAPUCHINBIRD)
    labels = np.array([call, 1 - call, call, 1 - call, 1 - call])
    names = tuple("abcde")
    return Sounds(
        [noise * (1 + number) / 10 for number in range(5)], labels, names, names, ("",) * 5, lambda count: None
    )


@pytest.mark.parametrize("snr_db", [None, 10.0])
def test_every_call_is_in_the_stream_once(sounds, snr_db):
    ((recorded, truth),) = call_stream(sounds, snr_db, Model("capuchinbird"), 1)
    assert [annotation.label for annotation in truth] == [CAPUCHINBIRD] * 2
    assert truth[-1].end_s < recorded.seconds


def test_other_sounds_contain_no_calls(sounds):
    ((recorded, truth),) = other_sounds(sounds, Model("capuchinbird"))
    assert (round(recorded.seconds, 3), truth) == (3, [])
