"""A spool: messages in order, kept on disk until they are delivered, even if the process is killed.

Messages that cannot be written because the disk is full wait in memory, as far as there is room, after those on the
disk, and are written as soon as possible. Messages are *taken*, and then *done* (delivered or refused) or *given back*;
messages that were taken when the process was killed are there again for the next process.

Each spool has its own file, ``NAME.sqlite``; while another process uses that file, ``NAME-2.sqlite``, and so
on; a running process adopts the messages that another process left in such a file.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from whipbird.errors import OutputError
from whipbird.sinks.messages.message import Message
from whipbird.sinks.messages.spool_file import InUse, SpoolFile
from whipbird.system.state_folder import user_state_folder

__all__ = ["MOST_BYTES", "MOST_IN_MEMORY", "Entry", "Spool", "default_spool_folder", "spool_name"]

MOST_BYTES = 200_000_000  # half a million events
MOST_IN_MEMORY = 10_000  # messages, while the disk cannot be written
MOST_FILES = 100  # of one name
AT_ONCE = 1_000  # messages moved in one transaction
RETRY_S = 1.0  # between attempts to write to the disk


@dataclass(eq=False, slots=True)
class Entry:
    """A message in a spool, with its number in the file; None if it is only in memory."""

    message: Message
    number: int | None = None


def default_spool_folder() -> Path:
    """The default folder of spools; on Linux ``$XDG_STATE_HOME/whipbird/spool``."""
    return user_state_folder("undelivered messages", "set HOME") / "spool"


def spool_name(kind: str, *target: str) -> str:
    """Name of the spool for a target; a hash, because the target may be secret."""
    return f"{kind}-{hashlib.sha256(chr(0).join(target).encode(errors='surrogateescape')).hexdigest()[:16]}"


class Spool:
    """An open spool, for use on any thread. The properties do not wait for the disk.

    Parameters
    ----------
    folder : Path or None
        None keeps all messages in memory.
    most_bytes : int
        Most bytes on disk, except for the last batch added; 0 keeps all messages in memory.

    Attributes
    ----------
    trouble : str
        Why the disk cannot be written or read; empty if all is well.
    """

    def __init__(self, folder: Path | None, name: str, most_bytes: int = MOST_BYTES) -> None:
        self.trouble = ""
        self._lock = threading.RLock()
        self._paths = _paths(folder, name) if folder is not None and most_bytes else []
        self._most_bytes = most_bytes
        self._file: SpoolFile | None = None
        self._reached = 0  # number of the last message taken from the file
        self._taken: set[int] = set()  # numbers up to `_reached` that are not done
        self._back: list[Entry] = []  # taken entries that were given back
        self._spent = 0  # messages in the file that are done but not yet removed
        self._memory: deque[Message] = deque()
        self._lent: list[Entry] = []  # entries taken from memory
        self._mark: str | None = None
        self._retry_s = 0.0
        self.save()

    @property
    def kept(self) -> int:
        """Messages on disk that are not done."""
        return 0 if self._file is None else max(0, self._file.count - self._spent)

    @property
    def waiting(self) -> int:
        """Messages on disk and in memory that are not done."""
        return self.kept + len(self._memory) + len(self._lent)

    @property
    def fullness(self) -> float:
        """Share of the room that is used, from 0 to about 1."""
        on_disk = 0.0 if self._file is None else self._file.size / self._most_bytes
        return max(on_disk, (len(self._memory) + len(self._lent)) / MOST_IN_MEMORY)

    @property
    def path(self) -> Path | None:
        """The file, if there is one."""
        return None if self._file is None else self._file.path

    @property
    def damaged(self) -> Path | None:
        """New path of a damaged file that was set aside, if there was one."""
        return None if self._file is None else self._file.damaged

    def add(self, messages: Sequence[Message]) -> bool:
        """Add messages after all others; returns False, and adds none, if there is no room."""
        with self._lock:
            self.save()
            if self.fullness >= 1:
                return False
            self._memory.extend(messages)
            self.save()
            return True

    def add_once(self, messages: Sequence[Message], mark: str) -> None:
        """Add messages and write them to disk, unless the last call had the same mark.

        Raises
        ------
        OutputError
            If that is not possible now; no message is added.
        """
        with self._lock:
            self._retry_s = 0.0
            self.save()
            if self.trouble and (self._file is None or self._memory or self._lent):
                raise OutputError(self.trouble)
            if mark == (self._mark if self._file is None else self._file.mark):
                return
            if self.fullness >= 1:
                raise OutputError(f"{self.path or 'memory'}: is full")
            if self._file is not None:
                self._file.add(messages, mark)
            else:
                self._memory.extend(messages)
                self._mark = mark

    def take(self, most: int) -> list[Entry]:
        """Take the next messages, up to ``most``."""
        with self._lock:
            if self._back:
                taken, self._back = self._back[:most], self._back[most:]
                return taken
            if self._file is not None and self.kept > len(self._taken):
                with self._attempt():
                    if rows := self._file.read(self._reached, most):
                        self._reached = rows[-1][0]
                        self._taken.update(number for number, _ in rows)
                        return [Entry(message, number) for number, message in rows]
            unsaved = [Entry(self._memory.popleft()) for _ in range(min(most, len(self._memory)))]
            self._lent += unsaved
            return unsaved

    def give_back(self, entries: Sequence[Entry]) -> None:
        """Return messages, to be taken again before all others."""
        with self._lock:
            unsaved = [entry for entry in entries if entry.number is None]
            self._lent = [entry for entry in self._lent if entry not in unsaved]
            self._memory.extendleft(entry.message for entry in reversed(unsaved))
            self._back += [entry for entry in entries if entry.number is not None]
            self._back.sort(key=lambda entry: entry.number or 0)

    def done(self, entries: Sequence[Entry]) -> None:
        """Remove messages."""
        with self._lock:
            numbers = {entry.number for entry in entries if entry.number is not None}
            self._lent = [entry for entry in self._lent if entry not in entries]
            self._taken -= numbers
            self._spent += len(numbers)
            if self._file is not None:
                with self._attempt():
                    self._remove_spent(self._file)

    def save(self) -> None:
        """Write messages that wait in memory to the disk, unless that was tried less than `RETRY_S` ago."""
        with self._lock:
            if not self._paths or time.monotonic() < self._retry_s:
                return
            if self._file is not None and not (self._memory or self._lent or self._spent):
                return
            with self._attempt():
                if self._file is None:
                    self._file = _first_free(self._paths)
                self._save_lent(self._file)
                while messages := list(itertools.islice(self._memory, AT_ONCE)):
                    self._file.add(messages)
                    for _ in messages:
                        self._memory.popleft()
                self._remove_spent(self._file)
                self.trouble = ""

    def adopt(self) -> int:
        """Take over the messages of ended processes with the same spool name; returns the number of messages."""
        adopted = 0
        with self._lock:
            if self._file is None or self.trouble:
                return 0
            for path in itertools.takewhile(Path.exists, self._paths):
                if path == self._file.path:
                    continue
                with contextlib.suppress(OutputError), contextlib.closing(SpoolFile(path)) as other:
                    while self.fullness < 1 and (rows := other.read(0, AT_ONCE)):
                        self._file.add([message for _, message in rows])
                        other.remove(rows[-1][0])
                        adopted += len(rows)
        return adopted

    def close(self) -> None:
        """Write what can be written, and release the file."""
        with self._lock:
            self._retry_s = 0.0
            self.save()
            if self._file is not None:
                self._file.close()

    def _save_lent(self, file: SpoolFile) -> None:
        """Write messages taken from memory, before later ones; unless the file still holds earlier ones."""
        if self._lent and self.kept == len(self._taken):
            numbers = file.add([entry.message for entry in self._lent])
            for entry, number in zip(self._lent, numbers, strict=True):
                entry.number = number
            self._reached = numbers[-1]
            self._taken.update(numbers)
            self._lent = []

    def _remove_spent(self, file: SpoolFile) -> None:
        if self._spent:
            file.remove(self._reached, self._taken)
            self._spent = 0

    @contextlib.contextmanager
    def _attempt(self) -> Iterator[None]:
        try:
            yield
        except OutputError as error:
            self.trouble = str(error)
            self._retry_s = time.monotonic() + RETRY_S


def _paths(folder: Path, name: str) -> list[Path]:
    return [folder / f"{name}{'' if number == 1 else f'-{number}'}.sqlite" for number in range(1, MOST_FILES + 1)]


def _first_free(paths: Sequence[Path]) -> SpoolFile:
    for path in paths[:-1]:
        with contextlib.suppress(InUse):
            return SpoolFile(path)
    return SpoolFile(paths[-1])
