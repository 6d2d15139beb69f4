"""Search by example: a boobook's call in a hundred hours of other sound, and the time that search takes.

* The sound is made: pairs of clips and recordings of speech, cities, a forest, weather and machines are mixed at
  random levels into ``--hours`` of files of ten minutes. Calls of the Australian Boobook from recordings other than
  that of the example are mixed into it at random places, each 0 to 10 dB above the sound around it.
* BirdNET's embedding of all of it is computed by ``whipbird scan --embeddings``. It takes 35 ms of processor time for
  three seconds, so that the rest of the hundred hours is made of vectors: weighted means of two random windows without
  a call, each of unit length.
* ``whipbird search`` looks for the call of the example. A hit is right if it overlaps a call by a tenth of a second.
* For time, these vectors are repeated up to 1,000 hours, in files of their own; 100,000 hours are calculated.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
from rich.table import Table

from benchmarks.common import MB, Measure, Unavailable, data_folder, finish, run, whipbird
from whipbird.api.model import load_model
from whipbird.arrays import Floats
from whipbird.errors import BundleError
from whipbird.formats.annotation import Annotation
from whipbird.models.bundle import locate
from whipbird.search.background import direction
from whipbird.search.example import example_vectors
from whipbird.search.hits import LEAST_WINDOWS, Hit, best_hits
from whipbird.search.nearest import has_usearch, nearest
from whipbird.search.vectors import ROWS, Shard, VectorIndex, quantised
from whipbird_train.datasets.clips import load_clip

MODEL = "birdnet"
RATE_HZ = 24_000
FILE_S = 600.0
WINDOW_S = 3.0
CALLS = 40
CALL_DB = (0.0, 10.0)  # above the sound around it
MIX_DB = (-15.0, 0.0)  # of the second sound of a pair
MARGIN_S = 0.3  # of sound around a call
FADE_S = 0.05
LEAST_OVERLAP_S = 0.1
FOUND = 20  # hits that are looked at
MOST_RANKED = 1000
SHARD = 14_400  # vectors in a file that is made: 12 hours
TAIL = 0.99  # quantile of similarities from which a tail is fitted


@dataclass(frozen=True)
class Hidden:
    """A call that was mixed into a file."""

    file: str
    begin_s: float
    end_s: float


def other_sounds(data: Path) -> list[Path]:
    """Recordings and clips without boobooks."""
    owls = data / "birds" / "qut-boobook"
    with (owls / "recordings.csv").open(newline="", encoding="utf-8") as file:
        negative = {row["recording"] for row in csv.DictReader(file) if row["kind"] == "negative"}
    found = [path for path in (owls / "recordings").iterdir() if path.name in negative]
    folders = ("urbansound8k", "capuchinbird/forest", "capuchinbird/clips", "noise", "read-speech", "birds")
    suffixes = {".wav", ".flac", ".ogg", ".opus", ".mp3"}
    for folder in folders:
        found += [
            path for path in sorted((data / folder).rglob("*")) if path.suffix in suffixes and owls not in path.parents
        ]
    return sorted(found)


def calls_of(data: Path) -> dict[str, list[Annotation]]:
    """Boobook calls by recording."""
    calls: dict[str, list[Annotation]] = {}
    with (data / "birds" / "qut-boobook" / "annotations.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["label"] == "boobook":
                one = Annotation(float(row["begin_s"]), float(row["end_s"]), "boobook")
                calls.setdefault(row["recording"], []).append(one)
    return calls


def long_sound(paths: list[Path], rng: np.random.Generator) -> Iterator[Floats]:
    """Sounds in random order, one after the other, without end."""
    while True:
        for number in rng.permutation(len(paths)):
            yield load_clip(paths[number], RATE_HZ)


def taken(sounds: Iterator[Floats], samples: int) -> Floats:
    """The next samples, at a common level."""
    parts: list[Floats] = []
    while sum(map(len, parts)) < samples:
        sound = next(sounds)
        level = float(np.sqrt(np.mean(sound**2))) if len(sound) else 0.0
        if level > 0:
            parts.append(sound[:samples] * np.float32(0.03 / level))
    return np.concatenate(parts)[:samples]


def make_archive(folder: Path, hours: float, data: Path, example: str, seed: int = 1) -> list[Hidden]:
    """Write the files; returns the calls in them."""
    rng = np.random.default_rng(seed)
    sounds, others = long_sound(other_sounds(data), rng), long_sound(other_sounds(data), rng)
    calls = [(name, one) for name, own in calls_of(data).items() if name != example for one in own]
    files, samples = round(hours * 3600 / FILE_S), round(FILE_S * RATE_HZ)
    places = rng.integers(files, size=CALLS)
    hidden = []
    for number in range(files):
        sound = taken(sounds, samples) + taken(others, samples) * np.float32(10 ** (rng.uniform(*MIX_DB) / 20))
        name = f"archive-{number:04}.flac"
        for _ in range(int((places == number).sum())):
            source, call = calls[rng.integers(len(calls))]
            recording = load_clip(data / "birds" / "qut-boobook" / "recordings" / source, RATE_HZ)
            begin, end = (
                max(0, round((call.begin_s - MARGIN_S) * RATE_HZ)),
                round((call.end_s + MARGIN_S) * RATE_HZ),
            )
            cut = recording[begin:end] * _faded(len(recording[begin:end]))
            at = int(rng.integers(samples - len(cut)))
            around = sound[at : at + len(cut)]
            gain = np.sqrt(np.mean(around**2) / max(float(np.mean(cut**2)), 1e-12)) * 10 ** (rng.uniform(*CALL_DB) / 20)
            sound[at : at + len(cut)] += cut * np.float32(gain)
            first_s = at / RATE_HZ + call.begin_s - begin / RATE_HZ
            hidden.append(Hidden(name, first_s, first_s + call.end_s - call.begin_s))
        soundfile.write(folder / name, np.clip(sound, -1, 1), RATE_HZ)
    return hidden


def _faded(samples: int) -> Floats:
    ramp = np.minimum(1.0, np.arange(1, samples + 1) / (FADE_S * RATE_HZ))
    faded: Floats = (ramp * ramp[::-1]).astype(np.float32)
    return faded


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--hours", type=float, default=3.0, help="hours of sound that are made and embedded")
    parser.add_argument("--total", type=float, default=100.0, help="hours with vectors that are made")
    parser.add_argument("--most", type=float, default=1000.0, help="hours for the time of a search")
    parser.add_argument("--folder", type=Path, help="keep what is made here, and use what is there")
    arguments = parser.parse_args()
    try:
        locate(MODEL)
    except BundleError as error:
        raise Unavailable("BirdNET is not installed: whipbird models add birdnet") from error
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        measures, table = measured(folder, arguments.hours, arguments.total, arguments.most)
    finish("search", "search by example", measures, table)


def measured(folder: Path, hours: float, total: float, most: float) -> tuple[list[Measure], Table]:
    """The measures, and a table of times."""
    data = data_folder("birds").parent
    example = min(calls_of(data))
    hidden = prepared(folder, hours, data, example)
    call = calls_of(data)[example][0]
    recording = str(data / "birds" / "qut-boobook" / "recordings" / example)
    model = load_model(MODEL)
    queries = example_vectors(recording, call.begin_s, call.end_s, model)
    index, started_s = VectorIndex(folder / "vectors"), time.process_time()
    index.update()
    converting_s = time.process_time() - started_s
    real = list(index.shards(model.embedding_sha256))
    windows = sum(len(shard.vectors) for shard in real)
    plain, queries = queries, direction(queries, index.background(model.embedding_sha256)).vector
    found = best_hits(real, queries, FOUND)
    measures = [
        Measure("calls in the sound", len(hidden)),
        Measure(f"right among the first {FOUND}, {hours:g} h of sound", right_hits(found, hidden)),
        Measure("right among as many as there are calls", right_hits(best_hits(real, queries, len(hidden)), hidden)),
    ]
    others = quiet_vectors(real, hidden)
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as name:
        shards = [*real, *mixed_shards(Path(name) / "total", others, count_of(total) - windows, rng)]
        found = best_hits(shards, queries, FOUND)
        by_cosine = right_hits(best_hits(shards, plain, FOUND), hidden)
        measures.append(Measure(f"right among the first {FOUND}, {total:g} h, by the plain cosine", by_cosine))
        ranked = best_hits(shards, queries, MOST_RANKED)
        first_rank = first_right(ranked, hidden)
        best = ranked[(first_rank or MOST_RANKED) - 1].similarity
        expected = tail(others, queries, best, total / hours)
        measures += [
            Measure(f"first right moment in {total:g} h", first_rank),
            Measure(f"right among the first {FOUND}, {total:g} h with mixed vectors", right_hits(found, hidden)),
            Measure(f"false moments above the first right one, expected in {total:g} h of sound", expected),
            Measure("conversion of the embeddings, processor", 1e6 * converting_s / windows, "µs a window"),
        ]
        shards = repeated(shards, Path(name), count_of(most))
        table = Table("search in", "vectors", "bytes", "elapsed", "processor", title="time of a search, all cores")
        for fast in (True, False) if has_usearch() else (False,):
            count, size, elapsed_s, cpu_s = timed(shards, queries, fast)
            what = f"{most:,.0f} h, {'usearch' if fast else 'NumPy'}"
            table.add_row(what, f"{count:,}", f"{size / MB:,.0f} MB", f"{elapsed_s:.2f} s", f"{cpu_s:.2f} s")
            measures += [
                Measure(f"{what}, elapsed", elapsed_s, "s"),
                Measure(f"{what}, processor", cpu_s, "s"),
                Measure(f"{what}, a hundred times as many, by calculation", 100 * elapsed_s, "s"),
            ]
        measures += [
            Measure(f"index of {most:g} h", size / MB, "MB"),
            Measure(f"index of {100 * most:g} h, by calculation", 100 * size / MB / 1000, "GB"),
        ]
    return measures, table


def count_of(hours: float) -> int:
    """Windows in some hours."""
    return round(hours * 3600 / WINDOW_S)


def prepared(folder: Path, hours: float, data: Path, example: str) -> list[Hidden]:
    """Make and scan the sound, unless that has been done in this folder; returns the calls in it."""
    known = folder / "hidden.json"
    if not known.exists():
        (folder / "sound").mkdir(parents=True)
        hidden = make_archive(folder / "sound", hours, data, example)
        known.write_text(json.dumps([asdict(one) for one in hidden]))
    if not (folder / "scan" / "scan.json").exists():
        command = whipbird("scan", str(folder / "sound"), "--model", MODEL, "--hop", f"{WINDOW_S:g}")
        subprocess.run([*command, "--out", str(folder / "scan"), "--embeddings", str(folder / "vectors")], check=True)
    return [Hidden(**one) for one in json.loads(known.read_text())]


def right_hits(hits: Sequence[Hit], hidden: Sequence[Hidden]) -> int:
    """Hits in which there is a call."""
    return sum(any(_overlaps(hit, one) for one in hidden) for hit in hits)


def first_right(hits: Sequence[Hit], hidden: Sequence[Hidden]) -> float | None:
    """Rank of the first hit in which there is a call, from 1."""
    return next((rank for rank, hit in enumerate(hits, 1) if any(_overlaps(hit, one) for one in hidden)), None)


def _overlaps(hit: Hit, one: Hidden) -> bool:
    shared_s = min(hit.end_s, one.end_s) - max(hit.start_s, one.begin_s)
    return Path(hit.recording).name == one.file and shared_s >= LEAST_OVERLAP_S


def quiet_vectors(shards: Sequence[Shard], hidden: Sequence[Hidden]) -> Floats:
    """Vectors of unit length of windows without a call."""
    kept = []
    for shard in shards:
        chosen = np.ones(len(shard.rows), bool)
        for one in hidden:
            if one.file in {Path(name).name for name in shard.names}:
                number = [Path(name).name for name in shard.names].index(one.file)
                near = (shard.rows["start_s"] < one.end_s) & (shard.rows["end_s"] > one.begin_s)
                chosen &= ~(near & (shard.rows["recording"] == number))
        vectors = shard.vectors[chosen].astype(np.float32)
        kept.append(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    return np.concatenate(kept)


def mixed_shards(folder: Path, vectors: Floats, count: int, rng: np.random.Generator) -> list[Shard]:
    """Shards of weighted means of two random vectors, on the disk."""
    folder.mkdir()
    shards = []
    for number, first in enumerate(range(0, count, SHARD)):
        size = min(SHARD, count - first)
        one, other = (vectors[rng.integers(len(vectors), size=size)] for _ in range(2))
        share = rng.uniform(0.2, 0.8, (size, 1)).astype(np.float32)
        made = quantised(share * one + (1 - share) * other)
        path = folder / f"mixed-{number:05}.npy"
        np.save(path, made)
        rows = np.zeros(size, ROWS)
        rows["start_s"] = WINDOW_S * 2 * np.arange(size)
        rows["end_s"] = rows["start_s"] + WINDOW_S
        rows["length"] = np.linalg.norm(made.astype(np.float32), axis=1)
        shards.append(Shard(path.stem, np.load(path, mmap_mode="r").view(np.ndarray), rows, [f"{path.stem}.wav"]))
    return shards


def repeated(shards: Sequence[Shard], folder: Path, count: int) -> list[Shard]:
    """The same vectors again and again, each time in files of their own, until there are this many."""
    every, had = list(shards), sum(len(shard.vectors) for shard in shards)
    for number in range(len(shards) * (count // had + 1)):
        if had >= count:
            break
        one = shards[number % len(shards)]
        path = folder / f"again-{number:05}.npy"
        np.save(path, one.vectors)
        every.append(replace(one, vectors=np.load(path, mmap_mode="r").view(np.ndarray)))
        had += len(one.vectors)
    return every


def tail(others: Floats, queries: Floats, similarity: float, times: float) -> float:
    """Windows without a call that are more similar than this, expected in a multiple of the sound.

    Mixed vectors are no more similar than those that they are mixed from. The number is therefore extrapolated from the
    sound itself, by an exponential tail of the similarities above the 99th percentile.
    """
    own = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    values = (others @ own.T).max(axis=1)
    start = float(np.quantile(values, TAIL))
    beyond = values[values > start] - start
    return float(times * len(beyond) * np.exp(-max(0.0, similarity - start) / beyond.mean()))


def timed(shards: Sequence[Shard], queries: Floats, fast: bool) -> tuple[int, int, float, float]:
    """Vectors, bytes, elapsed time and processor time of a search, with all shards in memory already."""

    def search() -> None:
        windows = [nearest(shard, queries, LEAST_WINDOWS, fast) for shard in shards]
        assert windows

    search()
    started_s, started_cpu_s = time.perf_counter(), time.process_time()
    search()
    elapsed_s, cpu_s = time.perf_counter() - started_s, time.process_time() - started_cpu_s
    size = sum(shard.vectors.nbytes + shard.rows.nbytes for shard in shards)
    return sum(len(shard.vectors) for shard in shards), size, elapsed_s, cpu_s


if __name__ == "__main__":
    run(main)
