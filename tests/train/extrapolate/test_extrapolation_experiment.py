"""Every take is completed by methods trained on other takes."""

import numpy as np
import pytest

from made_takes import CUT, hums, sines, takes_of
from whipbird_train.extrapolate.experiment import complete_all
from whipbird_train.extrapolate.methods import METHODS, Kind

WAVES = hums(6)


@pytest.fixture(scope="module")
def outcomes():
    return complete_all(takes_of(WAVES))


def test_all_methods_complete_all_takes(outcomes):
    assert list(outcomes) == list(METHODS)
    for outcome in outcomes.values():
        assert outcome.completed.shape == (6, CUT.missing)
        assert len(outcome.chosen) == 6
        assert np.isfinite(outcome.completed).all()


def test_sines_are_completed_over_all_takes():
    outcomes = complete_all(takes_of(sines(10)), {name: METHODS[name] for name in ("silence", "linear")})
    assert outcomes["linear"].intervals["r_squared"].value > 0.999
    assert outcomes["linear"].intervals["snr_db"].low > 40
    assert outcomes["linear"].intervals["log_spectral_distance_db"].high < 1
    assert outcomes["silence"].intervals["snr_db"].as_list() == [0, 0, 0]


def test_what_is_missing_of_a_take_does_not_help_to_complete_it(outcomes):
    other = WAVES[3].copy()
    other[CUT.provided :] = np.random.default_rng(9).normal(0, 0.3, CUT.missing)
    after = complete_all(takes_of([*WAVES[:3], other, *WAVES[4:]]))
    for name in METHODS:
        assert (outcomes[name].completed[3] == after[name].completed[3]).all()
        assert outcomes[name].chosen[3] == after[name].chosen[3]


@pytest.mark.parametrize("count", [61, 70])
def test_many_takes_are_held_out_in_parts(count):
    """Each take is held out once, and is then not among the training takes."""

    def remember(takes, given, cut):
        assert len(takes) >= count - count // 20 - 1
        assert not {take[0] for take in takes} & {one[0] for one in given}
        return [np.full(cut.missing, one[0]) for one in given], None

    waves = [np.full(CUT.length, number + 1.0) for number in range(count)]
    outcome = complete_all(takes_of(waves), {"memory": Kind("memory", remember)})["memory"]
    assert outcome.completed[:, 0].tolist() == [number + 1 for number in range(count)]
