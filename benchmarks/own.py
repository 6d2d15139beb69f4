"""Detectors of one's own: trained on few clips by ``whipbird train calls``, judged where they have not been.

- ``boobook``: Australian Boobooks in the field, trained on the recordings of four fifths, tested on the others, in five
  turns. Recordings that are annotated throughout give recall and false alarms, boxes of other sounds further false
  alarms, and recordings of another forest the false alarms of a place that the model does not know. Some calls in three
  recordings are not annotated (`UNANNOTATED`, by their spectrograms). Where such a recording is trained on, they are
  uncertain annotations, neither calls nor background; where it tests, events there count as false in one row and are
  not judged in the next.
- ``capuchinbird``: 20 clips, judged in 25 recordings of the forest.
- ``dogs``: 30 clips of barks of one fold of UrbanSound8K, judged over the city sounds of another.
- ``review`` and ``search``: what verdicts are worth, and search by example, measured by the benchmarks of these names.

Nothing of the test recordings is trained on or chooses a threshold.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks.common import RESULTS, ROOT, SKIPPED, Measure, data_folder, finish, run
from whipbird.formats.annotation import Annotation, annotations_of
from whipbird.formats.annotation_files import read_annotations
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird.recordings.files import sound_files
from whipbird.segments.annotated import annotated_files, drawn_background, other_segments, sound_segments
from whipbird.segments.segment import write_segment
from whipbird_train.calls.clips import read_folder
from whipbird_train.calls.train import Choices, train_calls
from whipbird_train.datasets import capuchinbird, urbansound8k
from whipbird_train.datasets.clips import Clip, read_sounds
from whipbird_train.evaluate.intervals import poisson_rate, share
from whipbird_train.evaluate.matching import SONGS
from whipbird_train.evaluate.recorded_scores import Annotated, evaluated, hours_of, record_scores, record_sound_scores
from whipbird_train.soundscapes.clip_order import Sound
from whipbird_train.soundscapes.forest import forest
from whipbird_train.soundscapes.mix import MixSettings, build

OTHERS = ("review", "search")  # benchmarks of their own
SETS = ("boobook", "capuchinbird", "dogs", *OTHERS)
TURNS, LEAST_RECALL, MOST_IN_ALL, MOST_ELSEWHERE = 5, 90.0, 1, 3.0
UNANNOTATED = {  # seconds at which spectrograms show calls that the annotations lack
    "dalby_cotton_01_2981_771968_20210216_184400": ((1.0, 2.2), (3.5, 6.2), (11.0, 12.2), (25.3, 26.6), (29.3, 30.0)),
    "miles_cotton_01_2982_772257_20210216_182030": ((2.0, 3.3), (13.0, 14.5)),
    "st_george_cotton_01_2983_703132_20210117_183530": ((8.2, 9.3), (13.1, 14.3)),
}
BARKS, CAPUCHINBIRDS = 30, 20
CITY = 150  # clips of other city sounds, to train on and to test on


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.own", description=__doc__)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--calls", nargs="+", type=int, default=(10, 20, 30), help="of boobooks that are trained on")
    parser.add_argument("--turns", type=int, default=TURNS, help="of boobooks, of five")
    parser.add_argument("--network", choices=("best", "own", "birdnet"), default="best")
    chosen = parser.parse_args()
    measures: list[Measure] = []
    table = Table("", "trained on", "calls", "found", "false", "hours", "false/hour", title="detectors of one's own")
    if "boobook" in chosen.sets:
        for count in chosen.calls:
            measures += _boobook(count, chosen.turns, chosen.network, table)
    if "capuchinbird" in chosen.sets:
        measures += _capuchinbird(chosen.network, table)
    if "dogs" in chosen.sets:
        measures += _dogs(chosen.network, table)
    for name in OTHERS:
        if name in chosen.sets:
            measures += _of(name)
    finish("own", "own", measures, table)


def _of(name: str) -> list[Measure]:
    """Run another benchmark, which prints its own table; returns its measures, or none if it cannot run here."""
    sys.stdout.flush()
    code = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT, check=False).returncode
    if code == SKIPPED:
        return []
    if code:
        raise SystemExit(code)
    rows = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))["measures"]
    kept = ("value", "unit", "limit", "at_least")
    return [Measure(f"{name}: {row['name']}", **{key: row[key] for key in kept}) for row in rows]


def _trained(clips: Path, folder: Path, network: str, until: str | None = None) -> Model:
    bundle = folder / "model"
    train_calls(read_folder(clips, until=until), Choices("own", network=network), bundle, print)
    return Model(str(bundle))


def _row(table: Table, name: str, trained_on: str, heard: Annotated, card: Card) -> tuple[float, float]:
    """Add a row; returns recall in percent and false alarms per hour."""
    found = evaluated(heard, card, SONGS).overall
    recall, rate = share(found.hits, found.annotations), poisson_rate(found.false, hours_of(heard))
    shown = "" if recall.value is None else f"{recall.value:.0%} ({recall.low:.0%} to {recall.high:.0%})"
    per_hour = "" if rate.value is None else f"{rate.value:.2g} ({rate.low:.2g} to {rate.high:.2g})"
    table.add_row(name, trained_on, str(found.annotations), shown, str(found.false), f"{hours_of(heard):.2f}", per_hour)
    return 100 * (recall.value or 0.0), rate.value or 0.0


def _boobook(count: int, turns: int, network: str, table: Table) -> list[Measure]:
    data = data_folder("birds/qut-boobook")
    annotated = read_annotations(data / "annotations.csv")
    completed = {name: [*own, *_missing(name)] for name, own in annotated.items()}
    with (data / "recordings.csv").open(newline="") as file:
        kinds = {row["recording"]: row["kind"] for row in csv.DictReader(file)}
    elsewhere = sound_files(data.parent.parent / "capuchinbird" / "forest")
    whole: Annotated = []
    lenient: Annotated = []
    boxes: Annotated = []
    others: Annotated = []
    card = None
    for turn, test in list(enumerate(_fifths(kinds)))[:turns]:
        train = [name for name in kinds if name not in test]
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            _cut(data / "recordings", train, kinds, completed, count, folder / "clips", seed=turn)
            model = _trained(folder / "clips", folder, network)
            card = model.card
            for name in test:
                path = data / "recordings" / name
                truth = annotations_of(annotated, path) or []
                heard = record_scores(path, model)
                if kinds[name] == "hard-negative-boxes":
                    boxes.append((heard.within(truth), truth))
                else:
                    whole.append((heard, truth))
                    lenient.append((heard, sorted(truth + _missing(name))))
            others += [(record_scores(path, model), []) for path in elsewhere[turn::TURNS]]
    assert card is not None, "there is at least one turn"
    name = f"{count} calls"
    recall, _ = _row(table, "boobook", name, whole, card)
    _row(table, "  calls that are not annotated not judged", name, lenient, card)
    _row(table, "  boxes of other sounds", name, boxes, card)
    _, rate = _row(table, "  another forest", name, others, card)
    false = evaluated(lenient, card, SONGS).overall.false
    limits = (LEAST_RECALL, MOST_IN_ALL, MOST_ELSEWHERE) if count == 20 else (None, None, None)
    return [
        Measure(f"boobook, {count} calls: recall", recall, "%", limits[0], at_least=True),
        Measure(f"boobook, {count} calls: false in what is annotated throughout", false, "", limits[1]),
        Measure(f"boobook, {count} calls: false per hour in another forest", rate, "", limits[2]),
    ]


def _missing(name: str) -> list[Annotation]:
    return [Annotation(*span, "boobook?") for span in UNANNOTATED.get(Path(name).stem, ())]


def _fifths(kinds: dict[str, str]) -> Iterator[set[str]]:
    """The recordings that test in each turn: a fifth of each kind."""
    rng = np.random.default_rng(0)
    by_kind = [rng.permutation([name for name in kinds if kinds[name] == kind]) for kind in sorted(set(kinds.values()))]
    for turn in range(TURNS):
        yield {str(name) for names in by_kind for name in names[turn::TURNS]}


def _cut(
    folder: Path, names: Sequence[str], kinds: dict[str, str], annotated: dict[str, list[Annotation]], count: int,
    clips: Path, seed: int,
) -> None:  # fmt: skip
    """Cut clips of some calls, and background, out of recordings."""
    for complete in (True, False):
        paths = [str(folder / name) for name in names if (kinds[name] != "hard-negative-boxes") == complete]
        files = annotated_files(paths, annotated, (), lambda text: None)
        calls = [one for file in files for one in sound_segments(file, (), 2.0)]
        some = np.random.default_rng(seed).permutation(len(calls))[:count]
        others = [one for file in files for one in other_segments(file, ())]
        quiet = drawn_background(files, (), 3600, seed, print) if complete else others
        for one in [*(calls[number] for number in some), *quiet]:
            write_segment(one, clips)


def _linked(clips: Sequence[Clip], folder: Path) -> None:
    folder.mkdir(parents=True)
    for one in clips:
        (folder / one.path.name).symlink_to(one.path)


def _capuchinbird(network: str, table: Table) -> list[Measure]:
    data = data_folder("capuchinbird")
    clips = capuchinbird.read_clips(data)
    order = np.random.default_rng(0).permutation(len(clips))
    calls = [clips[n] for n in order if clips[n].label == capuchinbird.CAPUCHINBIRD][:CAPUCHINBIRDS]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _linked(calls, folder / "clips" / capuchinbird.CAPUCHINBIRD)
        _linked([one for one in clips if one.label == capuchinbird.BACKGROUND], folder / "clips" / "background")
        model = _trained(folder / "clips", folder, network)
        heard = forest(data.parent, model)
    recall, rate = _row(table, "capuchinbird in the forest", f"{CAPUCHINBIRDS} clips", heard, model.card)
    rows = evaluated(heard, model.card, SONGS).per_recording()
    close = sum(abs(row["events"] - row["annotations"]) <= 1 for row in rows)
    return [
        Measure("capuchinbird: recall", recall, "%", 95, at_least=True),
        Measure("capuchinbird: false per hour", rate, "", 2),
        Measure(
            "capuchinbird: recordings whose count is right within one", close, f"of {len(rows)}", 23, at_least=True
        ),
    ]


def _dogs(network: str, table: Table) -> list[Measure]:
    data = data_folder("urbansound8k")
    clips = urbansound8k.read_clips(data)
    rng = np.random.default_rng(0)
    folds = {split: [clips[n] for n in rng.permutation(len(clips)) if clips[n].split == split]
             for split in sorted({one.split for one in clips})}  # fmt: skip
    train, test = list(folds.values())[:2]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _linked([one for one in train if one.label == "dog_bark"][:BARKS], folder / "clips" / "dog_bark")
        _linked([one for one in train if one.label != "dog_bark"][:CITY], folder / "clips" / "background")
        model = _trained(folder / "clips", folder, network, until="-")
        rate_hz = model.card.sample_rate_hz
        kept, waves = read_sounds([one for one in test if one.label == "dog_bark"], rate_hz)
        city = read_sounds([one for one in test if one.label != "dog_bark"][:CITY], rate_hz)[1]
        barks = [Sound(wave, "dog_bark", one.group) for one, wave in zip(kept, waves, strict=True)]
        stream, truth = build(barks, city, MixSettings(rate_hz, (2.0, 8.0), snr_db=(10.0, 10.0)), seed=1)
        mixed = [(record_sound_scores(stream, rate_hz, model), truth)]
        alone: Annotated = [(record_sound_scores(np.concatenate(city), rate_hz, model), [])]
    recall, _ = _row(table, "dogs over other city sounds, 10 dB", f"{BARKS} clips", mixed, model.card)
    _, rate = _row(table, "  city sounds alone", f"{BARKS} clips", alone, model.card)
    return [Measure("dogs: clips with a bark found", recall, "%"), Measure("dogs: false per hour", rate)]


if __name__ == "__main__":
    run(main)
