"""Whipbird compared with other programs that detect words and install here: work, memory, delay and detections.

All process the same recording, as fast as they can, in pieces of 60 to 80 ms: the ten commands and four wake words by
synthetic voices, a word every one and a half seconds, over quiet noise. Each is judged on the words that it supports:

* whipbird: the ten commands, with the shipped model;
* PocketSphinx, keyword spotting with its American English model: also the ten commands. It needs a threshold for each
  word; several thresholds, the same for all words, are tried, and the one with the best F1 on this very recording
  counts, which is to its advantage;
* openWakeWord 0.4.0, the last release that includes its models: alexa, hey jarvis, hey mycroft, at its own threshold;
* pymicro-wakeword: alexa, hey jarvis, hey mycroft, okay nabu, at the models' own thresholds.

The detections show that they listen, not how well: whipbird has been trained with voices of this very synthesizer,
and wake words are longer than commands and easier to distinguish. A word is detected if its event comes between its
start and that of the next word; further events on it, a second or more later, are repetitions, all others are false.
Delay is from the word's audible end to the end of the piece with which its event came. Each program runs in a virtual
environment of its own, on one thread where that can be chosen. Processor time is that of the whole process while it
listens, memory is measured at the end, with everything imported; loading is from the first import to the first piece.
Size is that of everything that pip installed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile
from rich.console import Console
from rich.table import Table

from benchmarks.common import (
    COMMANDS,
    ROOT,
    WORD_EVERY_S,
    Measure,
    Spoken,
    Unavailable,
    finish,
    number,
    quantiles,
    run,
    spoken,
)
from benchmarks.install import install, sizes_mb

RATE_HZ = 16_000
WAKE_WORDS = ("alexa", "hey jarvis", "hey mycroft", "okay nabu")
THRESHOLDS = ("1", "1e-1", "1e-2", "1e-3", "1e-5", "1e-10")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}


@dataclass(frozen=True)
class Peer:
    """A program that is compared.

    Attributes
    ----------
    requirement : str
        For pip.
    words : tuple of str
        Words that it supports.
    settings : tuple of str
        Settings to try.
    """

    requirement: str
    words: tuple[str, ...]
    settings: tuple[str, ...] = ("",)


PEERS = {
    "whipbird": Peer(str(ROOT), COMMANDS),
    "pocketsphinx": Peer("pocketsphinx==5.1.1", COMMANDS, THRESHOLDS),
    "openwakeword": Peer("openwakeword==0.4.0", WAKE_WORDS[:3]),
    "pymicro_wakeword": Peer("pymicro-wakeword==2.5.0", WAKE_WORDS),
}


@dataclass(frozen=True)
class Judged:
    """Detections of a peer among the words that it supports."""

    words: int
    delays_s: list[float]
    repeated: int
    false: int

    @property
    def heard(self) -> int:
        return len(self.delays_s)

    @property
    def f1(self) -> float:
        return 2 * self.heard / (self.words + self.heard + self.repeated + self.false)


def judge(events: Sequence[tuple[str, float]], said: Sequence[Spoken], words: Sequence[str]) -> Judged:
    """Assign each event to the word that was said last."""
    delays_s: dict[int, float] = {}
    repeated = false = 0
    for label, at_s in events:
        last = max((i for i, one in enumerate(said) if one.begin_s <= at_s < one.begin_s + WORD_EVERY_S), default=None)
        if last is None or said[last].word != label:
            false += 1
        elif last in delays_s:
            repeated += 1
        else:
            delays_s[last] = at_s - said[last].end_s
    return Judged(sum(one.word in words for one in said), list(delays_s.values()), repeated, false)


def listen(python: Path, name: str, path: Path, setting: str) -> dict[str, Any]:
    """Detections of a peer, and their cost."""
    script = ROOT / "benchmarks" / "peer.py"
    command = [str(python), str(script), name, str(path), setting]
    done = subprocess.run(
        command, cwd=path.parent, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Unavailable(f"does not run: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(name: str, peer: Peer, path: Path, said: Sequence[Spoken], seconds: float) -> dict[str, Any]:
    """Install a peer, let it listen, judge it."""
    with tempfile.TemporaryDirectory() as folder:
        python = install(Path(folder) / "environment", peer.requirement)
        size_mb = sum(sizes_mb(python).values())
        runs = {setting: listen(python, name, path, setting) for setting in peer.settings}
    judged = {setting: judge(found["events"], said, peer.words) for setting, found in runs.items()}
    best = max(judged, key=lambda setting: judged[setting].f1)
    found, result = runs[best], judged[best]
    delay_p50_s, delay_p95_s = quantiles(result.delays_s, 0.5, 0.95)
    return {
        "peer": name,
        "requirement": "." if peer.requirement == str(ROOT) else peer.requirement,
        "listens_to": peer.words,
        "setting": best,
        "ms_per_s": 1000 * found["cpu_s"] / seconds,
        "resident_mb": found["resident_mb"],
        "size_mb": size_mb,
        "load_s": found["load_s"],
        "piece_s": found["piece_s"],
        "delay_p50_s": delay_p50_s,
        "delay_p95_s": delay_p95_s,
        "words": result.words,
        "heard": result.heard,
        "repeated": result.repeated,
        "false": result.false,
        "events": found["events"],
    }


def peers_table(results: Sequence[dict[str, Any]]) -> Table:
    names = [str(result["peer"]).replace("_", " ") for result in results]
    table = Table("", *names, title="the same sound, each in a process of its own", title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    own = next((result["ms_per_s"] for result in results if result["peer"] == "whipbird"), None)

    def row(title: str, *cells: str) -> None:
        table.add_row(title, *cells)

    def values(key: str, unit: str, factor: float = 1) -> list[str]:
        return [number(None if result[key] is None else factor * result[key], unit) for result in results]

    row("listens to", *(f"{len(result['listens_to'])} words" for result in results))
    row("threshold", *(result["setting"] or "its own" for result in results))
    row("in pieces of", *values("piece_s", "ms", 1000))
    row("processor time per second of sound", *values("ms_per_s", "ms"))
    if own:
        row("  ÷ whipbird's", *(number(result["ms_per_s"] / own) for result in results))
    row("resident memory", *values("resident_mb", "MB"))
    row("size on disk", *values("size_mb", "MB"))
    row("loading", *values("load_s", "s"))
    row("delay from the word's end, p50", *values("delay_p50_s", "s"))
    row("  p95", *values("delay_p95_s", "s"))
    row("heard", *(f"{result['heard']} of {result['words']}" for result in results))
    row("again", *values("repeated", ""))
    row("false", *values("false", ""))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=4.0, help="length of the recording (default 4)")
    parser.add_argument("--only", action="append", choices=PEERS, help="one of them; may be repeated (default: all)")
    options = parser.parse_args()
    if os.name != "posix" or not Path("/proc/self").exists():
        raise Unavailable("needs /proc, as on Linux")
    seconds = 60 * options.minutes
    sound, said = spoken((*COMMANDS, *WAKE_WORDS), seconds, RATE_HZ)
    results, left_out = [], {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "words.wav"
        soundfile.write(path, sound, RATE_HZ, subtype="PCM_16")
        for name in options.only or PEERS:
            try:
                results.append(measure(name, PEERS[name], path, said, seconds))
            except Unavailable as reason:
                left_out[name] = str(reason)
                print(f"{name} is left out: {reason}")
    if not results:
        raise Unavailable("none of them can be installed")
    Console(highlight=False).print(peers_table(results))
    measures = []
    for result in results:
        name = result["peer"]
        measures += [
            Measure(f"{name}: processor time per second of sound", result["ms_per_s"], "ms"),
            Measure(f"{name}: resident memory", result["resident_mb"], "MB"),
            Measure(f"{name}: delay from the word's end, p50", result["delay_p50_s"], "s"),
            Measure(f"{name}: words heard", 100 * result["heard"] / result["words"], "%"),
        ]
    finish("peers", "in short", measures, peers=results, left_out=left_out)


if __name__ == "__main__":
    run(main)
