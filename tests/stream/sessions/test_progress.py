"""Progress over several recordings."""

import pytest
import soundfile

from whipbird.engine.run import run_source
from whipbird.sessions.progress import Progress
from whipbird.sources.replay import Replay


@pytest.fixture
def sources(tmp_path, noise):
    """Four recordings of one length, one of which is missing."""
    for number in range(4):
        soundfile.write(tmp_path / f"{number}.wav", noise, 16_000)
    (tmp_path / "2.wav").unlink()
    return [Replay(str(tmp_path / f"{number}.wav")) for number in range(4)]


def test_the_time_left_follows_from_what_is_done(sources, commands):
    now_s = [0.0]
    progress = Progress(sources, lambda: now_s[0])
    progress.next()
    assert progress.describe() == (["1 of 4"], 0.0)
    sources[0].open()
    run_source(sources[0], [commands], lambda report: None, attach=progress.follow)
    now_s[0] = 10.0
    assert progress.describe() == (["1 of 4", "0:00:20 left"], pytest.approx(1 / 3))
    progress.next()
    assert progress.describe() == (["2 of 4", "0:00:20 left"], pytest.approx(1 / 3))
    progress.next()
    assert progress.describe() == (["3 of 4", "0:00:05 left"], pytest.approx(2 / 3))
    progress.next()  # the third was missing, and cost no time
    assert progress.describe() == (["4 of 4", "0:00:05 left"], pytest.approx(2 / 3))
