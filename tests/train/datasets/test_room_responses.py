"""Rooms: those to train with are not those to test with."""

import numpy as np
import pytest
import soundfile

from whipbird_train.datasets.room_responses import room_responses


@pytest.fixture
def folder(tmp_path):
    names = ("surrey-a-000", "web-audio-omni", "audiomentations-0", "audiomentations-2", "seminar-room")
    for number, name in enumerate(names, 1):
        soundfile.write(tmp_path / f"{name}.flac", np.full(100, number / 10), 16_000)
    return tmp_path


def test_no_room_is_in_both_splits(folder):
    train, test = (
        sorted(float(one[0]) for one in room_responses(folder, split, 16_000)) for split in ("train", "test")
    )
    assert train == pytest.approx([0.1, 0.2], abs=1e-3)
    assert test == pytest.approx([0.3, 0.5], abs=1e-3)


def test_without_the_folder_there_is_none(tmp_path):
    assert room_responses(tmp_path / "none", "train", 16_000) == []
