"""What `benchmarks.same_scores` counts as a detection."""

import pytest

from benchmarks.same_scores import detections


def test_hops_in_a_row_and_soon_after_are_one_detection():
    hops = [0, 1, 2, 12, 24, 60]  # of 0.08 s; the last comes 2.9 s after the one before it
    assert detections(hops, 0.08) == pytest.approx([0.08, 4.88])
    assert detections([], 0.08) == []
