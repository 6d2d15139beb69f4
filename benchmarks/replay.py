"""``whipbird replay --speed max`` of ten minutes on one core: how many times real time, and where the time goes.

The recording is 16 kHz WAV: synthetic voices say the commands, a word every one and a half seconds, over quiet noise.

* Times real time is from the command's own summary, with ``--plain``, bound to one core with ``taskset``. The
  recording's length divided by the whole process's processor time, including its start, is also given: it does not
  suffer from other programs on that core.
* Shares: the same recording through the Python API on the same core, with the times that `Pipeline.timings` adds up.
  The rest is reading the file, the ring, threads, reports. Queueing is waiting, not work, and left out.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import tempfile
from pathlib import Path

import soundfile

from benchmarks.common import Measure, finish, need_programs, run, speech, whipbird
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.run import run_source
from whipbird.engine.timings import STAGES
from whipbird.models.model import Model
from whipbird.sources.replay import Replay

RATE_HZ = 16_000
LEAST_FACTOR = 500.0
WORK = tuple(stage for stage in STAGES if stage != "queueing")


def measure_command(path: Path, core: int) -> tuple[float, float, int]:
    """Times real time from the summary, processor seconds of the process, events."""
    command = ["taskset", "-c", str(core), *whipbird("replay", "--speed", "max", "--plain", str(path))]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    summary = re.search(r"(\d+) events?, (\S+) times real time", output.splitlines()[-1])
    if summary is None:
        raise RuntimeError(f"no summary from replay: {output.splitlines()[-1]}")
    used_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return float(summary[2]), used_s, int(summary[1])


def measure_stages(path: Path, core: int) -> dict[str, dict[str, float]]:
    """Per stage: calls and total seconds; ``all`` is from start to end."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        source = Replay(str(path))
        source.open()
        pipelines: list[Pipeline] = []
        summary = run_source(source, [Model("commands")], lambda report: None, attach=pipelines.append).summary
    finally:
        os.sched_setaffinity(0, allowed)
    stages = {
        name: {"calls": stage.count, "total_s": stage.total_s}
        for name, stage in pipelines[0].timings.stages.items()
        if name in WORK
    }
    return stages | {"all": {"calls": 1, "total_s": summary.heard_s / summary.realtime_factor}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the recording (default 10)")
    parser.add_argument("--core", type=int, default=0, help="which core (default 0)")
    options = parser.parse_args()
    need_programs("taskset")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        soundfile.write(path, speech(60 * options.minutes, RATE_HZ), RATE_HZ, subtype="PCM_16")
        factor, used_s, events = measure_command(path, options.core)
        stages = measure_stages(path, options.core)
    total_s = stages["all"]["total_s"]
    rest_s = total_s - sum(stages[stage]["total_s"] for stage in WORK)
    measures = [
        Measure("times real time", factor, "×", LEAST_FACTOR, at_least=True),
        Measure("length ÷ processor time of the process", 60 * options.minutes / used_s, "×", LEAST_FACTOR, True),
        *(Measure(f"share of {stage}", 100 * stages[stage]["total_s"] / total_s, "%") for stage in WORK),
        Measure("share of the rest", 100 * rest_s / total_s, "%"),
        *(
            Measure(f"{stage}, per call", 1e6 * stages[stage]["total_s"] / stages[stage]["calls"], "µs")
            for stage in WORK
        ),
        Measure("events", events),
    ]
    finish(
        "replay", f"replay of {options.minutes:g} minutes at {RATE_HZ // 1000} kHz, one core", measures, stages=stages
    )


if __name__ == "__main__":
    run(main)
