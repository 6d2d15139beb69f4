"""Voices of Kokoro: read in both shapes in which they are published, and divided by their names."""

import numpy as np
import pytest

from whipbird.errors import DataError
from whipbird_train.datasets.kokoro_voices import read_voices, split_voices

STYLES = np.random.default_rng(0).standard_normal((3, 256)).astype(np.float16)


@pytest.mark.parametrize("shape", [(3, 256), (3, 1, 256)])
def test_voices_are_read_as_float32(tmp_path, shape):
    np.savez(tmp_path / "voices.npz", low=STYLES.reshape(shape), high=2 * STYLES.reshape(shape))
    voices = read_voices(tmp_path / "voices.npz")
    assert list(voices) == ["low", "high"]
    assert all(style.dtype == np.float32 for style in voices.values())
    np.testing.assert_array_equal(voices["low"], STYLES.astype(np.float32))


@pytest.mark.parametrize("content", [b"", b"no voices", b"PK\x03\x04 broken"])
def test_another_file_is_reported(tmp_path, content):
    (tmp_path / "voices.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"voices\.npz: not Kokoro's voices"):
        read_voices(tmp_path / "voices.npz")


def test_a_single_array_is_no_archive_of_voices(tmp_path):
    with (tmp_path / "voices.npz").open("wb") as file:
        np.save(file, STYLES)
    with pytest.raises(DataError, match="not Kokoro's voices"):
        read_voices(tmp_path / "voices.npz")


def test_no_voice_is_in_both_splits():
    names = [f"voice {number}" for number in range(60)]
    train, test = split_voices(reversed(names))
    assert sorted(train + test) == sorted(names)
    assert (train, test) == split_voices(names)
    assert len(train) > len(test) > 5
