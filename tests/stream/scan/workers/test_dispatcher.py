"""Tasks, some of which kill their worker."""

import os

import dask
import pytest

from waiting import wait_until
from whipbird.errors import WhipbirdError
from whipbird.scan.settings import ScanSettings
from whipbird.scan.shards import Piece, PieceSpan, Shard
from whipbird.scan.workers import shard_worker
from whipbird.scan.workers.cluster import workers
from whipbird.scan.workers.dispatcher import Dispatcher


def doubled_or_dead(number):
    if number < 0:
        os._exit(9)
    if number == 0:
        raise ValueError("nothing")
    return 2 * number


def test_tasks_that_kill_workers_are_returned_as_failed_and_the_others_are_done():
    with workers(None, 1) as client:
        dispatcher = Dispatcher(client, lambda count: None)
        found = {task: (result, error) for task, result, error in dispatcher.run(doubled_or_dead, [1, 2, -1, 3, 0, 4])}
    assert {task: result for task, (result, error) in found.items() if error is None} == {1: 2, 2: 4, 3: 6, 4: 8}
    assert type(found[-1][1]).__name__ == "KilledWorker"
    assert isinstance(found[0][1], ValueError)


def test_a_worker_that_takes_long_to_start_again_is_waited_for():
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "0s"}), workers(None, 1) as client:
        found = {task for task, _, _ in Dispatcher(client, lambda count: None).run(doubled_or_dead, [1, -1, 2])}
    assert found == {1, -1, 2}


def test_a_result_that_is_lost_with_its_worker_comes_from_another(monkeypatch):
    monkeypatch.setattr("whipbird.scan.workers.dispatcher.PATIENCE_S", 0.5)
    with workers(None, 1) as client:
        dispatcher = Dispatcher(client, lambda count: None)
        result, deaths = dispatcher._result, []

        def lose_and_get(future):
            if not deaths:
                deaths.append(client.submit(os._exit, 9, pure=False))
                wait_until(lambda: not future.done())
                deaths[0].cancel()
            return result(future)

        dispatcher._result = lose_and_get
        assert list(dispatcher.run(doubled_or_dead, [4])) == [(4, 8, None)]


def test_a_recording_that_crashes_its_process_does_not_affect_the_others(monkeypatch):
    monkeypatch.setattr(shard_worker, "SUBPROCESS_CODE", "import os; os._exit(7)")
    settings = ScanSettings((), "balanced", None, None, None)
    shard = Shard(5, (Piece("a.wav", PieceSpan(), 1.0), Piece("b.wav", PieceSpan(), 1.0)))
    outcome = shard_worker.process_in_subprocesses(shard, settings)
    assert [row["status"] for row in outcome.recordings] == ["failed", "failed"]
    assert outcome.recordings[0]["error"] == "a.wav: crashes the process that reads it (exit code 7)"


def test_a_separate_process_gives_the_same_events(tmp_path, commands, demo):
    from whipbird.scan.settings import identify

    settings = ScanSettings((identify(str(commands.folder), commands, None),), "balanced", None, None, None)
    shard = Shard(0, (Piece(str(demo), PieceSpan(), 20.0), Piece(str(tmp_path / "none.wav"), PieceSpan(), 1.0)))
    alone, here = shard_worker.process_in_subprocesses(shard, settings), shard_worker.process_shard(shard, settings)
    assert alone.events == here.events != []
    assert [row["status"] for row in alone.recordings] == ["heard", "failed"]


def test_a_scheduler_that_does_not_answer_is_one_line(monkeypatch):
    monkeypatch.setattr("whipbird.scan.workers.cluster.PATIENCE_S", 0.5)
    with pytest.raises(WhipbirdError, match=r"no Dask scheduler answers"), workers("tcp://127.0.0.1:1", 1):
        pass
