"""Clips of synthetic voices: planned the same for the same seed, and spoken once."""

from collections import Counter
from concurrent.futures import Future
from contextlib import contextmanager

import numpy as np
import pytest
import soundfile

from whipbird.errors import WhipbirdError
from whipbird.system.whole_file import partial_name
from whipbird_train.synthesis import spoken_clips
from whipbird_train.synthesis.kokoro import ACCENTS
from whipbird_train.synthesis.spoken_clips import RATE_HZ, cache_folder, in_many_voices, read_clips, speak_all

VOICES = ["one", "two", "three", "four"]


class Pool:
    """Works in this process."""

    def __init__(self, processes, mp_context, initializer, initargs):
        initializer(*initargs)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def submit(self, work, *arguments):
        done = Future()
        done.set_result(work(*arguments))
        return done


@pytest.fixture
def spoken(monkeypatch, tmp_path):
    """How often each text was spoken; what says "silence" is broken, and "wait" interrupts."""
    texts = Counter()

    class Speaker:
        def __init__(self, voices):
            pass

        def speak(self, said, rate_hz):
            texts[said.text] += 1
            if said.text == "silence":
                raise WhipbirdError("silence came out")
            if said.text == "wait" and texts["wait"] == 1:
                raise KeyboardInterrupt
            return np.full(rate_hz // 10, 0.25, np.float32)

    monkeypatch.setattr(spoken_clips, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(spoken_clips, "Kokoro", Speaker)
    np.savez(tmp_path / "voices.npz", one=np.zeros((2, 2)))
    return texts


def test_the_same_seed_gives_the_same_plan():
    one, again, other = (in_many_voices(["go"] * 50, VOICES, seed) for seed in (1, 1, 2))
    assert one == again != other


def test_voices_are_mixed_and_weights_add_up():
    plan = in_many_voices(["go"] * 300, VOICES, 1)
    assert {len(said.voices) for said in plan} == {1, 2, 3}
    assert {said.accent for said in plan} == set(ACCENTS)
    for said in plan:
        assert sum(weight for _, weight in said.voices) == pytest.approx(1)
        assert len({name for name, _ in said.voices}) == len(said.voices)
        assert 0.75 <= said.speed <= 1.35


def test_broken_clips_are_left_out_and_not_tried_again(spoken, tmp_path):
    plan = in_many_voices(["go", "silence", "stop"], VOICES, 1)
    for _ in range(2):
        assert speak_all(plan, tmp_path / "voices.npz", tmp_path / "clips") == (2, 1)
    assert spoken == {"go": 1, "silence": 1, "stop": 1}
    assert [said.text for said, _ in read_clips(plan, tmp_path / "clips")] == ["go", "stop"]
    for _, samples in read_clips(plan, tmp_path / "clips"):
        np.testing.assert_allclose(samples, 0.25)
        assert len(samples) == RATE_HZ // 10


def test_after_an_interruption_it_goes_on(spoken, tmp_path):
    plan = in_many_voices(["go", "wait", "stop"], VOICES, 1)
    with pytest.raises(KeyboardInterrupt):
        speak_all(plan, tmp_path / "voices.npz", tmp_path / "clips")
    speak_all(plan, tmp_path / "voices.npz", tmp_path / "clips")
    assert spoken == {"go": 1, "wait": 2, "stop": 1}
    assert len(list(read_clips(plan, tmp_path / "clips"))) == 3
    assert {soundfile.info(path).format for path in (tmp_path / "clips").iterdir()} == {"FLAC"}


def test_what_is_planned_twice_is_spoken_once(spoken, tmp_path):
    plan = 2 * in_many_voices(["go", "stop"], VOICES, 1)
    speak_all(plan, tmp_path / "voices.npz", tmp_path / "clips")
    assert spoken == {"go": 1, "stop": 1}


def test_a_clip_that_another_run_has_just_finished_is_no_error(spoken, tmp_path, monkeypatch):
    plan = in_many_voices(["go", "stop"], VOICES, 1)
    real = spoken_clips.whole_file

    @contextmanager
    def both_at_once(path):
        with real(path) as file:
            yield file
            file.flush()
            path.with_name(partial_name(path.name)).replace(path)  # the other run is a little earlier

    monkeypatch.setattr(spoken_clips, "whole_file", both_at_once)
    assert speak_all(plan, tmp_path / "voices.npz", tmp_path / "clips") == (2, 0)
    assert len(list(read_clips(plan, tmp_path / "clips"))) == 2


def test_no_clip_is_started_when_the_time_is_over(spoken, tmp_path):
    plan = in_many_voices(["go", "stop"], VOICES, 1)
    assert speak_all(plan, tmp_path / "voices.npz", tmp_path / "clips", within_s=1e-9) == (0, 2)
    assert speak_all(plan, tmp_path / "voices.npz", tmp_path / "clips", within_s=60) == (2, 0)


def test_clips_are_kept_in_the_folder_for_caches(monkeypatch, tmp_path):
    monkeypatch.setattr(spoken_clips.platformdirs, "user_cache_dir", lambda name, appauthor: str(tmp_path / name))
    assert cache_folder() == tmp_path / "whipbird" / "spoken"
