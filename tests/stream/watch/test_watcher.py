"""Which recordings the watcher yields, and what it does with the results; without sound and models."""

import os
import shutil
import time

import pytest

from whipbird.events.reports import Notice
from whipbird.recordings.files import version_of
from whipbird.watch import watcher as module
from whipbird.watch.arrivals import Arrivals
from whipbird.watch.delivery import Delivery
from whipbird.watch.ledger import Ledger, Status
from whipbird.watch.plan import WatchPlan
from whipbird.watch.watcher import Watcher


@pytest.fixture
def watch(tmp_path):
    """Make a watcher of a folder, with its notices; the ledger is next to the folder."""
    (tmp_path / "in").mkdir()
    ledger = Ledger(tmp_path / "ledger", "ear")
    arrivals = Arrivals([str(tmp_path / "in")], False, print)

    def make(**plan):
        notices = []
        delivery = Delivery(ledger, {}, lambda text, _: notices.append(text), lambda: False, "hill")
        return Watcher(WatchPlan(settle_s=0.0, sweep_s=0.1, **plan), arrivals, delivery), notices

    make.ledger, make.folder = ledger, tmp_path / "in"
    yield make
    arrivals.close()
    ledger.close()


def test_an_incomplete_recording_is_reported_once_and_yielded_when_complete(watch, demo, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    whole = demo.read_bytes()
    path = watch.folder / "20240501_040000.flac"
    path.write_bytes(whole[: len(whole) // 2])
    shutil.copy(demo, watch.folder / "20240502_040000.flac")
    one, notices = watch()
    sources = one.sources()
    assert next(sources).name.endswith("20240502_040000.flac")
    path.write_bytes(whole)
    assert next(sources).name == str(path)
    assert len(notices) == 1
    assert f"{path}: shorter than the 17.3 s given in its header" in notices[0]
    assert (one.totals.processed, one.totals.incomplete) == (1, 1)


def test_a_recording_that_may_still_grow_is_not_reported(watch, demo):
    path = watch.folder / "20240501_040000.flac"
    path.write_bytes(demo.read_bytes()[:9999])
    shutil.copy(demo, watch.folder / "20240502_040000.flac")
    one, notices = watch()
    next(one.sources())
    assert notices == []
    assert watch.ledger.status(version_of(str(path))) is Status.NEW


def test_a_recording_that_disappears_is_skipped_until_it_is_back(watch, demo):
    paths = [watch.folder / f"2024050{day}_040000.flac" for day in (1, 2, 3)]
    for path in paths:
        shutil.copy2(demo, path)
    one, _ = watch(once=True)
    sources = one.sources()
    assert next(sources).name == str(paths[0])
    paths[1].rename(watch.folder / "away")
    assert next(sources).name == str(paths[2])
    (watch.folder / "away").rename(paths[1])
    assert next(sources).name == str(paths[1])
    assert list(sources) == []
    assert one.totals.processed == 3


def test_a_failure_is_recorded(watch, demo):
    path = shutil.copy(demo, watch.folder / "20240501_040000.flac")
    one, _ = watch(once=True)
    for _ in one.sources():
        one.collect(Notice("it is broken", problem=True))
    assert one.totals.failed == 1
    assert watch.ledger.status(version_of(str(path))) is Status.FAILED
    again, notices = watch(once=True)
    assert list(again.sources()) == []
    assert again.totals.failed_before == 1
    (notice,) = notices
    assert "1 recording failed or incomplete before" in notice
    assert "--retry-failed" in notice


def test_a_recording_on_a_failing_medium_is_tried_a_few_times(watch, demo, monkeypatch):
    monkeypatch.setattr(module, "is_readable", lambda path: False)
    shutil.copy(demo, watch.folder)
    one, notices = watch(once=True)
    given = 0
    for _ in one.sources():
        given += 1
        one.collect(Notice("the medium fails", problem=True))
    assert given == module.ATTEMPTS == len(notices) + 1
    assert one.totals.failed == 1


def test_the_ledger_is_queried_for_a_recording_that_comes_back_after_many_others(watch, demo, monkeypatch):
    monkeypatch.setattr(module, "REMEMBERED", 0)
    paths = [watch.folder / f"202405{day:02}_040000.flac" for day in range(1, 7)]
    one, _ = watch()
    sources = one.sources()
    for number, path in enumerate(paths):
        shutil.copy2(demo, path)
        assert next(sources).name == str(path)
        if number:
            paths[number - 1].rename(watch.folder / f"away {number - 1}")
    (watch.folder / "away 0").rename(paths[0])
    shutil.copy2(demo, watch.folder / "20240507_040000.flac")
    assert next(sources).name.endswith("20240507_040000.flac")
    assert one.totals.processed_before == 1


def test_a_waiting_recording_that_is_rewritten_is_yielded_once(watch, demo):
    paths = [watch.folder / f"2024050{day}_040000.flac" for day in (1, 2)]
    for path in paths:
        shutil.copy(demo, path)
    one, _ = watch(once=True)
    sources = one.sources()
    assert next(sources).name == str(paths[0])
    for seconds in (1e9, 2e9):
        os.utime(paths[1], (seconds, seconds))
        time.sleep(module.EVENT_PAUSE_S)
        one._look_if_due()
    assert [source.name for source in sources] == [str(paths[1])]
    assert (one.totals.processed, one.totals.waiting, one.totals.waiting_s) == (2, 0, 0)


@pytest.mark.parametrize("where", ["completeness", "ledger", "delivery"])
def test_whatever_a_recording_raises_costs_that_recording_alone(watch, demo, monkeypatch, where):
    paths = [str(shutil.copy(demo, watch.folder / f"2024050{day}_040000.flac")) for day in (1, 2)]
    one, notices = watch(once=True)
    part, name = {
        "completeness": (module, "check_complete"),
        "ledger": (watch.ledger, "status"),
        "delivery": (watch.ledger, "record"),
    }[where]
    works = getattr(part, name)

    def fail(version, *arguments, **options):
        if version.path == paths[0]:
            raise RuntimeError("a bug")
        return works(version, *arguments, **options)

    monkeypatch.setattr(part, name, fail)
    yielded = [source.name for source in one.sources()]
    if where == "completeness":  # the recording itself can be processed
        assert (sorted(yielded), notices, one.totals.processed) == (paths, [], 2)
    else:
        assert paths[1] in yielded
        assert len(notices) == 1
        assert notices[0].startswith(f"{paths[0]}: ")
        assert notices[0].endswith(": RuntimeError: a bug")
        assert (one.totals.processed, one.totals.failed) == (1, 1)
