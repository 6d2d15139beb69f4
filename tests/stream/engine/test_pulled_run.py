import threading

import numpy as np
import pytest
import soundfile

from whipbird.engine.pulled_run import PulledRun
from whipbird.engine.run import run_source
from whipbird.errors import SourceError
from whipbird.events.detection import Detection
from whipbird.events.reports import Heartbeat, Notice, Opening, Summary
from whipbird.sources.replay import Replay
from whipbird.sources.samples import Chunks

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def blocks(demo):
    """The demo in blocks of a tenth of a second."""
    sound = soundfile.read(demo, dtype="float32", always_2d=True)[0]
    return np.array_split(sound, len(sound) // 1_600)


class Noted(Replay):
    """A replay that notes when it is closed."""

    closed = False

    def close(self):
        super().close()
        self.closed = True


def opened(path):
    source = Noted(str(path))
    source.open()
    return source


def lasting(reports):
    """Reports without those that say when they were made."""
    return [one for one in reports if not isinstance(one, Opening | Heartbeat | Summary)]


def test_it_gives_the_reports_of_a_run_on_other_threads(demo, commands):
    expected = []
    outcome = run_source(opened(demo), [commands], expected.append)
    found = list(PulledRun(opened(demo), [commands]).reports())
    assert lasting(found) == lasting(expected)
    assert isinstance(found[-1], Summary)
    assert found[-1].heard_s == outcome.summary.heard_s


def test_it_works_only_when_it_is_asked(blocks, commands):
    taken = []

    def given():
        for block in blocks:
            taken.append(block)
            yield block

    reports = PulledRun(Chunks(RATE_HZ, 1), [commands]).reports(given())
    assert not taken
    first = next(one for one in reports if isinstance(one, Detection))
    assert first.reported_s <= len(taken) / 10 < first.reported_s + 0.5


def test_a_block_may_be_longer_than_the_ring(blocks, commands):
    sound = np.concatenate(blocks * 4)
    found = list(PulledRun(Chunks(RATE_HZ, 1), [commands]).reports([sound]))
    assert len(sound) / RATE_HZ > 60
    assert found[-1].heard_s == len(sound) / RATE_HZ
    assert found[-1].lost_s == 0


def test_a_run_that_is_left_closes_its_source(demo, commands):
    before, source = set(threading.enumerate()), opened(demo)
    reports = PulledRun(source, [commands]).reports()
    next(reports)
    reports.close()
    assert set(threading.enumerate()) == before
    assert source.closed


def test_another_thread_may_stop_it(blocks, commands):
    run = PulledRun(Chunks(RATE_HZ, 1), [commands])

    def given():
        for number, block in enumerate(blocks):
            if number == 15:
                thread = threading.Thread(target=run.stop)
                thread.start()
                thread.join()
            yield block

    found = list(run.reports(given()))
    assert [one.label for one in found if isinstance(one, Detection)] == ["yes"]
    assert found[-1].heard_s == pytest.approx(sum(map(len, blocks[:16])) / RATE_HZ)


def test_a_source_that_breaks_off_is_an_error_at_the_end(demo, commands, tmp_path):
    path = tmp_path / "broken.flac"
    path.write_bytes(demo.read_bytes()[:60_000])
    found = []
    with pytest.raises(SourceError, match="breaks off"):
        found.extend(PulledRun(opened(path), [commands]).reports())
    reports = PulledRun(opened(path), [commands]).reports()
    for report in reports:
        found.append(report)
        if isinstance(report, Summary):
            break
    assert any(isinstance(one, Detection) for one in found)
    assert any(isinstance(one, Notice) and one.problem for one in found)


def test_a_channel_that_is_not_there_closes_the_source(demo, commands):
    source = opened(demo)
    with pytest.raises(SourceError, match="has 1 channels, not 2"):
        PulledRun(source, [commands], channel=2)
    assert source.closed
