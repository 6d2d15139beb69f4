"""The sound of an event comes from its recording, or from a clip that was kept."""

from datetime import timedelta

import numpy as np
import pytest
import soundfile

from made_events import event
from made_recordings import noise
from made_verdicts import recorded
from whipbird.database.fingerprint import fingerprint
from whipbird.errors import SourceError
from whipbird.review.clip_sound import KeptClips, SoundPlace, place_of, read_sound
from whipbird.sinks.clips.clip import Clip
from whipbird.sinks.clips.store import Store

RATE_HZ = 8000


@pytest.fixture
def sound():
    return noise(20, RATE_HZ).astype(np.float32)


@pytest.fixture
def recording(tmp_path, sound):
    path = tmp_path / "a.wav"
    soundfile.write(path, sound, RATE_HZ, subtype="FLOAT")
    return str(path)


@pytest.fixture
def clips(tmp_path, sound):
    """A clip around an event of a microphone at 10 s."""
    store = Store(tmp_path / "clips", "hill")
    store.write(Clip(sound[8 * RATE_HZ : 13 * RATE_HZ, None], RATE_HZ, 8.0, (event(10.0),), 0, None))
    return tmp_path / "clips"


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
def test_a_recording_is_cut(tmp_path, sound, suffix):
    path = tmp_path / f"a{suffix}"
    soundfile.write(path, sound, RATE_HZ)
    clip = read_sound(SoundPlace(str(path)), 10.0, 10.5)
    assert (clip.begin_s, clip.end_s) == (8.0, 12.5)
    difference = clip.samples[:, 0] - sound[8 * RATE_HZ : round(12.5 * RATE_HZ)]
    assert np.abs(difference).max() < (0.2 if suffix == ".ogg" else 1e-3)


def test_there_is_no_sound_before_the_start_or_after_the_end(recording):
    assert read_sound(SoundPlace(recording), 0.5, 1.0).begin_s == 0
    assert read_sound(SoundPlace(recording), 19.0, 19.5).end_s == 20
    with pytest.raises(SourceError, match=r"a\.wav: holds no sound at 100\.0 s"):
        read_sound(SoundPlace(recording), 100.0, 101.0)


def test_the_recording_is_used_while_it_is_there(recording):
    one = event(10.0, source=recording)
    assert place_of(recorded(one, source=recording), one) == SoundPlace(recording)
    same = recorded(one, source=recording, identity=fingerprint(recording))
    assert place_of(same, one) == SoundPlace(recording)


def test_another_recording_of_that_name_is_not_used(recording):
    one = event(10.0, source=recording)
    with pytest.raises(SourceError, match=r"a\.wav: another recording is there now, and no clip was kept"):
        place_of(recorded(one, source=recording, identity="another"), one)


def test_a_clip_that_was_kept_is_used(clips, sound):
    one = event(10.0)
    place = place_of(recorded(one, source="microphone", path=None), one, KeptClips(clips))
    clip = read_sound(place, one.begin_s, one.end_s)
    assert (clip.begin_s, clip.end_s) == (8.0, 12.5)
    assert np.allclose(clip.samples[:, 0], sound[8 * RATE_HZ : round(12.5 * RATE_HZ)], atol=1e-4)


@pytest.mark.parametrize(("given", "is_same"), [("b/a.wav", True), ("../b/a.wav", True), ("a/a.wav", False)])
def test_a_clip_names_its_recording_as_it_was_given(tmp_path, sound, given, is_same):
    """A database names it from the root."""
    kept = event(10.0, source=given)
    Store(tmp_path / "kept", "hill").write(
        Clip(sound[8 * RATE_HZ : 13 * RATE_HZ, None], RATE_HZ, 8.0, (kept,), 0, None)
    )
    one = event(10.0, source=str(tmp_path / "b" / "a.wav"))
    assert (KeptClips(tmp_path / "kept").of(one) is not None) == is_same


def test_a_clip_of_another_run_is_not_used(clips):
    one = event(10.0)
    later = event(10.0, time=one.time + timedelta(hours=1))
    with pytest.raises(SourceError, match="microphone: live sound, and no clip of it was kept among the clips"):
        place_of(recorded(later, source="microphone", path=None), later, KeptClips(clips))


def test_without_a_recording_or_a_clip_it_is_said_what_is_missing(tmp_path):
    one = event(10.0)
    with pytest.raises(SourceError, match="microphone: live sound, and no clip of it was kept; see --clips"):
        place_of(recorded(one, source="microphone", path=None), one)
    gone = recorded(one, source=str(tmp_path / "gone.wav"))
    with pytest.raises(SourceError, match=r"gone\.wav: the recording is gone or cannot be read, and no clip was kept"):
        place_of(gone, one)


def test_a_folder_of_clips_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(SourceError, match="cannot read the clips in"):
        KeptClips(tmp_path / "nowhere")
