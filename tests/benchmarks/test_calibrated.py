"""What `benchmarks.calibrated` reports of made scores."""

from benchmarks.calibrated import rows_of
from made_scores import make_card, recorded, truth


def test_words_and_false_alarms_before_and_after_calibration():
    """Three of four words and no false alarm at the own threshold of 0.6; the fourth scores 0.55."""
    bumps = [(2, 0.9, "yes"), (4, 0.9, "yes"), (6, 0.9, "yes"), (8, 0.55, "yes")]
    said = (recorded(*bumps, seconds=10.0), truth(*((start, "yes") for start, _, _ in bumps)))
    quiet = (recorded(seconds=3600.0), [])
    rows = rows_of(make_card(), [said, quiet], [said, quiet], 1.0)
    assert rows[0] == ("own threshold", 3, 0)
    assert rows[1][0] == "calibrated for 1 per hour"
    assert rows[2:] == [
        ("own times, no more false alarms", 4, 0),
        ("calibrated times, no more false alarms", 4, 0),
    ]


def test_false_alarms_of_the_background_limit_the_threshold():
    said = (recorded((2, 0.9, "yes"), (4, 0.5, "yes"), seconds=10.0), truth((2, "yes"), (4, "yes")))
    loud = (recorded((2, 0.7, "yes"), (5, 0.55, "yes"), seconds=3600.0), [])
    rows = rows_of(make_card(), [said, loud], [said, loud], 5.0)
    assert rows[0] == ("own threshold", 1, 1)
    assert rows[2] == ("own times, no more false alarms", 1, 1)  # 0.5 would detect both, with two false alarms
