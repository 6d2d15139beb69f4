"""The plan of a scan: its shards, which of them are not done yet, and which recordings are repeated.

A recording is planned again, as a whole, in a later round if something was lost in one of its pieces, or if it failed
and is to be retried. Its earlier pieces then no longer count, and their results are discarded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from whipbird.scan.outcome import FAILED, NEEDS_WHOLE
from whipbird.scan.results.scan_folder import ScanFolder
from whipbird.scan.shards import Length, Piece, PieceSpan, Shard, divide
from whipbird.scan.tables import as_path
from whipbird.text import as_text

__all__ = ["ScanPlan"]

MOST_S = 66.0  # of sound in a byte: silence in FLAC at the lowest rate
REPEAT_SHARD_S = 600.0  # sound in a shard of repeated recordings
REPEAT_SHARD_RECORDINGS = 100  # most recordings in it


class ScanPlan:
    """The plan in the folder of a scan.

    Attributes
    ----------
    shards : list of Shard
        Without pieces that no longer count.
    """

    def __init__(self, folder: ScanFolder) -> None:
        self._folder = folder
        self.shards: list[Shard] = []
        self._stale: dict[int, set[str]] = {}  # by shard: names as text of recordings that were planned again
        self.read()

    def read(self) -> None:
        """Read the plan from the folder, and discard results that no longer count."""
        planned = list(self._folder.plan())
        latest = {piece.path: shard.number for shard, again in planned if again for piece in shard.pieces}
        self.shards, self._stale = [], {}
        for shard, _ in planned:
            stale = {piece.path for piece in shard.pieces if latest.get(piece.path, shard.number) != shard.number}
            kept = tuple(piece for piece in shard.pieces if piece.path not in stale)
            self.shards.append(Shard(shard.number, kept))
            if stale:
                self._stale[shard.number] = {as_text(path) for path in stale}
        for number in self._stale.keys() & self._folder.done():
            self._folder.discard(number, self._stale[number])

    def remaining(self) -> list[Shard]:
        """Shards that are not done."""
        done = self._folder.done()
        return [shard for shard in self.shards if shard.number not in done]

    def add_new(self, workers: int, grid_s: int | None) -> None:
        """Plan the recordings that are in the manifest and not in the plan."""
        planned = {piece.path for shard in self.shards for piece in shard.pieces}
        lengths = sorted(length for length in self._lengths() if length.path not in planned)
        self._folder.add_to_plan(divide(lengths, workers, grid_s, len(self.shards)))
        self.read()

    def add_repeats(self, failed: bool) -> bool:
        """Plan recordings that must be processed as a whole, and, if asked, those that failed.

        Returns
        -------
        bool
            Whether there were any.
        """
        wanted = {NEEDS_WHOLE, FAILED} if failed else {NEEDS_WHOLE}
        pieces: dict[str, Piece] = {}
        sound_s: dict[str, float] = {}
        for shard in self.shards:
            for piece in shard.pieces:
                sound_s[piece.path] = sound_s.get(piece.path, 0.0) + piece.sound_s
        for number in sorted(self._folder.done()):
            rows = self._folder.recordings(number)
            for name, raw, status in zip(*(rows[c].to_pylist() for c in ("recording", "raw", "status")), strict=True):
                if status in wanted:
                    path = as_path(name, raw)
                    pieces[path] = Piece(path, PieceSpan(), sound_s.get(path, 0.0))
        if not pieces:
            return False
        first = len(self.shards)
        self._folder.add_to_plan(_grouped([pieces[path] for path in sorted(pieces)], first), again=True)
        self.read()
        return True

    def _lengths(self) -> Iterator[Length]:
        columns = ("recording", "raw", "bytes", "duration_s", "can_cut", "error")
        for part in self._folder.manifest():
            for name, raw, size, duration_s, can_cut, error in zip(
                *(part[c].to_pylist() for c in columns), strict=True
            ):
                is_held = duration_s is None or duration_s <= size * MOST_S
                yield Length(as_path(name, raw), 0.0 if error else duration_s, can_cut and is_held)


def _grouped(pieces: Sequence[Piece], first: int) -> Iterator[Shard]:
    """Shards of repeated recordings, numbered from the first on."""
    group: list[Piece] = []
    for index, piece in enumerate(pieces):
        group.append(piece)
        if (
            sum(member.sound_s for member in group) >= REPEAT_SHARD_S
            or len(group) == REPEAT_SHARD_RECORDINGS
            or index == len(pieces) - 1
        ):
            yield Shard(first, tuple(group))
            first, group = first + 1, []
