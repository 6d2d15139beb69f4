"""Cached epochs of training examples: each differs, each is made once."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whipbird.models.frontends.log_mel import LogMelSettings
from whipbird.models.frontends.raw import RawFrames
from whipbird_train.fitting.epoch_cache import EmbeddedEpochs, EpochCache
from whipbird_train.frontend_matrices import build_frontend

RATE_HZ = 8_000


class Noises:
    """Makes noises and counts how many it has made."""

    makes_features = False

    def __init__(self, count=5, key="noises"):
        self.key = key
        self.count = count
        self.made = 0

    def __len__(self):
        return self.count

    def __call__(self, index, rng):
        self.made += 1
        return rng.normal(0, 0.1, 1000).astype(np.float32), index % 2


def cache_of(folder, maker, seed=1, count=3):
    return EpochCache(folder, count, maker, {"raw": RawFrames()}, seed)


def test_a_cached_epoch_holds_features_and_labels_of_every_example(tmp_path):
    cache = cache_of(tmp_path / "epochs", Noises())
    assert len(cache) == 5
    assert cache.labels(0).tolist() == [0, 1, 0, 1, 0]
    assert cache.features(0, "raw").shape == (5, 1000, 1)
    assert cache.features(0, "raw").dtype == np.float32


def test_a_maker_may_give_features_itself(tmp_path):
    class Features(Noises):
        makes_features = True

        def __call__(self, index, rng):
            return np.full((6, 4), index, np.float32), 0

    cache = cache_of(tmp_path / "epochs", Features())
    assert cache.features(0, "raw").shape == (5, 6, 4)
    assert cache.features(0, "raw")[:, 0, 0].tolist() == [0, 1, 2, 3, 4]


def test_more_examples_than_are_computed_at_once_keep_their_order(tmp_path):
    cache = cache_of(tmp_path / "epochs", Noises(300))
    assert cache.labels(0).tolist() == [0, 1] * 150
    expected = np.random.default_rng((1, 0)).normal(0, 0.1, (300, 1000))
    np.testing.assert_allclose(cache.features(0, "raw")[..., 0], expected, atol=1e-3)


def test_the_same_seed_gives_the_same_epoch(tmp_path):
    one, other = (cache_of(tmp_path / name, Noises()) for name in ("one", "other"))
    np.testing.assert_array_equal(one.features(2, "raw"), other.features(2, "raw"))
    differing = cache_of(tmp_path / "differing", Noises(), seed=2)
    assert not np.array_equal(one.features(2, "raw"), differing.features(2, "raw"))


def test_it_does_not_matter_which_epoch_is_made_first(tmp_path):
    forwards, backwards = (cache_of(tmp_path / name, Noises()) for name in ("forwards", "backwards"))
    first = [forwards.features(number, "raw") for number in (0, 1, 2)]
    last = [backwards.features(number, "raw") for number in (2, 1, 0)]
    np.testing.assert_array_equal(first, last[::-1])


def test_epochs_differ(tmp_path):
    cache = cache_of(tmp_path / "epochs", Noises())
    assert not np.array_equal(cache.features(0, "raw"), cache.features(1, "raw"))


def test_a_cached_epoch_is_made_once(tmp_path):
    maker = Noises()
    cache = cache_of(tmp_path / "epochs", maker)
    for _ in range(3):
        cache.features(0, "raw")
        cache.labels(0)
    cache_of(tmp_path / "epochs", maker).features(0, "raw")
    assert maker.made == 5


def test_what_goes_wrong_leaves_no_epoch(tmp_path):
    class Broken(Noises):
        def __call__(self, index, rng):
            raise RuntimeError("no sound")

    cache = cache_of(tmp_path / "epochs", Broken())
    with pytest.raises(RuntimeError, match="no sound"):
        cache.labels(0)
    assert [path.name for path in cache.folder.iterdir()] == ["key"]


@pytest.mark.parametrize("change", [{"maker": Noises(key="others")}, {"seed": 2}])
def test_epochs_of_something_else_are_discarded(tmp_path, change):
    cache_of(tmp_path / "epochs", Noises()).labels(2)
    cache_of(tmp_path / "epochs", **({"maker": Noises()} | change))
    assert [path.name for path in (tmp_path / "epochs").iterdir()] == ["key"]


def mel_cache(folder, **differing):
    said = {"frame": 200, "step": 80, "fft": 256, "bands": 8, "low_hz": 20, "high_hz": 4000}
    settings = LogMelSettings(**(said | differing))
    return EpochCache(folder, 1, Noises(), {"mel": build_frontend(settings, RATE_HZ)}, 1)


def test_epochs_of_other_shapes_are_discarded(tmp_path):
    mel_cache(tmp_path / "epochs").labels(0)
    assert mel_cache(tmp_path / "epochs", bands=10).features(0, "mel").shape[-1] == 10


@pytest.mark.parametrize("change", [{"high_hz": 2000}, {"frame": 256}, {"floor": 0.1}])
def test_epochs_of_other_features_are_discarded(tmp_path, change):
    mel_cache(tmp_path / "epochs").labels(0)
    found = mel_cache(tmp_path / "epochs", **change).features(0, "mel")
    np.testing.assert_array_equal(found, mel_cache(tmp_path / "anew", **change).features(0, "mel"))


def test_an_interrupted_epoch_is_made_again(tmp_path):
    cache = cache_of(tmp_path / "epochs", Noises())
    whole = cache.features(0, "raw")
    (tmp_path / "epochs" / "000.labels.npy").unlink()
    (tmp_path / "epochs" / "000.raw.npy").write_bytes(b"broken off")
    maker = Noises()
    again = cache_of(tmp_path / "epochs", maker)
    assert again.labels(0).tolist() == [0, 1, 0, 1, 0]
    assert maker.made == 5
    np.testing.assert_array_equal(again.features(0, "raw"), whole)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(level_dbfs=st.floats(-90, 0), seed=st.integers(0, 99))
def test_decibels_are_kept_to_a_thirtieth(tmp_path_factory, frontend, level_dbfs, seed):
    class Level(Noises):
        def __call__(self, index, rng):
            return (10 ** (level_dbfs / 20) * rng.standard_normal(1000)).astype(np.float32), 0

    cache = EpochCache(tmp_path_factory.mktemp("epochs"), 1, Level(1), {"mel": frontend}, seed)
    exact = frontend.whole(Level()(0, np.random.default_rng((seed, 0)))[0])
    np.testing.assert_allclose(cache.features(0, "mel")[0], exact, atol=1 / 30)


class Halved:
    """Replaces a network; counts its calls."""

    asked = 0

    def predict(self, features, batch_size, verbose):
        self.asked += 1
        return features[:, ::2] * 2


def test_embedded_epochs_hold_what_a_network_makes_of_others(tmp_path):
    cache = cache_of(tmp_path / "epochs", Noises())
    body = Halved()
    embedded = EmbeddedEpochs(cache, body)
    for _ in range(2):
        np.testing.assert_array_equal(embedded.features(1, "raw"), cache.features(1, "raw")[:, ::2] * 2)
    assert body.asked == 1
    assert len(embedded) == 5
    assert embedded.count == 3
    assert embedded.labels(1).tolist() == [0, 1, 0, 1, 0]


def test_embedded_epochs_may_hold_more_that_is_always_the_same(tmp_path):
    known = np.ones((2, 500, 1), np.float32), np.array([7, 8])
    embedded = EmbeddedEpochs(cache_of(tmp_path / "epochs", Noises()), Halved(), known)
    assert len(embedded) == 7
    for number in range(2):
        features = embedded.features(number, "raw")
        assert features.shape == (7, 500, 1)
        assert (features[5:] == 1).all()
        assert embedded.labels(number).tolist() == [0, 1, 0, 1, 0, 7, 8]
