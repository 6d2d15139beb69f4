"""Folds of whole recordings."""

from made_calls import made_clips
from whipbird_train.calls.clips import read_folder
from whipbird_train.calls.folds import divided
from whipbird_train.calls.sounds import read_clips


def test_each_recording_is_in_one_fold(tmp_path):
    sounds = read_clips(read_folder(made_clips(tmp_path / "clips", recordings=3)), 16_000)
    folds = divided(sounds, 5)
    assert len(folds) == 3
    assert sorted(source for fold in folds for source in fold) == sorted({one.source for one in sounds.calls})
    own, rest = sounds.of(folds[0]), sounds.without(folds[0])
    assert (len(own.calls), len(rest.calls), len(own.background), len(rest.background)) == (2, 4, 1, 2)
