"""One thread for several sources: an error in the work for one of them affects no other."""

import numpy as np
import pytest
import soundfile

from waiting import LIMIT_S
from whipbird.engine.pipeline import Pipeline
from whipbird.engine.worker import Worker
from whipbird.events.detection import Detection
from whipbird.events.reports import Notice
from whipbird.models.model import Model
from whipbird.sources.replay import Replay


class Failing(Model):
    """The shipped model, with a part that raises after a second of sound."""

    def __init__(self, part):
        self._part = part
        super().__init__("commands")
        self.network = failing(self.network, "score") if part == "network" else self.network

    def frontend(self):
        return failing(super().frontend(), "push") if self._part == "front end" else super().frontend()


def failing(part, method):
    """A copy of a part whose method raises when it is called for the 50th time."""
    own = getattr(part, method)
    calls = iter(range(50))

    def call(*arguments):
        if next(calls, None) is None:
            raise ZeroDivisionError("a part is faulty")
        return own(*arguments)

    setattr(part, method, call)
    return part


def opened(path, speed=1000.0):
    source = Replay(str(path), speed)
    source.open()
    return source


def events(reports):
    return [report for report in reports if isinstance(report, Detection)]


@pytest.fixture(scope="module")
def expected(demo, commands):
    return run(Worker(), demo, commands)[1]


def run(worker, path, model, **options):
    """Run a pipeline to its end; returns it and its events."""
    reports = []
    pipeline = Pipeline(opened(path), [model], reports.append, worker=worker, **options)
    pipeline.start()
    assert pipeline.wait(LIMIT_S)
    return pipeline, events(reports)


def tap_that_fails(hop):
    if hop.heard_s > 1:
        raise ZeroDivisionError("a part is faulty")


@pytest.mark.parametrize("part", ["front end", "network", "tap"])
def test_an_error_in_the_work_for_one_source_fails_only_that_source(demo, commands, expected, part):
    worker = Worker()
    reports, faults = [], []
    good = Pipeline(opened(demo), [commands], reports.append, worker=worker)
    model = commands if part == "tap" else Failing(part)
    taps = [tap_that_fails] if part == "tap" else None
    bad = Pipeline(opened(demo), [model], faults.append, worker=worker, taps=taps)
    good.start()
    bad.start()
    assert bad.wait(LIMIT_S)
    assert good.wait(LIMIT_S)
    assert str(bad.failure) == f"{demo}: ZeroDivisionError: a part is faulty"
    assert faults[-1] == Notice(str(bad.failure), problem=True)
    assert good.failure is None
    assert events(reports) == expected
    assert run(worker, demo, commands)[1] == expected  # a pipeline that is added later


def test_an_error_in_the_worker_itself_leaves_no_pipeline_waiting(demo, commands, expected, monkeypatch):
    worker = Worker()
    with monkeypatch.context() as patched:
        patched.setattr(worker, "_batches", tap_that_fails)  # an attribute error
        pipeline, _ = run(worker, demo, commands)
    assert isinstance(pipeline.crash, AttributeError)
    assert run(worker, demo, commands)[1] == expected


def test_a_failure_stops_the_source(commands, tmp_path):
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros(8_000 * 600), 8_000)
    pipeline, _ = run(Worker(), path, Failing("front end"))
    assert pipeline.release(LIMIT_S)
    assert pipeline.heard_s < 60
