"""Hits can be judged, and verdicts on them are found again."""

from made_verdicts import verdict
from whipbird.database.verdicts import VerdictStore
from whipbird.search.candidates import hit_candidates
from whipbird.search.hits import Hit

HITS = [Hit(0.9, "/archive/b.wav", 3, 6, "shard-000000"), Hit(0.8, "/archive/a.wav", 30, 33, "shard-000000")]


def test_hits_keep_their_order_and_their_verdicts(tmp_path):
    path = tmp_path / "verdicts.sqlite"
    store = VerdictStore(path)
    store.add([verdict("no", 31, 34, recording="/archive/a.wav", label="owl")])
    store.close()
    first, second = hit_candidates(HITS, "owl", "birds", path, {})
    assert (first.event.source, first.event.score, first.event.verdict) == ("/archive/b.wav", 0.9, None)
    assert second.event.verdict.answer == "no"
    first, second = hit_candidates(HITS, "frog", "birds", path, {})
    assert second.event.verdict is None
