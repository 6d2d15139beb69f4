"""Standard error without the output of native libraries."""

import os

from whipbird.system.native_stderr import without_native_lines


def test_only_lines_with_that_start_are_dropped(capfd):
    os.write(2, b"before\n")
    with without_native_lines(b"INFO: "):
        os.write(2, b"INFO: here I am\nERROR: no\n")
        os.write(2, b"a part")
    os.write(2, b" of a line\nINFO: after\n")
    assert capfd.readouterr().err == "before\nERROR: no\na part of a line\nINFO: after\n"


def test_lines_before_an_error_are_shown(capfd):
    try:
        with without_native_lines(b"INFO: "):
            os.write(2, b"ERROR: no\n")
            raise ValueError
    except ValueError:
        os.write(2, b"and on\n")
    assert capfd.readouterr().err == "ERROR: no\nand on\n"


def test_debugging_shows_all(capfd, monkeypatch):
    monkeypatch.setenv("WHIPBIRD_DEBUG", "1")
    with without_native_lines(b"INFO: "):
        os.write(2, b"INFO: here I am\n")
    assert capfd.readouterr().err == "INFO: here I am\n"
