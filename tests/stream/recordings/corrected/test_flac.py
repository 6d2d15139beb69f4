"""FLAC whose header gives a wrong number of samples."""

import numpy as np
import pytest
import soundfile

RATE_HZ = 16_000
TOTAL = slice(18, 26)


@pytest.fixture
def flac(tmp_path, noise):
    """A FLAC, with a number of samples in its header as a function of the right one."""

    def make(total, channels=1, length=15_000, tail=b""):
        path = tmp_path / "a.flac"
        soundfile.write(path, np.stack([noise[:length]] * channels, axis=1), RATE_HZ)
        content = bytearray(path.read_bytes())
        numbers = int.from_bytes(content[TOTAL])
        content[TOTAL] = (numbers >> 36 << 36 | total(length)).to_bytes(8)
        path.write_bytes(content + tail)
        return path

    return make


@pytest.mark.parametrize("total", [lambda n: 5_000, lambda n: n - 1, lambda n: 0, lambda n: 2 * n, lambda n: 2**36 - 1])
@pytest.mark.parametrize("tail", [b"", bytes(400_000), b"TAG" + bytes(125)])
def test_a_wrong_number(flac, whole, total, tail):
    assert len(whole(flac(total, tail=tail))) == 15_000


def test_a_number_that_counts_each_channel(flac, whole):
    assert len(whole(flac(lambda n: 3 * n, channels=3, length=3 * 4096))) == 3 * 4096


def test_a_number_that_is_too_small_before_something_else(flac, read):
    """Where the last frame cannot be found, everything that can be decoded is read."""
    samples, promised, _ = read(flac(lambda n: 5_000, tail=np.random.default_rng(1).bytes(300_000)))
    assert len(samples) == 15_000
    assert promised == 5_000


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_a_flac_that_is_cut_lacks_the_rest(flac, read, share):
    path = flac(lambda n: n)
    path.write_bytes(path.read_bytes()[: round(path.stat().st_size * share)])
    _, promised, is_cut = read(path)
    assert (promised, is_cut) == (15_000, True)
