from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.recordings.metadata.audiomoth import AudioMothComment, from_comment

NINE = datetime(2021, 7, 19, 21, tzinfo=UTC)
DEVICE = "24E144055DA1DC61"


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        (
            "Recorded at 21:00:00 19/07/2021 by AudioMoth 24E144055DA1DC61 at gain setting 2 while battery state was "
            "< 3.6V",
            AudioMothComment(NINE, DEVICE, gain="2", battery_v=3.6),
        ),
        (
            "Recorded at 21:00:00 19/07/2021 (UTC) by AudioMoth 24E144055DA1DC61 at gain setting 2 while battery state "
            "was less than 3.6V. Recording cancelled before completion due to low battery voltage.",
            AudioMothComment(NINE, DEVICE, gain="2", battery_v=3.6, stopped="low battery voltage"),
        ),
        (
            "Recorded at 21:00:00 19/07/2021 (UTC) by AudioMoth 24E144055DA1DC61 at medium gain setting while battery "
            "state was 4.1V and temperature was -2.5C. Amplitude threshold was 64. Band-pass filter applied with "
            "cut-off frequencies of 1.0kHz and 8.0kHz. Recording cancelled before completion due to change of switch "
            "position.",
            AudioMothComment(
                NINE, DEVICE, "", "medium", 4.1, -2.5, stopped="change of switch position", triggered=True
            ),
        ),
        (
            "Recorded at 21:00:00 19/07/2021 (UTC) by AudioMoth 24E144055DA1DC61 at medium gain while battery was 4.1V "
            "and temperature was 18.5C.",
            AudioMothComment(NINE, DEVICE, "", "medium", 4.1, 18.5),
        ),
        (
            "Recorded at 21:00:00 19/07/2021 (UTC) during deployment 0123456789ABCDEF using external microphone at "
            "medium-high gain while battery was greater than 4.9V and temperature was 18.5C. Recording stopped due to "
            "file size limit.",
            AudioMothComment(NINE, "", "0123456789ABCDEF", "medium-high", 4.9, 18.5, True, "file size limit"),
        ),
        (
            "Recorded at 21:00:00 19/07/2021 (UTC) by AudioMoth 24E144055DA1DC61 at low gain while battery was 3.9V "
            "and temperature was 18.5C. Recording stopped by magnetic switch.",
            AudioMothComment(NINE, DEVICE, "", "low", 3.9, 18.5, stopped="magnetic switch"),
        ),
        (
            "Recorded at 21:00:00 19/07/2021 (UTC) by AudioMoth 24E144055DA1DC61 at low gain while battery was 3.9V "
            "and temperature was 18.5C. Frequency trigger (8.0kHz and window length of 16 samples) threshold was 10% "
            "with 1s minimum trigger duration.",
            AudioMothComment(NINE, DEVICE, "", "low", 3.9, 18.5, triggered=True),
        ),
    ],
    ids=["1.0", "1.2.1", "1.4", "1.5", "1.6", "1.8", "1.9"],
)
def test_all_firmware(comment, said):
    assert from_comment(comment) == said


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [
        ("", 0),
        (" (UTC)", 0),
        (" (UTC+1)", 60),
        (" (UTC-3)", -180),
        (" (UTC+5:30)", 330),
        (" (UTC-9:30)", -570),
        (" (UTC-0:30)", -30),
        (" (UTC+14)", 840),
    ],
)
def test_zones(zone, minutes):
    start = from_comment(f"Recorded at 21:00:00 19/07/2021{zone} by AudioMoth {DEVICE} at low gain").start
    assert start.replace(tzinfo=None) == NINE.replace(tzinfo=None)
    assert start.utcoffset() == timedelta(minutes=minutes)


def test_milliseconds():
    assert from_comment("Recorded at 21:00:00.250 19/07/2021 (UTC+1)").start.microsecond == 250_000


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "Processed by SoX",
        "Recorded at 25:00:00 19/07/2021 (UTC)",
        "Recorded at 21:00:00 31/02/2021",
        "Recorded at 21:00:00 19/07/2021 (UTC+99)",
        "Recorded at 21:00:00 19/07/0000",
    ],
)
def test_other_comments(comment):
    assert from_comment(comment) is None


@given(st.text())
def test_anything_may_follow(rest):
    assert from_comment("Recorded at 21:00:00 19/07/2021 (UTC) " + rest).start == NINE
    from_comment("Recorded at " + rest)
