"""Formats that are refused."""

import pytest

from whipbird.audio.limits import check_format
from whipbird.errors import SourceError


@pytest.mark.parametrize(("rate_hz", "channels"), [(1, 1), (999, 1), (1_000_001, 1), (8_000, 0), (8_000, 257)])
def test_formats_that_no_model_could_use_are_refused(rate_hz, channels):
    with pytest.raises(SourceError, match="out of range"):
        check_format("recording", rate_hz, channels)


@pytest.mark.parametrize(("rate_hz", "channels"), [(1_000, 1), (384_000, 8)])
def test_others_are_not(rate_hz, channels):
    check_format("recording", rate_hz, channels)
