"""Notices before a source runs."""

from types import SimpleNamespace

import pytest

from whipbird.engine.run import low_rate_notices


@pytest.mark.parametrize(("rate_hz", "notices"), [(8_000, 1), (14_000, 1), (14_700, 0), (16_000, 0), (48_000, 0)])
def test_only_a_rate_far_below_that_of_a_model_is_reported(commands, rate_hz, notices):
    """14.7 kHz is to 16 kHz as 44.1 kHz is to 48 kHz."""
    source = SimpleNamespace(name="microphone", rate_hz=rate_hz)
    found = low_rate_notices(source, [commands])
    assert [notice.text.split(";")[0] for notice in found] == [
        f"microphone: a rate of {rate_hz} Hz contains nothing above {rate_hz // 2} Hz"
    ] * notices
