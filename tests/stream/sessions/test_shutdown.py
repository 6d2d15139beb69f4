"""Signals end a session cleanly, and also the opening of a source."""

import signal

import pytest

from whipbird.errors import SourceError
from whipbird.sessions.shutdown import Interrupted, Shutdown


class Signalled:
    """A source that a signal interrupts while it opens, where it reports whatever fails as its own error."""

    def open(self):
        try:
            signal.raise_signal(signal.SIGTERM)
        except Exception as error:
            raise SourceError("the source cannot be used") from error


def test_a_signal_stops_and_is_kept():
    stops = []
    with Shutdown(lambda: stops.append(1)) as shutdown:
        assert shutdown.signal == 0
        signal.raise_signal(signal.SIGTERM)
    assert (shutdown.signal, stops) == (signal.SIGTERM, [1])


def test_a_second_ctrl_c_ends_at_once():
    with Shutdown(lambda: None):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_signal_interrupts_the_opening_of_a_source():
    with Shutdown(lambda: None) as shutdown:
        with pytest.raises(Interrupted):
            shutdown.open_source(Signalled())
        signal.raise_signal(signal.SIGTERM)  # only stops, now that the source is no longer being opened


def test_handlers_are_restored():
    before = signal.getsignal(signal.SIGTERM)
    with Shutdown(lambda: None):
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
