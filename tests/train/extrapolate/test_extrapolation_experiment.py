"""Every take is completed by methods that never heard it."""

import numpy as np
import pytest
from made_takes import CUT, hums, sines, takes_of

from train.extrapolate.experiment import complete_all
from train.extrapolate.methods import METHODS

MAKERS = {name: kind.make for name, kind in METHODS.items()}


def test_all_methods_complete_all_takes():
    outcomes = complete_all(takes_of(sines(7)))
    assert list(outcomes) == list(METHODS)
    for outcome in outcomes.values():
        assert outcome.completed.shape == (7, CUT.missing)
        assert len(outcome.chosen) == 7
        assert np.isfinite(outcome.completed).all()


def test_sines_are_completed_over_all_takes():
    outcomes = complete_all(takes_of(sines(10)), {name: MAKERS[name] for name in ("silence", "linear")})
    assert outcomes["linear"].intervals["r_squared"].value > 0.999
    assert outcomes["linear"].intervals["snr_db"].low > 40
    assert outcomes["linear"].intervals["log_spectral_distance_db"].high < 1
    assert outcomes["silence"].intervals["snr_db"].as_list() == [0, 0, 0]


def test_what_is_missing_of_a_take_does_not_help_to_complete_it():
    waves = hums(8)
    before = complete_all(takes_of(waves))
    other = waves[3].copy()
    other[CUT.provided :] = np.random.default_rng(9).normal(0, 0.3, CUT.missing)
    after = complete_all(takes_of([*waves[:3], other, *waves[4:]]))
    for name in METHODS:
        assert (before[name].completed[3] == after[name].completed[3]).all()
        assert before[name].chosen[3] == after[name].chosen[3]


@pytest.mark.parametrize("count", [61, 70])
def test_many_takes_are_held_out_in_parts(count):
    """Each once, and never among those that are learned from."""

    class Memory:
        chosen = None

        def fit(self, takes, cut):
            self.known = {take[0] for take in takes}
            assert len(takes) >= count - count // 20 - 1
            return self

        def predict(self, given):
            assert given[0] not in self.known
            return np.full(CUT.missing, given[0])

    waves = [np.full(CUT.length, number + 1.0) for number in range(count)]
    outcome = complete_all(takes_of(waves), {"memory": Memory})["memory"]
    assert outcome.completed[:, 0].tolist() == [number + 1 for number in range(count)]
