"""Questions to the person at the terminal. What cannot be asked, because there is none, must come from options."""

from __future__ import annotations

import sys

from whipbird.errors import WhipbirdError

__all__ = ["agreed", "ask", "can_ask", "check_askable"]


def can_ask() -> bool:
    """Whether a person can answer: standard input and error are a terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def check_askable(question: str, option: str) -> None:
    """Raise WhipbirdError if nobody can be asked a question that an option would answer with yes."""
    if not can_ask():
        raise WhipbirdError(f"{question} This can only be asked in a terminal; elsewhere, {option} says yes")


def ask(question: str, default: str | None = None) -> str:
    """Ask for a text, without a default until there is one; raises WhipbirdError at the end of the input."""
    while True:
        print(f"{question}: " if default is None else f"{question} [{default}]: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            print(file=sys.stderr)
            raise WhipbirdError("there was no answer")
        if answer := line.strip() or default:
            return answer


def agreed(question: str, given: bool, option: str, text: str | None = None) -> bool:
    """Whether the user agrees to something.

    Parameters
    ----------
    question : str
    given : bool
        Whether the option has been given, which agrees.
    option : str
    text : str, optional
        What else can be read before the answer.

    Raises
    ------
    WhipbirdError
        If nobody can be asked.
    """
    if given:
        return True
    check_askable(question, option)
    choices = "yes, no or text" if text else "yes or no"
    while True:
        answer = ask(f"{question} ({choices})").casefold()
        if text and answer in ("t", "text"):
            print(text, file=sys.stderr)
        elif answer in ("y", "yes"):
            return True
        elif answer in ("n", "no"):
            return False
