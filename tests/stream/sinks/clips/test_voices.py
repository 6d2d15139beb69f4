"""Voices in clips: withheld, blanked or kept, as the settings and the model say."""

import numpy as np
import pytest
import soundfile

from made_events import BEGIN, Notes, event
from made_recordings import chirps
from whipbird.audio.ring import Ring
from whipbird.events.reports import Listener, Opening
from whipbird.recordings.metadata.chunks import read_header
from whipbird.recordings.metadata.guano import from_bytes
from whipbird.sinks.clips.clip import Clip
from whipbird.sinks.clips.clip_publisher import ClipPublisher
from whipbird.sinks.clips.cutter import Margins
from whipbird.sinks.clips.store import Store
from whipbird.sinks.clips.voices import FRAME, RATE_HZ, VoiceDetector, blanked
from whipbird.sources.base import RunningSource, Source


@pytest.fixture(scope="module")
def detector():
    return VoiceDetector()


@pytest.fixture(scope="module")
def spoken(demo):
    """Five seconds of synthetic voices at 16 kHz."""
    samples, rate_hz = soundfile.read(demo, dtype="float32", always_2d=True)
    assert rate_hz == RATE_HZ
    return samples[: 5 * RATE_HZ]


def clip_of(samples, rate_hz=RATE_HZ):
    return Clip(samples, rate_hz, 0.0, (event(1.0),), 0, None)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_voice_is_found_where_it_is_and_birds_and_noise_are_none(detector, spoken, channels):
    assert detector.spans(clip_of(chirps(5))) == []
    assert detector.spans(clip_of(np.zeros((RATE_HZ, channels), np.float32))) == []
    assert detector.spans(clip_of(np.zeros((0, channels), np.float32))) == []
    noise = np.random.default_rng(1).standard_normal((5 * RATE_HZ, channels)).astype(np.float32)
    assert detector.spans(clip_of(0.1 * noise)) == []
    silence = np.zeros((3 * RATE_HZ, 1), np.float32)
    heard = np.repeat(np.concatenate((silence, spoken[:RATE_HZ], silence)), channels, axis=1)
    ((begin_s, end_s),) = detector.spans(clip_of(heard))
    assert 2.9 < begin_s < end_s < 4.3


def test_a_weak_voice_among_birds_is_found(detector, spoken):
    assert detector.spans(clip_of(chirps(5) + 0.2 * spoken))


@pytest.mark.parametrize("rate_hz", [8000, 44_100, 48_000, 192_000])
def test_every_rate_will_do(detector, spoken, rate_hz):
    import soxr

    assert detector.spans(clip_of(soxr.resample(spoken, RATE_HZ, rate_hz), rate_hz))
    assert detector.spans(clip_of(chirps(2, rate_hz), rate_hz)) == []


def test_the_same_sound_is_judged_alike_whatever_came_before(detector, spoken):
    alone = VoiceDetector().probabilities(spoken, RATE_HZ)
    detector.probabilities(chirps(3), RATE_HZ)
    np.testing.assert_array_equal(detector.probabilities(spoken, RATE_HZ), alone)
    assert len(alone) == -(-len(spoken) // FRAME)


def test_a_voice_is_blanked_with_a_margin(detector, spoken):
    silence = np.full((3 * RATE_HZ, 1), 0.01, np.float32)
    clip = clip_of(np.concatenate((silence, spoken[:RATE_HZ], silence)))
    changed = blanked(clip, detector.spans(clip))
    assert changed.blanked == "voice"
    left = np.abs(changed.samples[3 * RATE_HZ : 4 * RATE_HZ])
    assert left.max() < 0.05 * np.abs(spoken[:RATE_HZ]).max()
    np.testing.assert_array_equal(changed.samples[: 2 * RATE_HZ], silence[: 2 * RATE_HZ])
    np.testing.assert_array_equal(changed.samples[-2 * RATE_HZ :], silence[-2 * RATE_HZ :])
    assert detector.spans(changed) == []


def kept(folder, sound, hears_words, voices):
    """The clips of one event, what was told, and the publisher."""
    notes = Notes()
    source = Source("creek", False, RATE_HZ, 1)
    ring = Ring(60 * RATE_HZ)
    publisher = ClipPublisher(Store(folder, "forest"), Margins(2, 2), False, notes, voices)
    publisher.attach(RunningSource(source, ring, lambda: None if ring.closed else ring.position))
    listeners = (Listener("commands", "1", ("yes",), hears_words=hears_words),)
    publisher.publish(Opening("creek", None, RATE_HZ, 1, 1, BEGIN, "live", BEGIN, listeners))
    publisher.publish(event(2.0, source="creek"))
    ring.write(sound)
    ring.close()
    assert publisher.close(10.0)
    return sorted(folder.iterdir()), notes, publisher


@pytest.mark.parametrize(
    ("hears_words", "voices", "count"),
    [(True, "", 1), (False, "", 0), (False, "withhold", 0), (True, "withhold", 0), (False, "keep", 1)],
)
def test_a_clip_with_a_voice_is_kept_or_withheld(tmp_path, spoken, hears_words, voices, count):
    clips, notes, publisher = kept(tmp_path, spoken, hears_words, voices)
    assert (len(clips), publisher.done, publisher.withheld, publisher.lost) == (count, count, 1 - count, 0)
    assert bool(notes) is not bool(count)
    if notes:
        assert notes == [f"{tmp_path}: somebody speaks in a clip, so it is not kept; its event is reported"]


def test_a_blanked_clip_says_so(tmp_path, spoken):
    (clip,), notes, publisher = kept(tmp_path, spoken, False, "blank")
    with clip.open("rb") as file:
        assert from_bytes(read_header(file).guano).fields["whipbird|Blanked"] == "voice"
    samples, rate_hz = soundfile.read(clip, dtype="float32", always_2d=True)
    assert VoiceDetector().spans(clip_of(samples, rate_hz)) == []
    assert (notes, publisher.withheld) == ([], 0)


def test_a_bird_is_kept(tmp_path):
    clips, _, publisher = kept(tmp_path, chirps(5), False, "")
    assert (len(clips), publisher.withheld) == (1, 0)


def test_boobooks_are_no_voices(detector, data):
    folder = data / "birds" / "qut-boobook"
    for path in sorted(folder.glob("*.ogg"))[:6]:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
        assert detector.spans(clip_of(samples, rate_hz)) == [], path
