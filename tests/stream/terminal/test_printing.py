"""Lines for people on standard error."""

import io
import sys

import pytest

from whipbird.terminal.printing import say_next


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("error", "expected"), [(Terminal(), "next: whipbird report 'my scan'\n"), (io.StringIO(), "")]
)
def test_the_next_command_is_for_people(error, expected, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", error)
    say_next("report", "my scan")
    assert error.getvalue() == expected
    assert capsys.readouterr().out == ""
