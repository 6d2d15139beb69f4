"""The folder of a scan: one process at a time, and everything that is written can be read."""

import json

import pytest

from real_places import Disk
from whipbird.errors import WhipbirdError
from whipbird.scan.outcome import ShardOutcome
from whipbird.scan.results.activity import read_scan
from whipbird.scan.results.scan_folder import ScanFolder, is_scan
from whipbird.scan.settings import ModelIdentity, ScanSettings
from whipbird.scan.shards import Piece, PieceSpan, Shard

SETTINGS = ScanSettings((ModelIdentity("x", "x", "1.0", "aa", "bb", ("call",)),), "balanced", None, None, None)


@pytest.fixture
def folder(tmp_path):
    folder = ScanFolder(tmp_path / "out")
    folder.start(SETTINGS, ["/archive"])
    yield folder
    folder.close()


def test_two_processes_cannot_write_to_it(folder):
    other = ScanFolder(folder.path)
    with pytest.raises(WhipbirdError, match="another process"):
        other.start(SETTINGS, ["/archive"])
    folder.close()
    other.start(SETTINGS, ["/more"])
    other.close()
    assert is_scan(folder.path)
    assert ScanFolder(folder.path).about["roots"] == ["/archive", "/more"]


@pytest.mark.parametrize("name", [".lock", ".scan.json.partial"])
def test_a_scan_that_was_killed_before_it_began_can_be_started_again(tmp_path, name):
    (tmp_path / name).touch()
    one = ScanFolder(tmp_path)
    one.start(SETTINGS, ["/archive"])
    one.close()
    assert is_scan(tmp_path)


def test_a_full_disk_is_called_so_and_the_scan_can_be_started_again(tmp_path):
    with Disk(tmp_path / "disk", 1 << 16) as disk:
        disk.fill()
        one = ScanFolder(disk.folder / "out")
        for _ in range(2):
            with pytest.raises(WhipbirdError, match="No space left on device"):
                one.start(SETTINGS, ["/archive"])
            one.close()
        disk.free()
        one.start(SETTINGS, ["/archive"])
        one.close()
        assert is_scan(one.path)


def test_the_plan_is_read_as_it_was_written(folder):
    shards = [Shard(0, (Piece("/a/\udcff.wav", PieceSpan(), 3.0), Piece("/a/b.wav", PieceSpan(64, None), 70.5)))]
    folder.add_to_plan(shards)
    folder.add_to_plan([Shard(1, (Piece("/a/c.wav", PieceSpan(0, 64), 64.0),))], again=True)
    assert list(folder.plan()) == [(shards[0], False), (Shard(1, (Piece("/a/c.wav", PieceSpan(0, 64), 64.0),)), True)]


def test_a_shard_is_done_when_its_outcome_is_kept(folder):
    assert folder.done() == set()
    folder.save(ShardOutcome(3))
    assert folder.done() == {3}
    assert len(folder.events(3)) == 0


def test_differences_are_named(folder):
    other = ScanSettings((ModelIdentity("x", "x", "1.1", "cc", "bb", ("call",)),), "strict", None, None, None)
    folder.close()
    with pytest.raises(
        WhipbirdError, match=r"x 1\.0 \(aa, card bb\), now x 1\.1 .*sensitivity .balanced., now .strict"
    ):
        ScanFolder(folder.path).start(other, [])


@pytest.mark.parametrize(
    "change",
    [
        lambda about: about.pop("settings"),
        lambda about: about.pop("roots"),
        lambda about: about["settings"].pop("models"),
        lambda about: about["settings"].update(models=[{"name": "x"}]),
        lambda about: about["settings"]["models"][0].update(labels=3),
        lambda about: about.update(roots=[1]),
        lambda about: about.update(format=99),
    ],
)
def test_what_a_damaged_scan_lacks_is_one_line(folder, change):
    change(folder.about)
    (folder.path / "scan.json").write_text(json.dumps(folder.about))
    for use in (ScanFolder, read_scan):
        with pytest.raises(WhipbirdError, match=r"^/.*scan\.json: (is damaged: |was not written by)") as caught:
            use(folder.path)
        assert "\n" not in str(caught.value)


def test_values_that_no_recording_has_are_one_line(folder):
    row = {
        "recording": "/a.wav",
        "begin_s": 0,
        "status": "heard",
        "heard_s": 1e15,
        "lost_s": 0.0,
        "below_trigger_s": 0.0,
        "events": 0,
    }
    folder.save(ShardOutcome(0, [], [row | {"gaps": [], "work_s": 0.0, "time_from": "none"}]))
    with pytest.raises(WhipbirdError, match="is damaged: a recording of / is 1e"):
        read_scan(folder.path)
