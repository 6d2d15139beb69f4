"""A scan on several computers that are killed and cut off from the network, one after the other."""

import os
import subprocess
import sys

import psutil
import pyarrow.parquet
import soundfile

from command_line import LIMIT_S, command
from made_archive import words
from made_hosts import Hosts
from waiting import wait_until
from whipbird.scan.results.results import results
from whipbird.scan.results.scan_folder import ScanFolder

SCHEDULER, *WORKERS, DESK = range(6)
PORT = 8786
MODEL = "digits"  # words take it a fifth of the time of the others
RECORDINGS, LENGTH_S = 560, 0.6  # five shards, each of a second of work or more
HALF_S = 0.5  # processor time that half a shard takes
# A worker that is cut off is given up after this time, the least that Dask allows; its default is 30 s.
IMPATIENT = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "11s", "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "11s"}


class Cluster:
    def __init__(self, hosts, folder):
        self._hosts = hosts
        self._folder = folder
        self._log = (folder / "cluster.log").open("ab")
        self._settings = os.environ | IMPATIENT | {"OMP_NUM_THREADS": "1"}
        self.address = f"tcp://{hosts.address(SCHEDULER)}:{PORT}"

    def _start(self, number, *arguments):
        command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
        return self._hosts.start(number, *command, env=self._settings, stdout=self._log, stderr=self._log)

    def scheduler(self):
        options = ("--port", PORT, "--no-dashboard")
        return self._start(SCHEDULER, "scheduler", "--host", self._hosts.address(SCHEDULER), *options)

    def worker(self, number):
        options = ("--nthreads", 1, "--no-nanny", "--no-dashboard", "--death-timeout", 60)
        location = ("--host", self._hosts.address(number), "--local-directory", self._folder / f"worker{number}")
        return self._start(number, "worker", self.address, *location, *options)

    def logged(self, what, number=None):
        """How often scheduler and workers logged a text, about one host or any."""
        address = "" if number is None else f"{self._hosts.address(number)}:"
        lines = (self._folder / "cluster.log").read_text().splitlines()
        return sum(what in line and address in line for line in lines)

    def scan(self, archive, out):
        words = command("scan", archive, "--out", out, "--model", MODEL, "--scheduler", self.address)
        return self._hosts.start(DESK, *words, env=self._settings, stderr=subprocess.PIPE, text=True)


def test_workers_and_scheduler_are_killed_and_cut_off_and_nothing_is_missing_or_double(scan, tmp_path):
    archive, out, whole = tmp_path / "archive", tmp_path / "out", tmp_path / "whole"
    archive.mkdir()
    sound = words(round(RECORDINGS * LENGTH_S), 16_000).reshape(RECORDINGS, -1)
    for number, own in enumerate(sound):
        soundfile.write(archive / f"{number:04}.wav", own, 16_000)
    with Hosts(6) as hosts:
        cluster = Cluster(hosts, tmp_path)
        scheduler = cluster.scheduler()
        workers = [cluster.worker(number) for number in WORKERS]
        wait_until(lambda: cluster.logged("Register worker") == len(WORKERS))
        hosted = cluster.scan(archive, out)

        def wait(met):
            wait_until(lambda: hosted.poll() is not None or met())
            assert hosted.poll() is None, hosted.stderr.read()

        wait(lambda: list(out.glob("plan/*.parquet")))
        idle_s = [work_s(worker) for worker in workers]
        wait(lambda: work_s(workers[0]) > idle_s[0] + HALF_S)
        workers[0].kill()
        wait(lambda: work_s(workers[1]) > idle_s[1] + HALF_S)
        hosts.plug(WORKERS[1], "down")
        wait(lambda: cluster.logged("Remove worker", WORKERS[1]) and list(out.glob("events/*.parquet")))
        scheduler.kill()
        hosts.plug(WORKERS[1], "up")
        error = hosted.communicate(timeout=LIMIT_S)[1]
        assert hosted.returncode == 1
        assert "run the same command again to resume" in error.splitlines()[-1]
        assert cluster.logged("Remove worker", WORKERS[0])
        kept = {path.name: path.read_bytes() for path in out.glob("events/*.parquet")}

        cluster.scheduler()
        for number in WORKERS[2:]:
            cluster.worker(number)
        again = cluster.scan(archive, out)
        assert again.wait(LIMIT_S) == 0, again.stderr.read()
        for worker in workers:
            worker.wait(LIMIT_S)  # workers that lost the scheduler exit by themselves
    undisturbed = scan(archive, "--out", whole, "--model", MODEL)
    assert undisturbed.returncode == 0, undisturbed.stderr
    for name, data in kept.items():
        assert (out / "events" / name).read_bytes() == data
    assert table(out, "events") == table(whole, "events")
    assert table(out, "recordings") == table(whole, "recordings")
    assert sum(len(result.detections) for result in results(ScanFolder(out))) > 50
    assert len({result.recording for result in results(ScanFolder(out))}) == RECORDINGS


def work_s(process):
    used = psutil.Process(process.pid).cpu_times()
    return used.user + used.system


def table(folder, kind):
    """All rows, in the order of the shards."""
    rows = []
    for path in sorted((folder / kind).glob("shard-*.parquet")):
        for row in pyarrow.parquet.ParquetFile(path).read().to_pylist():
            row.pop("work_s", None)
            rows.append(row)
    return rows
