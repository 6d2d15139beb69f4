import pytest

from whipbird.engine.timings import STAGES, StageTime, Timings


def test_a_stage_has_count_sum_mean_and_maximum():
    stage = StageTime()
    for seconds in (0.001, 0.004, 0.001):
        stage.add(seconds)
    assert stage.count == 3
    assert stage.total_s == pytest.approx(0.006)
    assert stage.mean_s == pytest.approx(0.002)


def test_a_stage_that_never_ran_took_no_time():
    assert StageTime().mean_s == 0


def test_laps_are_counted_for_their_stage():
    timings = Timings()
    timings.start()
    timings.lap("features")
    timings.lap("model")
    timings.lap("model")
    assert {name: stage.count for name, stage in timings.stages.items()} == {
        "queueing": 0,
        "resampling": 0,
        "features": 1,
        "model": 2,
        "debouncing": 0,
    }
    assert timings.stages["model"].total_s > 0
    assert tuple(timings.stages) == STAGES


def test_one_pipeline_does_not_time_anothers_work():
    one, other = Timings(), Timings()
    one.stages["model"].add(1)
    assert other.stages["model"].count == 0
