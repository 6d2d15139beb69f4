"""Review in the terminal: draws each clip, plays it, and takes a key for the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from whipbird.errors import SourceError
from whipbird.events.verdict import Answer
from whipbird.inspect.marks import Lane, Mark
from whipbird.inspect.survey import Survey
from whipbird.inspect.terminal_views import print_views
from whipbird.inspect.view import View
from whipbird.review.clip_sound import ClipSound, KeptClips, place_of, read_sound
from whipbird.review.player import Player
from whipbird.review.sampling import Candidate
from whipbird.review.session import ReviewSession
from whipbird.terminal.keys import CLOSED, Keys
from whipbird.terminal.style import BOLD, DIM, FOUND
from whipbird.text import clock_time, counted, one_line

__all__ = ["ReviewScreen"]

ANSWERS = {"y": Answer.YES, "n": Answer.NO, "u": Answer.UNSURE}
HELP = "y yes · n no · o other · u unsure · s skip · r play again · z undo · q quit"


@dataclass
class ReviewScreen:
    """Reviews events with a person at the terminal.

    Attributes
    ----------
    console : Console
    session : ReviewSession
    player : Player or None
        None to play nothing.
    clips : KeptClips or None
        Clips to use where a recording is gone.
    name : callable
        Shown name of an event's label.
    status : callable
        Returns a line about what is known so far of the label of an event.
    without_sound : int
        Number of events that could not be shown.
    first_problem : str
        Why the first of these could not be shown.
    """

    console: Console
    session: ReviewSession
    player: Player | None
    clips: KeptClips | None
    name: Callable[[Candidate], str]
    status: Callable[[Candidate], str]
    without_sound: int = 0
    first_problem: str = ""

    def run(self, most: int | None = None) -> None:
        """Ask until there are no more events, as many have been judged as wanted, or the person quits."""
        session = self.session
        with Keys() as keys:
            try:
                while (current := session.current) is not None and (most is None or len(session.judged) < most):
                    try:
                        clip = read_sound(place_of(current.recording, current.event, self.clips), *_span(current))
                    except SourceError as error:
                        self.without_sound += 1
                        self.first_problem = self.first_problem or str(error)
                        session.skip()
                        continue
                    self._show(current, clip)
                    if not self._ask(current, clip, keys):
                        return
            finally:
                if self.player is not None:
                    self.player.stop()

    def _ask(self, current: Candidate, clip: ClipSound, keys: Keys) -> bool:
        """Ask about an event until it is answered, skipped or undone; False to quit."""
        session, note = self.session, ""
        if self.player is not None:
            self.player.play(clip)
        while True:
            self.console.print(Text(f"{note}{self.name(current)}?\n{HELP} "), end="", soft_wrap=True)
            key = keys.read().lower()
            self.console.print()
            note = ""
            if key in ANSWERS:
                session.answer(ANSWERS[key])
                return True
            if key == "o":
                other = one_line(keys.line("what is it? (Enter for none of the labels asked) "))
                if other and other != current.event.label:
                    session.answer(Answer.OTHER, other)
                else:
                    session.answer(Answer.YES if other else Answer.NO)
                return True
            if key == "s":
                session.skip()
                return True
            if key == "r" and self.player is not None:
                self.player.play(clip)
            elif key == "z":
                if session.undo():
                    return True
                note = "nothing to undo · "
            elif key in ("q", CLOSED):
                return False

    def _show(self, current: Candidate, clip: ClipSound) -> None:
        event = current.event
        if self.console.is_terminal:
            self.console.clear()
        head = Text.assemble((self.name(current), FOUND), f"  score {event.score:.3f}  ", (event.model, DIM))
        where = f"{one_line(event.source)}  {clock_time(event.begin_s, 1)}"
        if event.shown_time is not None:
            where += f"  {event.shown_time.isoformat(' ', 'seconds')}"
        self.console.print(head, Text(where, DIM), sep="\n")
        if status := self.status(current):
            self.console.print(Text(f"{counted(len(self.session.judged), 'verdict')} now · {status}", BOLD))
        lane = Lane("event", False, (Mark(event.begin_s, max(event.end_s, event.begin_s), self.name(current)),))
        print_views(self.console, _surveyed(clip), (View.STFT,), (lane,))
        if self.player is not None and self.player.problem:
            self.console.print(Text(f"not played: {self.player.problem}", DIM))


def _span(current: Candidate) -> tuple[float, float]:
    return current.event.begin_s, current.event.end_s


def _surveyed(clip: ClipSound) -> Survey:
    """A survey of a clip, whose times count from the start of the source."""
    samples = clip.samples
    start = round(clip.begin_s * clip.rate_hz)
    survey = Survey(clip.rate_hz, samples.shape[1], start, None, "FLOAT", len(samples))
    survey.push(samples, None)
    survey.finish()
    survey.end = start + len(samples)
    return survey
