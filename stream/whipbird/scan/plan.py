"""The plan: what is to be heard, of which recordings not all was well and they are heard once more, and what is left.

A recording is planned once more, as a whole, in a later round: when something is lost in one of its pieces, or when it
failed and is to be retried. Its earlier pieces then count no longer, and what was heard of them is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from whipbird.scan.outcome import FAILED, UNEVEN
from whipbird.scan.results.scan_folder import ScanFolder
from whipbird.scan.shards import Length, Piece, PieceSpan, Shard, divide, shard_size_s
from whipbird.scan.tables import as_path, as_text

__all__ = ["ScanPlan"]

AGAIN_S = 600.0  # of sound in a shard of what is heard again
MOST_AGAIN = 100  # recordings in it


class ScanPlan:
    """The plan of a folder.

    Attributes
    ----------
    shards : list of Shard
        Without what counts no longer.
    """

    def __init__(self, folder: ScanFolder) -> None:
        self._folder = folder
        self.shards: list[Shard] = []
        self._stale: dict[int, set[str]] = {}  # by shard: names as text of what was planned again
        self.read()

    def read(self) -> None:
        """Read it from the folder, and take back what counts no longer."""
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
            self._folder.take_back(number, self._stale[number])

    def left(self) -> list[Shard]:
        """Shards that have not been heard."""
        done = self._folder.done()
        return [shard for shard in self.shards if shard.number not in done]

    def add_new(self, workers: int, grid_s: int) -> None:
        """ScanPlan what is in the manifest and not in the plan."""
        planned = {piece.path for shard in self.shards for piece in shard.pieces}
        lengths = sorted(one for one in self._lengths() if one.path not in planned)
        size_s = shard_size_s(lengths, workers)
        self._folder.add_to_plan(divide(lengths, size_s, grid_s, len(self.shards)))
        self.read()

    def add_again(self, failed: bool) -> bool:
        """ScanPlan what must be heard as a whole, and, if asked, what failed; returns whether there was anything."""
        wanted = {UNEVEN, FAILED} if failed else {UNEVEN}
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
        self._folder.add_to_plan(_joined([pieces[path] for path in sorted(pieces)], first), again=True)
        self.read()
        return True

    def _lengths(self) -> Iterator[Length]:
        columns = ("recording", "raw", "duration_s", "can_cut", "error")
        for part in self._folder.manifest():
            for name, raw, duration_s, can_cut, error in zip(*(part[c].to_pylist() for c in columns), strict=True):
                yield Length(as_path(name, raw), 0.0 if error else duration_s, can_cut)


def _joined(pieces: Sequence[Piece], first: int) -> Iterator[Shard]:
    joined: list[Piece] = []
    for number, piece in enumerate(pieces):
        joined.append(piece)
        if sum(one.sound_s for one in joined) >= AGAIN_S or len(joined) == MOST_AGAIN or number == len(pieces) - 1:
            yield Shard(first, tuple(joined))
            first, joined = first + 1, []
