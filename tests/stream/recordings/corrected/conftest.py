import contextlib

import numpy as np
import pytest

from whipbird.errors import SourceError
from whipbird.recordings.reader import Recording


@pytest.fixture
def read():
    """Read a recording as every command does: its samples, the number that it promises, and whether it is cut."""

    def run(path):
        recording = Recording(str(path))
        promised, pieces = recording.promised, []
        with contextlib.suppress(SourceError):  # it is cut in the midst of a frame
            while len(piece := recording.read(1000)):
                pieces.append(piece)
        recording.close()
        other = Recording(str(path))
        is_cut = other.is_cut()
        other.close()
        return np.concatenate(pieces) if pieces else np.empty((0, 1), np.float32), promised, is_cut

    return run


@pytest.fixture
def whole(read):
    """Check that a recording is read as a whole by its own account; returns its samples."""

    def run(path):
        samples, promised, is_cut = read(path)
        assert promised in (len(samples), None)
        assert not is_cut
        return samples

    return run
