"""``whipbird listen`` as a user runs it: share of a core, memory, and time from command to first sample.

The command listens to the virtual microphone, where synthetic voices say the commands without end, or where there is a
quiet room: noise of -60 dBFS. It asks for 48 kHz with ``--rate``, because PortAudio calls 44.1 kHz the sound server's
own rate; a check makes sure that the dashboard's status line says 48 kHz.

* Share of a core and memory: the process runs for 30 s; processor time comes from /proc/PID/stat without the first
  3 s, resident memory is that at the end. First with ``--plain``, in either case; then, with voices, with the
  dashboard, in a tmux of its own (true colour, no status line) of 80 × 24 and of 200 × 50 characters. What tmux itself
  uses is not counted.
* Command to first sample: ``listen --json --duration 0.1`` is started, and the moment is taken when its summary can be
  read. The processed sound lies between the first sample and the end, so

      start to summary - seconds processed

  estimates when the first sample was analysed, without looking into the process. Compared with marks set inside the
  process in eight runs, it was between 32 ms less and 10 ms more than the time at which the first chunk was resampled;
  the first score comes a hop or more after that. The whole time from start to summary is also given: the first score
  is certainly out by then, so that it is an upper bound of either. For both, the median of several runs is compared
  with the limit; the first run may have to read programs from disk.
* What waking costs on this computer: processor time of one small multiplication after every 60 ms of sleep, compared
  with the same in a row. Live listening sleeps between hops, and on some virtual machines an idle core comes back with
  nothing in its caches. Compare shares of a core only between computers that are alike in this.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import signal
import statistics
import subprocess
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.common import (
    Measure,
    Unavailable,
    cpu_seconds,
    finish,
    need_programs,
    playing,
    resident_mb,
    run,
    speech,
    virtual_microphone,
    whipbird,
)
from virtual_card import VirtualCard
from whipbird.arrays import Floats

RATE_HZ = 48_000
ROOM_DBFS = -60.0
SETTLE_S = 3.0  # not counted: starting up
SPARE_S = 30.0  # of sound beyond what is measured
PLAIN_LIMIT_PERCENT = 1.0
DASHBOARD_LIMIT_PERCENT = 3.0
MEMORY_LIMIT_MB = 75.0
START_LIMIT_S = 0.3
START_DURATION_S = 0.1
HOP_S = 0.06
SIZES = ((80, 24), (200, 50))


@dataclass
class Usage:
    """Resources that a running process used."""

    percent: float
    resident_mb: float
    lost_s: float
    events: int | None = None


def room(seconds: float) -> Floats:
    """The noise of a room without speech."""
    noise = np.random.default_rng(1).standard_normal(round(seconds * RATE_HZ), np.float32)
    return noise * np.float32(10 ** (ROOM_DBFS / 20))


def watch(pid: int, seconds: float) -> tuple[float, float]:
    """Share of a core in percent, and resident memory in MB at the end."""
    time.sleep(SETTLE_S)
    begin_s, used_s = time.monotonic(), cpu_seconds(pid)
    time.sleep(max(0.0, seconds - SETTLE_S))
    percent = 100 * (cpu_seconds(pid) - used_s) / (time.monotonic() - begin_s)
    return percent, resident_mb(pid)


def measure_plain(microphone: VirtualCard, seconds: float) -> Usage:
    """Run ``listen --plain``."""
    process = subprocess.Popen(
        whipbird("listen", "--rate", str(RATE_HZ), "--plain"),
        env=microphone.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        percent, memory_mb = watch(process.pid, seconds)
    except RuntimeError as error:
        output = process.communicate()[0]
        raise RuntimeError(f"{error}: {output.strip()}") from None
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    summary = re.search(r"lost ([\d.]+) s, (\d+) event", output)
    if summary is None:
        raise RuntimeError(f"no summary from listen --plain: {output.strip()}")
    return Usage(percent, memory_mb, float(summary[1]), int(summary[2]))


def measure_dashboard(microphone: VirtualCard, seconds: float, width: int, height: int) -> Usage:
    """Run ``listen`` in a tmux of a given size in characters."""
    tmux = ["tmux", "-L", f"whipbird-benchmark-{os.getpid()}", "-f", os.devnull]
    command = "exec env TERM=tmux-256color COLORTERM=truecolor " + shlex.join(
        whipbird("listen", "--rate", str(RATE_HZ))
    )
    size = ["-x", str(width), "-y", str(height)]
    environment = {name: value for name, value in microphone.environment.items() if name != "TMUX"}
    start = [*tmux, "start-server", ";", "set", "-g", "status", "off", ";", "new-session", "-d", *size, command]
    subprocess.run(start, env=environment, check=True)
    try:
        pid = int(subprocess.check_output([*tmux, "list-panes", "-F", "#{pane_pid}"], text=True))
        percent, memory_mb = watch(pid, seconds)
        screen = subprocess.check_output([*tmux, "capture-pane", "-p"], text=True)
        lost = re.search(r"lost ([\d.]+) s", screen)
        if lost is None or f" {RATE_HZ / 1000:g} kHz" not in screen or len(screen.splitlines()) != height:
            raise RuntimeError(f"the dashboard does not show what it should:\n{screen}")
        os.kill(pid, signal.SIGINT)
        return Usage(percent, memory_mb, float(lost[1]))
    finally:
        subprocess.run([*tmux, "kill-server"], stderr=subprocess.DEVNULL, check=False)


def measure_start(microphone: VirtualCard) -> tuple[float, float]:
    """Seconds from the command to the first sample analysed, estimated, and to the summary."""
    begin_s = time.monotonic()
    process = subprocess.Popen(
        whipbird("listen", "--rate", str(RATE_HZ), "--json", "--duration", str(START_DURATION_S)),
        env=microphone.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        fields = json.loads(line)
        if "summary" in fields:
            passed_s = time.monotonic() - begin_s
            process.wait()
            return passed_s - float(fields["summary"]["heard_s"]), passed_s
    raise RuntimeError(f"listen gave no summary (exit code {process.wait()})")


def waking() -> float:
    """Processor time of a multiplication after a sleep ÷ the same in a row, medians."""
    values = np.ones(16_384, np.float32)

    def timed() -> int:
        begin_ns = time.thread_time_ns()
        np.multiply(values, values, out=values)
        return time.thread_time_ns() - begin_ns

    in_a_row = [timed() for _ in range(1000)]
    after_sleep = []
    for _ in range(50):
        time.sleep(HOP_S)
        after_sleep.append(timed())
    return statistics.median(after_sleep) / statistics.median(in_a_row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="of each measurement (default 30)")
    parser.add_argument("--starts", type=int, default=7, help="how often the start is measured (default 7)")
    options = parser.parse_args()
    if options.seconds <= SETTLE_S:
        parser.error(f"--seconds: more than {SETTLE_S:g}")
    if not os.path.isdir("/proc/self"):
        raise Unavailable("needs /proc, as on Linux")
    sound = speech(options.seconds + SPARE_S, RATE_HZ)
    with virtual_microphone() as microphone:
        with playing(microphone, sound, RATE_HZ):
            starts = [measure_start(microphone) for _ in range(options.starts)]
        with playing(microphone, sound, RATE_HZ):
            plain = measure_plain(microphone, options.seconds)
        with playing(microphone, room(options.seconds + SPARE_S), RATE_HZ):
            quiet = measure_plain(microphone, options.seconds)
        dashboards = {}
        for width, height in SIZES:
            need_programs("tmux")
            with playing(microphone, sound, RATE_HZ):
                dashboards[width, height] = measure_dashboard(microphone, options.seconds, width, height)
    firsts, summaries = zip(*starts, strict=True)
    measures = [
        Measure("share of a core, --plain", plain.percent, "%", PLAIN_LIMIT_PERCENT),
        Measure("share of a core, --plain, quiet room", quiet.percent, "%", PLAIN_LIMIT_PERCENT),
        Measure("share of a core, dashboard 80×24", dashboards[80, 24].percent, "%", DASHBOARD_LIMIT_PERCENT),
        Measure("share of a core, dashboard 200×50", dashboards[200, 50].percent, "%"),
        Measure("resident memory, --plain", plain.resident_mb, "MB", MEMORY_LIMIT_MB),
        Measure("resident memory, dashboard 80×24", dashboards[80, 24].resident_mb, "MB", MEMORY_LIMIT_MB),
        Measure("resident memory, dashboard 200×50", dashboards[200, 50].resident_mb, "MB", MEMORY_LIMIT_MB),
        Measure("command to first sample, estimate, median", statistics.median(firsts), "s", START_LIMIT_S),
        Measure("command to first sample, estimate, longest", max(firsts), "s"),
        Measure("command to summary (upper bound), median", statistics.median(summaries), "s", START_LIMIT_S),
        Measure("command to summary (upper bound), longest", max(summaries), "s"),
        Measure("sound lost, all runs", sum(u.lost_s for u in (plain, quiet, *dashboards.values())), "s"),
        Measure("events, --plain", plain.events),
        Measure("work after a sleep ÷ the same in a row, on this computer", waking(), "×"),
    ]
    finish("live", f"whipbird listen at {RATE_HZ // 1000} kHz, {options.seconds:g} s each", measures, starts_s=starts)


if __name__ == "__main__":
    run(main)
