"""The same sound gives the same events, to the last bit, however it comes: at any pace, cut anywhere, alone or together
with other sources, live or from a file, replayed or scanned. One hash of all events says so, with their ids."""

import hashlib
from functools import cache

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from made_archive import words
from models_of_others import as_model
from waiting import LIMIT_S
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.worker import Worker
from whipbird.events.detection import Detection
from whipbird.importers.add import find_ingredients
from whipbird.models.model import Model
from whipbird.scan.workers.process_recording import process_recording
from whipbird.sinks.messages.message import event_message, to_json
from whipbird.sources.base import Source
from whipbird.sources.replay import Replay
from whipbird.sources.ring_writer import write_block

SECONDS = 8
RATES_HZ = (8_000, 16_000, 22_050, 44_100, 48_000)
MODELS = ("commands", "commands-lecture", "digits", "capuchinbird")


class Cut(Source):
    """A recording's sound and name, in blocks of any length, from a source that may be live."""

    def __init__(self, path, cuts, live, paced):
        recording = opened(path)
        recording.close()
        super().__init__(path, live, recording.rate_hz, 1, clock=recording.clock, paced=paced)
        self._blocks = np.split(soundfile.read(path, dtype="float32", always_2d=True)[0], cuts)

    def run(self, ring, stop, notify):
        for block in self._blocks:
            while not ring.wait_for_room(len(block), 0.1):
                pass
            write_block(ring, block)


def opened(path, speed=None):
    source = Replay(path, speed)
    source.open()
    return source


@cache
def loaded(name):
    """A model that takes many things for events: its thresholds are low."""
    model = Model(name)
    low = {label: found.model_copy(update={"on": 0.3, "off": 0.2}) for label, found in model.card.debounce.items()}
    model.card = model.card.model_copy(update={"debounce": low})
    return model


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("same")
    sound = words(SECONDS, 48_000)
    paths = {}
    for rate_hz in RATES_HZ:
        paths[rate_hz] = str(folder / f"{rate_hz}.wav")
        soundfile.write(paths[rate_hz], soxr.resample(sound, 48_000, rate_hz), rate_hz)
    return paths


@cache
def scanned(path, name):
    return fingerprint(process_recording(path, [loaded(name)]).detections)


def fingerprint(reports):
    """Number and hash of all events, with their ids."""
    events = [report for report in reports if isinstance(report, Detection)]
    content = b"".join(to_json(event_message(event, "hill")) + repr(event).encode() for event in events)
    return len(events), hashlib.sha256(content).hexdigest()


def together(sources, models):
    """Fingerprints of pipelines, one for each source and its model or models, that share one worker."""
    worker, found, pipelines = Worker(), [], []
    for source, model in zip(sources, models, strict=True):
        found.append([])
        own = model if isinstance(model, list) else [model]
        pipelines.append(Pipeline(source, own, found[-1].append, worker=worker))
    for pipeline in pipelines:
        pipeline.start()
    for pipeline in pipelines:
        assert pipeline.wait(LIMIT_S)
        assert pipeline.failure is None
    return [fingerprint(reports) for reports in found]


def drawn(data, recordings):
    """A source of any kind, and the path of its recording."""
    rate_hz = data.draw(st.sampled_from(RATES_HZ))
    path = recordings[rate_hz]
    if data.draw(st.booleans(), "a file"):
        return opened(path, data.draw(st.sampled_from([None, 20.0, 300.0, 1e6]), "speed")), path
    cuts = sorted(data.draw(st.lists(st.integers(0, SECONDS * rate_hz), max_size=20), "cuts"))
    live, paced = data.draw(st.booleans(), "live"), data.draw(st.booleans(), "paced")
    return Cut(path, cuts, live=live, paced=paced), path


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_one_hash_of_events_however_the_sound_comes(recordings, data):
    sources, models, expected = [], [], []
    for _ in range(data.draw(st.integers(1, 4), "sources")):
        source, path = drawn(data, recordings)
        name = data.draw(st.sampled_from(MODELS))
        sources.append(source)
        models.append(loaded(name))
        expected.append(scanned(path, name))
    assert together(sources, models) == expected


def test_there_are_events_to_compare(recordings):
    counts = {(rate_hz, name): scanned(path, name)[0] for rate_hz, path in recordings.items() for name in MODELS}
    assert sum(count > 0 for count in counts.values()) > len(counts) / 2, counts


@pytest.fixture(scope="module")
def phrases(data, tmp_path_factory):
    """Folders of two models that keep a state inside and share a front end that remembers."""
    source = data / "models" / "micro-wake-word"
    if not source.is_dir():
        pytest.skip(f"no {source}")
    folder = tmp_path_factory.mktemp("phrases")
    for name in ("alexa", "vad"):
        as_model(folder / name, find_ingredients([source / f"{name}.json"]))
    return [str(folder / name) for name in ("alexa", "vad")]


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawing=st.data())
def test_models_that_remember_have_one_hash_of_events_however_the_sound_comes(recordings, phrases, drawing):
    models = [loaded(name) for name in phrases]
    sources, expected = [], []
    for _ in range(drawing.draw(st.integers(1, 2), "sources")):
        source, path = drawn(drawing, recordings)
        sources.append(source)
        expected.append(together([opened(path)], [models])[0])
    assert together(sources, [models] * len(sources)) == expected
    assert all(count for count, _ in expected)


def test_models_that_share_a_front_end_have_the_events_of_each_alone(recordings, phrases):
    models = [loaded(name) for name in phrases]
    path = recordings[44_100]
    (both,) = together([opened(path)], [models])
    alone = together([opened(path) for _ in models], models)
    assert both[0] == sum(count for count, _ in alone) > 0
