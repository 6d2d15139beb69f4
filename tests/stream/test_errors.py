"""Errors as users read them."""

from whipbird.errors import SourceError, error_text, source_error


def test_errors_of_the_system_are_in_its_words():
    assert error_text(FileNotFoundError(2, "No such file or directory", "a.wav")) == "a.wav: No such file or directory"
    assert error_text(OSError(28, "No space left on device")) == "No space left on device"


def test_an_unexpected_error_has_its_type():
    assert error_text(KeyError("rate")) == "KeyError: 'rate'"
    assert error_text(SourceError("a.wav: the file is empty")) == "a.wav: the file is empty"
    assert str(source_error(UnicodeError("a bug"), "a.wav")) == "a.wav: UnicodeError: a bug"
