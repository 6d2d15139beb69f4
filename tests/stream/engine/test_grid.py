"""How much is processed at once."""

import pytest

from whipbird.engine.grid import block_hops, paced_hops


@pytest.mark.parametrize(("hop_s", "hops"), [(0.01, 6), (0.03, 2), (0.04, 1), (0.06, 1), (0.08, 1), (3.0, 1)])
def test_paced_hops_are_those_that_come_at_once(hop_s, hops):
    assert paced_hops(hop_s) == hops


@pytest.mark.parametrize(("hop_s", "hops"), [(0.03, 16), (0.5, 16), (1.5, 1)])
def test_long_hops_gain_nothing_from_blocks(hop_s, hops):
    assert block_hops(hop_s) == hops
