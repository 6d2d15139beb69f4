"""Free Spoken Digit Dataset (Jackson et al., github.com/Jakobovski/free-spoken-digit-dataset): CC BY-SA 4.0.

Six speakers say each English digit fifty times, at 8 kHz. Files are named ``DIGIT_SPEAKER_TAKE`` and are in the
folder itself or, as published, in its sub-folder ``recordings``.

The data set's own split uses takes 0 to 4 for the test. Their speakers are also in the training set, so that the test
says nothing about other speakers. To test on other speakers, set aside whole speakers, which are the groups.
"""

from __future__ import annotations

import re
from pathlib import Path

from whipbird.recordings.files import sound_files
from whipbird_train.datasets.archive import Archive, not_found
from whipbird_train.datasets.clips import Clip, recordings_of

__all__ = ["ARCHIVES", "LABELS", "NAME", "read_clips", "training_data"]

NAME = "Free Spoken Digit Dataset"
LABELS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ARCHIVES = (
    Archive(
        name="spoken-digits",
        url="https://github.com/Jakobovski/free-spoken-digit-dataset/archive/v1.0.10.zip",
        page="https://github.com/Jakobovski/free-spoken-digit-dataset",
        file="free-spoken-digit-dataset-1.0.10.zip",
        unpacks_to="free-spoken-digit-dataset-1.0.10",
        licence="CC BY-SA 4.0",
    ),
)

TEST_TAKES = 5  # the first takes of each digit and speaker
FILE_NAME = re.compile(r"(?P<digit>[0-9])_(?P<speaker>[^_]+)_(?P<take>[0-9]+)")

training_data = recordings_of(NAME, "Jackson et al., github.com/Jakobovski/free-spoken-digit-dataset", "CC BY-SA 4.0")


def read_clips(folder: Path) -> list[Clip]:
    """List all digits of the folder, sorted by file name.

    Raises
    ------
    DataError
        If there are no digits.
    """
    clips = []
    for path in sound_files(folder) + sound_files(folder / "recordings"):
        if name := FILE_NAME.fullmatch(path.stem):
            split = "test" if int(name["take"]) < TEST_TAKES else "train"
            clips.append(Clip(path, LABELS[int(name["digit"])], name["speaker"], split))
    if not clips:
        raise not_found(NAME, folder, "DIGIT_SPEAKER_TAKE.wav or .flac, in the folder or in recordings/", ARCHIVES)
    return clips
