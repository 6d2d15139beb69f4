"""A recording processed in pieces and by replay: the same events, bit for bit."""

from itertools import pairwise

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from made_archive import in_order, replayed, words
from triggered import BLOCK, write_wav
from whipbird.engine.pipeline import Pipeline
from whipbird.errors import SourceError
from whipbird.events.settings import DebounceSettings
from whipbird.models.model import Model
from whipbird.recordings.files import version_of
from whipbird.scan.archive.headers import read_headers
from whipbird.scan.shards import PieceSpan
from whipbird.scan.workers.boundaries import cut_grid_s, warm_up_s
from whipbird.scan.workers.process_recording import NeedsWholeRecording, process_recording
from whipbird.sources.replay import Replay

LONG_S = 4 * 60
RATES_HZ = (16_000, 44_100)
NAMES = ("commands", "capuchinbird", "excited")
SPOKEN_S = (184, 208)  # around the only place where long recordings are cut for the commands, whose words take time


@pytest.fixture(scope="module")
def models(commands, asking, tmp_path_factory):
    calm, excited = Model("capuchinbird"), Model("capuchinbird")
    excited.card = excited.card.model_copy(update={"debounce": _excited(calm, tmp_path_factory.mktemp("models"))})
    return {"commands": asking, "first alone": commands, "capuchinbird": calm, "excited": excited}


def _excited(model, folder):
    """Settings with which words count as many long calls, from the quantiles of each label's scores."""
    path = folder / "words.wav"
    soundfile.write(path, words(100, 16_000), 16_000)
    source, scores = Replay(str(path)), []
    source.open()
    tap = [lambda hop: scores.append(hop.scores)]
    pipeline = Pipeline(source, [model], lambda report: None, taps=tap)
    pipeline.start()
    pipeline.wait()
    source.close()
    off, on = np.quantile(scores, [0.6, 0.9], axis=0)
    return {
        label: DebounceSettings(on=on[number], off=off[number], smooth_s=0.32, release_s=release_s, refractory_s=ref_s)
        for number, (label, release_s, ref_s) in enumerate(zip(model.card.labels, (0.2, 1.5), (0.2, 3.0), strict=True))
    }


def in_pieces(path, models, cuts):
    bounds = [0, *cuts, None]
    found = []
    for start, end in pairwise(bounds):
        found += process_recording(str(path), models, span=PieceSpan(start, end)).detections
    return in_order(found)


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """Recordings full of words, over a noise that comes and goes; for the commands, most is noise alone."""
    folder = tmp_path_factory.mktemp("long")
    paths = {}
    for rate, ending in zip(RATES_HZ, ("wav", "flac"), strict=True):
        sound = words(LONG_S, rate)
        for name in NAMES:
            paths[rate, name] = folder / f"{name}.{ending}"
            own = sound
            if name == "commands":
                first, last = (second * rate for second in SPOKEN_S)
                own = np.random.default_rng(1).normal(0, 1e-3, len(sound)).astype(np.float32)
                own[first:last] += sound[first:last]
            soundfile.write(paths[rate, name], own, rate)
    return paths


@pytest.fixture(scope="module")
def whole(long, models):
    return {(rate, name): replayed(path, [models[name]])[0] for (rate, name), path in long.items()}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", RATES_HZ)
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_pieces_give_the_events_of_the_whole_bit_for_bit(long, whole, models, name, rate, data):
    grid = cut_grid_s([models[name]])
    cuts = sorted(data.draw(st.sets(st.sampled_from(range(grid, LONG_S, grid)), min_size=1, max_size=4)))
    assert in_pieces(long[rate, name], [models[name]], cuts) == whole[rate, name]


def test_words_are_detected_before_and_after_the_cut_of_commands(whole, models):
    (cut_s,) = range(cut_grid_s([models["commands"]]), LONG_S, cut_grid_s([models["commands"]]))
    found = [event.begin_s < cut_s + warm_up_s([models["commands"]]) for event in whole[16_000, "commands"]]
    assert found.count(True) > 2
    assert found.count(False) > 2


def test_some_events_cross_a_boundary(whole, models):
    model = models["excited"]
    boundaries = [cut_s + warm_up_s([model]) for cut_s in range(cut_grid_s([model]), LONG_S, cut_grid_s([model]))]
    events = whole[16_000, "excited"]
    assert len(events) > 20
    assert sum(any(event.begin_s < boundary < event.end_s for event in events) for boundary in boundaries) >= 2


def test_a_sound_longer_than_a_piece_is_one_event(models, tmp_path):
    path = tmp_path / "on.wav"
    soundfile.write(path, words(300, 16_000), 16_000)
    settings = DebounceSettings(on=0.5, off=0.49, smooth_s=0.3, release_s=200.0, refractory_s=1.0)
    model = Model("capuchinbird")
    model.card = model.card.model_copy(update={"debounce": {model.card.labels[0]: settings}})
    expected = replayed(path, [model])[0]
    assert len(expected) == 1
    assert expected[0].end_s - expected[0].begin_s > 250
    assert in_pieces(path, [model], [64, 128, 192, 256]) == expected


def test_a_piece_of_a_broken_recording_needs_the_whole_which_is_as_in_replay(models, tmp_path):
    path = tmp_path / "broken.wav"
    sound = words(100, 16_000)
    sound[16_000 * 80 : 16_000 * 80 + 4] = np.nan
    soundfile.write(path, sound, 16_000, subtype="FLOAT")
    with pytest.raises(NeedsWholeRecording):
        process_recording(str(path), [models["first alone"]], span=PieceSpan(64, None))
    expected, summary = replayed(path, [models["first alone"]])
    result = process_recording(str(path), [models["first alone"]])
    assert in_order(result.detections) == expected
    assert result.lost_s == summary.lost_s > 0


def test_a_triggered_recording_is_processed_as_in_replay(models, tmp_path):
    sound = np.round(2**14 * words(20, 16_000)).astype(np.int16)
    path = write_wav(tmp_path / "20240501_060000T.WAV", 16_000, sound[:160_000], 10**6, sound[160_000:])
    (row,) = read_headers([version_of(str(path))], None)
    assert (row["duration_s"], row["can_cut"]) == (20 + 10**6 * BLOCK / 16_000, False)
    expected, _ = replayed(path, [models["first alone"]])
    result = process_recording(str(path), [models["first alone"]])
    assert in_order(result.detections) == expected
    assert (result.heard_s, result.lost_s, result.below_trigger_s) == (20, 0, 10**6 * BLOCK / 16_000)
    assert [gap.reason for gap in result.gaps] == ["below trigger"]


def test_channels_in_opposite_phase_are_a_notice(models, tmp_path):
    path = tmp_path / "opposite.wav"
    sound = words(8, 16_000)
    soundfile.write(path, np.stack((sound, -sound), axis=1), 16_000)
    assert "opposite phase" in process_recording(str(path), [models["first alone"]]).notice
    assert process_recording(str(path), [models["first alone"]], channel=1).notice == ""


def test_a_damaged_recording_is_processed_to_its_end_as_in_replay(models, tmp_path):
    path = tmp_path / "joined.wav"
    soundfile.write(path, words(20, 16_000), 16_000)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + whole)
    expected, summary = replayed(path, [models["first alone"]])
    result = process_recording(str(path), [models["first alone"]])
    assert in_order(result.detections) == expected
    assert result.heard_s == summary.heard_s == pytest.approx(30, abs=0.01)
    assert result.lost_s == summary.lost_s == pytest.approx(10, abs=0.01)
    assert result.problem.startswith(f"{path}: the part from 0.00 s breaks off after ")


def test_a_file_that_is_no_recording_is_an_error(models, tmp_path):
    (tmp_path / "empty.wav").touch()
    with pytest.raises(SourceError, match="empty"):
        process_recording(str(tmp_path / "empty.wav"), [models["first alone"]])
    with pytest.raises(SourceError, match="has 1 channels, not 2"):
        process_recording(str(_short(tmp_path)), [models["first alone"]], channel=2)


def _short(folder):
    path = folder / "short.wav"
    soundfile.write(path, words(1, 16_000), 16_000)
    return path
