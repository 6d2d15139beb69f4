"""Verdicts become clips to train on: right sounds are calls, wrong ones other sounds."""

import shutil
from dataclasses import replace

import pytest

from made_calls import made_clips, made_recording
from made_mornings import end, event, opening
from made_verdicts import verdict
from whipbird.database.verdicts import VerdictStore
from whipbird.database.writer import Database
from whipbird.errors import DataError
from whipbird_train.calls.clips import ClipFolder, read_folder
from whipbird_train.calls.judged import judged_clips
from whipbird_train.calls.plan import make_plan
from whipbird_train.calls.sounds import read_clips


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "card" / "night 1.wav"
    path.parent.mkdir()
    made_recording(path, 1, [2.0, 8.0], seconds=20)
    return str(path)


@pytest.fixture
def database(tmp_path, recording):
    path = tmp_path / "heard.sqlite"
    one = Database(path, "hill")
    one.write([opening(recording, recording), event(1, recording), end(20, recording)])
    one.close()
    return path


def judge(database, *verdicts):
    store = VerdictStore(database)
    store.add(verdicts)
    store.close()


def test_right_sounds_are_calls_and_wrong_ones_other_sounds(database, recording, tmp_path):
    judge(
        database,
        verdict(label="whistle", recording=recording, begin_s=2, end_s=2.6),
        verdict("no", label="whistle", recording=recording, begin_s=12, end_s=13),
        verdict("other", label="owl", recording=recording, begin_s=8, end_s=8.6, other="whistle"),
        verdict("unsure", label="whistle", recording=recording, begin_s=15, end_s=16),
    )
    said = []
    found = judged_clips([database], ["whistle"], None, tmp_path / "judged", said.append)
    calls = [one for one in found if one.label]
    assert [one.label for one in calls] == ["whistle", "whistle"]
    assert calls[0].bounds_s == pytest.approx((2.0, 2.6))
    assert calls[0].is_exact
    (quiet,) = [one for one in found if not one.label]  # not the owl, which is a whistle
    assert quiet.is_other
    assert "@0011.500s" in quiet.path.name
    assert said == ["judged: 2 calls, 1 other sound"]
    assert {one.source for one in found} == {recording}


def test_a_call_is_looked_for_in_the_window_of_the_model_that_found_it(database, recording, tmp_path):
    judge(database, verdict(label="whistle", recording=recording, begin_s=6.5, end_s=9.5, model="birdnet"))
    found = judged_clips([database], ["whistle"], None, tmp_path / "judged", lambda text: None)
    folder = ClipFolder(("whistle",), tuple(found), (), True)
    (call,) = read_clips(folder, 48_000).calls
    assert call.begin / 48_000 == pytest.approx(8.0 - 4.5, abs=0.15)  # its clip starts 2 s before the window
    assert call.end / 48_000 == pytest.approx(8.6 - 4.5, abs=0.15)
    assert make_plan([call], 48_000).length_s < 0.7
    again = read_folder(tmp_path / "judged", judged=[found[0]] * 4 + [replace(found[0], source="b")])
    assert not any(one.is_exact for one in again.calls)  # also by the metadata of the clip


def test_what_is_trained_is_what_the_folder_has(database, recording, tmp_path):
    judge(
        database,
        verdict(label="Whistle", recording=recording, begin_s=2, end_s=2.6),
        verdict("other", label="Whistle", recording=recording, begin_s=12, end_s=13, other="dove"),
        verdict("yes", label="owl", recording=recording, begin_s=8, end_s=8.6),
        verdict("no", label="owl", recording=recording, begin_s=15, end_s=16),
    )
    said = []
    found = judged_clips([database], ["whistle"], None, tmp_path / "judged", said.append)
    assert [(one.label, one.is_other) for one in found] == [("whistle", False), ("", True)]
    assert said == [
        "judged: 1 call, 1 other sound (1 of 'dove')",
        "2 verdicts left out, on labels that are not trained: 2 of 'owl'; name the folder of clips like the label to "
        "learn from them",
    ]


def test_without_clips_the_labels_with_enough_verdicts_are_trained(database, recording, tmp_path):
    other = str(tmp_path / "card" / "night 2.wav")
    made_recording(other, 2, [2.0], seconds=20)
    one = Database(database, "hill")
    one.write([opening(other, other), end(20, other)])
    one.close()
    judge(
        database,
        *(verdict(label="whistle", recording=recording, begin_s=n, end_s=n + 0.6) for n in range(4)),
        verdict(label="whistle", recording=other, begin_s=2, end_s=2.6),
        verdict("other", label="whistle", recording=other, begin_s=12, end_s=13, other="dove"),
    )
    found = judged_clips([database], [], None, tmp_path / "judged", lambda text: None)
    (tmp_path / "clips").mkdir()
    folder = read_folder(tmp_path / "clips", judged=found)
    assert (folder.labels, len(folder.calls), len(folder.background)) == (("whistle",), 5, 1)


def test_they_stay_together_with_other_clips_of_their_recording(database, recording, tmp_path):
    clips = made_clips(tmp_path / "clips")
    judge(
        database,
        verdict(label="whistle", recording=recording, begin_s=2, end_s=2.6),
        verdict("no", label="whistle", recording=recording, begin_s=12, end_s=13),
    )
    alone = read_folder(clips)
    judged = judged_clips([database], ["whistle"], None, tmp_path / "judged", lambda text: None)
    found = read_folder(clips, judged=judged)
    assert len(found.calls) == len(alone.calls) + 1
    assert len(found.background) == len(alone.background) + 1
    assert {one.source for one in found.calls} == {one.source for one in alone.calls}
    assert found.sources_known


def test_without_verdicts_there_is_nothing_to_learn(database, tmp_path):
    with pytest.raises(DataError, match=r"no verdicts in .*; judge some events with 'whipbird review'"):
        judged_clips([database], ["whistle"], None, tmp_path / "judged", lambda text: None)


def test_a_recording_that_is_gone_is_told(database, recording, tmp_path):
    judge(database, verdict(label="whistle", recording=recording, begin_s=2, end_s=2.6))
    shutil.move(recording, tmp_path / "other.wav")
    said = []
    with pytest.raises(DataError, match="no verdicts"):
        judged_clips([database], ["whistle"], None, tmp_path / "judged", said.append)
    assert said[0].startswith("1 of 1 judged sounds are left out: ")
