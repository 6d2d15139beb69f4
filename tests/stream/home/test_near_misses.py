"""Near misses are kept, and nobody else gets them."""

import numpy as np
import pytest

from whipbird.activity.recorded_events import events_in_database
from whipbird.activity.selection import Selection
from whipbird.engine.detector import ScoredHop
from whipbird.events.detection import Detection
from whipbird.events.thresholds import Thresholds
from whipbird.home.near_misses import DATABASE, NearMissFinder
from whipbird.models.model import Model
from whipbird.sinks.kept_folder import kept_for_s
from whipbird.sources.samples import Chunks
from wyoming_peers import demo_pcm, heard_by, run, served

pytestmark = pytest.mark.usefixtures("first_alone_installed")


def stored(folder):
    """The near misses in a folder."""
    recordings = events_in_database(folder / DATABASE, Selection(), print)
    return [event for recording in recordings for event in recording.detections]


def scene(folder, thresholds, repeats=1):
    """Answers, reports and near misses of a server that hears the demo."""

    async def play():
        async with served("commands", near=folder, thresholds=thresholds, rooms={"127.0.0.1": "kitchen"}) as server:
            found = [await heard_by(server.uri, demo_pcm()[0]) for _ in range(repeats)]
        return found, server.kept.of(Detection)

    found, reported = run(play())
    return found[0], reported, stored(folder)


def test_what_reaches_half_a_threshold_is_kept_and_wakes_nothing(tmp_path):
    plain, wakes, none = scene(tmp_path / "plain", Thresholds())
    assert none == []
    (label, *others) = [one.label for one in wakes]
    found, reported, missed = scene(tmp_path / "near", Thresholds(labels=((label, 0.9999),)))
    assert [one.label for one in reported] == others
    assert len(found) == len(plain) - 1
    (one,) = missed
    assert (one.label, one.model, one.source) == (label, "commands", "kitchen")
    assert one.begin_s < wakes[0].peak_s < one.end_s
    assert one.score >= wakes[0].score, "that of a wake is what it was when it was reported"
    (clip,) = (tmp_path / "near").glob("*.flac")
    assert clip.name.startswith(f"{one.time:%Y}")
    assert kept_for_s(tmp_path / "near") == 86_400


@pytest.mark.parametrize("cut", [False, True])
def test_one_in_progress_counts_where_its_sound_ends(cut):
    model = Model("commands")
    card, found = model.card, []
    finder = NearMissFinder(model, frozenset({"yes"}), Chunks(16_000, 1), found.append)
    scores = np.where(np.array(card.labels) == "yes", 0.8 * card.debounce["yes"].on, 0.0).astype(np.float32)
    hop_s = card.hop_s
    for number in range(10):
        since_s = 20.0 + number * hop_s
        finder(ScoredHop(since_s, since_s + hop_s, since_s - 1.0, since_s + hop_s, scores, False, None))
    assert found == []
    if cut:  # sound is missing
        finder(ScoredHop(50.0, 50.0 + hop_s, 49.0, 50.0 + hop_s, 0 * scores, False, None))
    else:
        finder.finish()
    (one,) = found
    assert one.label == "yes"
    assert one.begin_s < 20.0 + 10 * hop_s == pytest.approx(one.reported_s)


def test_each_connection_has_its_own(tmp_path):
    _, _, missed = scene(tmp_path / "near", Thresholds(every=0.9999), repeats=2)
    spans = [(one.label, one.begin_s, one.end_s) for one in missed]
    assert len(spans) >= 4
    assert all(spans.count(one) == 2 for one in spans)
