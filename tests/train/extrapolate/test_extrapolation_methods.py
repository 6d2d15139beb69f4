"""Methods that complete a take."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression

from made_takes import CUT, hums, sines
from whipbird_train.extrapolate.methods import METHODS
from whipbird_train.extrapolate.scores import log_spectral_distance_db, snr_db
from whipbird_train.extrapolate.task import stacked

NAMES = list(METHODS)


def complete(name, waves, cut=CUT):
    """Complete the last take from the others."""
    [made], chosen = METHODS[name].complete(waves[:-1], [waves[-1][: cut.provided]], cut)
    return waves[-1][cut.provided : cut.length], made, chosen


@pytest.mark.parametrize("name", ["linear", "ridge", "components"])
def test_a_family_of_sines_is_completed_nearly_perfectly(name):
    real, made, _ = complete(name, sines())
    assert snr_db(real, made) > 40


def test_shifts_teach_what_a_few_takes_do_not():
    """Two sines with unknown phases: three takes are too few, but shifted takes cover all phases."""
    waves = sines(4)
    assert snr_db(*complete("shifted", waves)[:2]) > 15
    assert snr_db(*complete("linear", waves)[:2]) < 15


@pytest.mark.parametrize("name", ["spectral", "neighbours"])
def test_a_spectrum_is_completed_where_samples_cannot_be_known(name):
    real, made, _ = complete(name, hums())
    assert log_spectral_distance_db(real, made, CUT.rate_hz) < 9
    assert np.sqrt(np.mean(made**2)) < 0.03  # of 0.1 before


def test_neighbours_follow_the_take_that_is_alike(monkeypatch):
    """One take is the same sound, starting five hops later; all others are noise."""
    seconds = np.arange(CUT.length + 320) / CUT.rate_hz
    sweep = 0.3 * np.sin(2 * np.pi * (200 + 2000 * seconds) * seconds)
    others = [np.random.default_rng(seed).normal(0, 0.1, CUT.length) for seed in range(7)]
    monkeypatch.setattr("whipbird_train.extrapolate.spectral.COUNTS", (1,))
    real, made, _ = complete("neighbours", [sweep[320:], *others, sweep[: CUT.length]])
    assert log_spectral_distance_db(real, made, CUT.rate_hz) < 12


def test_the_linear_regression_is_that_of_scikit_learn():
    waves = hums()
    given, wanted = stacked(waves[:-1], CUT)
    theirs = LinearRegression().fit(given, wanted).predict(waves[-1][np.newaxis, : CUT.provided])[0]
    assert np.allclose(complete("linear", waves)[1], theirs, atol=1e-8)


def test_rank_and_alpha_are_those_that_help_the_training_takes():
    assert complete("components", sines(20))[2] >= 4  # six numbers determine such a take
    assert complete("components", hums(20))[2] == 1
    assert complete("ridge", hums(20))[2] > complete("ridge", sines(20))[2]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_louder_is_completed_louder(name):
    waves = hums(8)
    quiet = complete(name, waves)[1]
    assert np.allclose(complete(name, [3 * wave for wave in waves])[1], 3 * quiet, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["alike", "silent before", "silent", "all longer", "clicks"])
def test_odd_takes_are_completed_by_numbers(name, kind):
    waves = hums(7)
    if kind == "alike":
        waves = [waves[0]] * 7
    elif kind == "silent before":
        waves = [np.where(np.arange(CUT.length) < CUT.provided, 0, wave) for wave in waves]
    elif kind == "silent":
        waves = [np.zeros(CUT.length)] * 7
    elif kind == "all longer":
        waves = [np.tile(wave, 3) for wave in waves]
    else:
        waves = [np.eye(1, CUT.length, 100 * number + 900)[0] for number in range(7)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("default", ConvergenceWarning)
        made = complete(name, waves)[1]
    assert made.shape == (CUT.missing,)
    assert np.isfinite(made).all()
    if kind == "silent":
        assert not made.any()
