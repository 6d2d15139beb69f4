import json
from datetime import datetime, timedelta, timezone

import pytest

from whipbird.recordings.metadata.opensoundscape import start_in_json_comment

METADATA = {"recording_start_time": "2021-07-19T21:00:00-03:00", "opso_metadata_version": "v0.1", "gain": 2}
START = datetime(2021, 7, 19, 21, tzinfo=timezone(timedelta(hours=-3)))


def test_the_start():
    assert start_in_json_comment("opso_metadata" + json.dumps(METADATA)) == START


def test_a_comment_that_was_cut():
    assert start_in_json_comment("opso_metadata" + json.dumps(METADATA)[:-20]) == START


def test_local_time():
    local = METADATA | {"recording_start_time": "2021-07-19T21:00:00.250000"}
    assert start_in_json_comment("opso_metadata" + json.dumps(local)) == datetime(2021, 7, 19, 21, 0, 0, 250_000)


@pytest.mark.parametrize(
    "comment",
    ["", json.dumps(METADATA), 'opso_metadata{"recording_start_time": null}', "opso_metadata", "at the river"],
)
def test_other_comments(comment):
    assert start_in_json_comment(comment) is None
