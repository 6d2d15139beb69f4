"""ESC-10: one fold is only to test with."""

import numpy as np
import soundfile

from whipbird_train.datasets.esc10 import esc10_sounds


def test_the_last_fold_is_to_test_with(tmp_path):
    for name, level in (("rain/1-7-A", 0.1), ("rain/5-8-A", 0.2), ("dog/4-9-A", 0.3)):
        path = tmp_path / f"{name}.flac"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, np.full(100, level), 16_000)
    found = {
        split: sorted(round(float(one[0]), 2) for one in esc10_sounds(tmp_path, split, 16_000))
        for split in ("train", "test")
    }
    assert found == {"train": [0.1, 0.3], "test": [0.2]}


def test_of_the_published_folder_only_esc_10_is_read(tmp_path):
    for folder in ("audio", "meta"):
        (tmp_path / folder).mkdir()
    for name, level in (("1-7-A-10.wav", 0.1), ("1-8-A-3.wav", 0.2)):
        soundfile.write(tmp_path / "audio" / name, np.full(100, level), 16_000)
    (tmp_path / "meta" / "esc50.csv").write_text(
        "filename,fold,target,category,esc10,src_file,take\n"
        "1-7-A-10.wav,1,10,rain,True,7,A\n1-8-A-3.wav,1,3,cow,False,8,A\n"
    )
    (found,) = esc10_sounds(tmp_path, "train", 16_000)
    np.testing.assert_allclose(found, 0.1, atol=1e-3)


def test_without_the_folder_there_is_none(tmp_path):
    assert esc10_sounds(tmp_path / "none", "train", 16_000) == []
