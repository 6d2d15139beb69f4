"""A scan with a model of thousands of labels: nothing that is written for each recording or shard lists them."""

import json

import pyarrow.parquet as pq

from many_labels import heard_labels, many_labels
from whipbird.activity.heard_recording import Target
from whipbird.activity.tallies import total
from whipbird.scan.results.activity import read_scan

LARGEST = 60_000  # bytes: the labels take twice as much


def test_labels_are_written_once(scan, many, tones, tmp_path):
    out = tmp_path / "out"
    done = scan(tones, "--model", many, "--out", out)
    assert done.returncode == 0, done.stderr
    about = json.loads((out / "scan.json").read_text())
    assert about["settings"]["models"][0]["labels"] == many_labels()
    parts = list(out.rglob("*.parquet"))
    assert len(parts) >= 4
    assert max(part.stat().st_size for part in parts) < LARGEST
    (model,) = json.loads(pq.read_schema(parts[0]).metadata[b"whipbird"])["settings"]["models"]
    assert "labels" not in model
    activity = read_scan(out)
    counts = total(activity.tallies, lambda key: key.target)
    assert {target: tally.events for target, tally in counts.items()} == {
        Target("many", label): 1 for label in heard_labels()
    }
    assert activity.listened_for == {"many": 6522}
