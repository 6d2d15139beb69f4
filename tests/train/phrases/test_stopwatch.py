"""How long a run has taken, over all its starts."""

import time

import pytest

from whipbird_train.phrases.stopwatch import spent_s, timed


@pytest.fixture
def passed(monkeypatch):
    """A clock that only goes on when told to."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def wait(seconds):
        now[0] += seconds

    return wait


def test_an_interrupted_run_counts_all_its_time(tmp_path, passed):
    file = tmp_path / "spent.json"
    assert spent_s(file) == 0
    with pytest.raises(KeyboardInterrupt), timed(file):
        _interrupt(passed)
    assert spent_s(file) == 5.0
    passed(60.0)  # nobody works on it
    with timed(file) as seconds:
        passed(2.0)
        assert seconds() == 7.0
        passed(1.0)
    assert spent_s(file) == 8.0


def _interrupt(passed):
    passed(5.0)
    raise KeyboardInterrupt
