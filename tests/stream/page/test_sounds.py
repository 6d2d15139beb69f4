"""The sound of events: from recordings and clips, for any browser, with its picture."""

import io
from datetime import UTC

import numpy as np
import pytest
import soundfile

from made_events import BEGIN, event
from made_recordings import noise
from made_verdicts import recorded
from page_visitors import Visit
from whipbird.database.writer import Database
from whipbird.errors import SourceError
from whipbird.events.reports import Listener, Opening
from whipbird.page.sounds import EventSounds
from whipbird.sinks.clips.clip import Clip
from whipbird.sinks.clips.store import Store

RATE_HZ = 8000


def keep_clip(folder, one, begin_s=8.0):
    samples = noise(5, RATE_HZ).astype(np.float32)
    Store(folder, "hill").write(Clip(samples[:, None], RATE_HZ, begin_s, (one,), 0, None))


def test_the_clip_of_a_live_event_is_played_as_soon_as_it_is_there(tmp_path, state):
    database = Database(tmp_path / "heard.sqlite", "hill")
    listener = Listener("commands", "1", ("yes",))
    one = event(10.0)
    opening = Opening("microphone", None, RATE_HZ, 1, 1, BEGIN, "live", BEGIN.astimezone(UTC), (listener,))
    database.write([opening, one, event(40.0)])
    database.close()
    visit = Visit(tmp_path / "heard.sqlite", state, clips=tmp_path / "clips")
    visitor = visit.visitor()
    assert visitor.get("/events/1/sound.flac").status_code == 404
    keep_clip(tmp_path / "clips", one)
    sound, rate_hz = soundfile.read(io.BytesIO(visitor.get("/events/1/sound.flac").content))
    assert (len(sound) / rate_hz, rate_hz) == (4.5, RATE_HZ)
    assert visitor.get("/events/1/picture.png").content.startswith(b"\x89PNG")
    assert visitor.get("/events/2/sound.flac").status_code == 404
    keep_clip(tmp_path / "clips", event(40.0), 38.0)
    assert visitor.get("/events/2/sound.flac").status_code == 200


@pytest.mark.parametrize(
    ("rate_hz", "channels", "played"), [(8000, 1, 8000), (192_000, 1, 48_000), (44_100, 4, 44_100)]
)
def test_every_sound_can_be_played_by_a_browser(tmp_path, rate_hz, channels, played):
    path = tmp_path / "a.wav"
    samples = np.tile(3 * noise(3, rate_hz).astype(np.float32)[:, None], (1, channels))
    soundfile.write(path, samples, rate_hz, subtype="FLOAT")
    one = event(1.0, source=str(path), time=None)
    sounds = EventSounds(None)
    recording = recorded(one, source=str(path))
    assert sounds.is_there(recording, one)
    sound = sounds.sound(recording, one)
    content, found_hz = soundfile.read(io.BytesIO(sound.flac), always_2d=True)
    assert found_hz == played
    assert content.shape[1] <= 2
    assert len(content) / played == pytest.approx(sound.length_s, abs=0.01)
    assert sounds.sound(recording, one) is sound
    path.unlink()
    assert not sounds.is_there(recording, one)
    with pytest.raises(SourceError):
        EventSounds(None).sound(recording, one)


@pytest.mark.parametrize("samples", [np.zeros(10), np.zeros(8000), np.ones(1), noise(1, 8000)])
def test_any_sound_has_a_picture(samples):
    from PIL import Image

    from whipbird.page.picture import spectrogram_png

    picture = Image.open(io.BytesIO(spectrogram_png(samples.astype(np.float32), 8000, 160, 48, "dark")))
    picture.load()
    assert picture.size == (160, 48)


def test_a_tone_is_a_line():
    from PIL import Image

    from whipbird.page.picture import spectrogram_png

    tone = np.sin(2 * np.pi * 2000 * np.arange(16_000) / 16_000).astype(np.float32)
    pixels = np.asarray(Image.open(io.BytesIO(spectrogram_png(tone, 16_000, 100, 80, "light"))))
    rows = pixels.argmax(axis=0)[10:-10]
    assert set(rows) <= set(range(rows[0] - 1, rows[0] + 2))
    assert 20 < rows[0] < 50
