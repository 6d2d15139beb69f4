"""Streaming networks give the scores of windowed ones, for one stream or many."""

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from made_features import HOPS, features, made_sound, windowed
from spoilt_bundles import edit, half, put
from whipbird.audio.resample import Resampler
from whipbird.errors import BundleError
from whipbird.models.model import Model
from whipbird.models.networks.streaming import StreamingNetwork
from whipbird.models.networks.windowed import WindowedNetwork

RATE_HZ = 16_000
BLOCK_S = 10


def whole_hops(model, seconds):
    """Samples of the whole hops in this time."""
    return int(seconds * model.card.sample_rate_hz) // model.card.hop * model.card.hop


def test_the_card_says_which_kind_of_network_runs(calls, spoilt):
    assert isinstance(calls.network, StreamingNetwork)
    edit(spoilt, lambda card: card.update(kind="windowed"))
    assert isinstance(Model(str(spoilt)).network, WindowedNetwork)


def test_scores_of_hours_are_those_of_windows(calls, data):
    """No error builds up over all recordings of the forest, joined to one stream of 75 minutes."""
    forest = data / "capuchinbird" / "forest"
    paths = sorted(path for path in forest.glob("recording_*") if path.suffix != ".csv")
    if not paths:
        pytest.skip(f"no recordings in {forest}")
    frontend, streaming, windows = calls.frontend(), calls.network, windowed(calls)
    states = streaming.new_state(), windows.new_state()
    held, scored_s, highest = np.empty(0, np.float32), 0.0, 0.0
    block = whole_hops(calls, BLOCK_S)
    frontend.push(np.zeros(frontend.frame - frontend.step, np.float32))
    for path in paths:
        with soundfile.SoundFile(path) as file:
            resampler = Resampler(file.samplerate, RATE_HZ)
            for samples in file.blocks(BLOCK_S * file.samplerate, dtype="float32", always_2d=True):
                held = np.concatenate((held, resampler.push(samples.mean(axis=1))))
                while len(held) >= block:
                    frames = frontend.push(held[:block])[None]
                    held = held[block:]
                    scores, expected = streaming.score(states[:1], frames), windows.score(states[1:], frames)
                    np.testing.assert_allclose(scores, expected, atol=1e-5)
                    scored_s += block / RATE_HZ
                    highest = max(highest, scores[..., 1].max())
    assert scored_s > 75 * 60 * 0.9
    assert highest > 0.9


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cuts=st.lists(st.integers(1, HOPS - 1), max_size=4).map(sorted))
def test_scores_are_those_of_windows_however_the_sound_is_cut(calls, seed, cuts):
    frames = features(calls, made_sound(calls, seed))
    streaming, windows = calls.network, windowed(calls)
    expected = windows.score([windows.new_state()], frames[None])[0]
    whole = streaming.score([streaming.new_state()], frames[None])[0]
    state = streaming.new_state()
    pieces = [piece for piece in np.split(frames, [cut * calls.card.hop_frames for cut in cuts]) if len(piece)]
    scores = np.concatenate([streaming.score([state], piece[None])[0] for piece in pieces])
    np.testing.assert_array_equal(scores, whole)
    np.testing.assert_allclose(scores, expected, atol=1e-5)  # of another network


def test_nan_is_forgotten_after_one_window(calls):
    streaming, hop = calls.network, calls.card.hop_frames
    silence = np.tile(calls.frontend().silence(), (1, hop, 1))
    state = streaming.new_state()
    expected = streaming.score([state], silence)
    streaming.score([state], np.full_like(silence, np.nan))
    for _ in range(-(-calls.card.window // hop)):
        scores = streaming.score([state], silence)
    np.testing.assert_array_equal(scores, expected)


@pytest.fixture(scope="module")
def alone(calls):
    """Seventy streams: their features, shape (70, hops, frames of a hop, width), and the scores of each alone."""
    frames_of = np.stack([features(calls, made_sound(calls, seed)) for seed in range(70)])
    scores = np.stack([calls.network.score([calls.network.new_state()], frames[None])[0] for frames in frames_of])
    return frames_of.reshape(70, HOPS, calls.card.hop_frames, -1), scores


@pytest.mark.parametrize("streams", [1, 2, 33, 70])
def test_many_streams_at_once_are_scored_as_each_alone(calls, alone, streams):
    frames_of, expected = (array[:streams] for array in alone)
    states = [calls.network.new_state() for _ in range(streams)]
    scores = [calls.network.score(states, frames_of[:, hop]) for hop in range(HOPS)]
    assert scores[0].shape == (streams, 1, len(calls.card.labels))
    np.testing.assert_array_equal(np.concatenate(scores, axis=1), expected)
    assert np.ptp(expected[..., 1]) > 0.005


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_streams_may_join_and_leave_at_any_time(calls, alone, data):
    """Scores do not depend on which other streams are scored at once."""
    frames_of, expected = alone
    states = {number: calls.network.new_state() for number in range(len(frames_of))}
    hops = dict.fromkeys(states, 0)
    for _ in range(HOPS):
        who = data.draw(st.lists(st.sampled_from(sorted(states)), min_size=1, max_size=9, unique=True))
        frames = np.stack([frames_of[number, hops[number]] for number in who])
        scores = calls.network.score([states[number] for number in who], frames)
        for number, own in zip(who, scores, strict=True):
            np.testing.assert_array_equal(own[0], expected[number, hops[number]])
            hops[number] += 1


def with_hop(seconds):
    return lambda bundle: edit(bundle, lambda card: card.update(hop_s=seconds))


def one_input(bundle):
    put(bundle, "steps.tflite", (bundle / "model.tflite").read_bytes())


def narrow(bundle):
    with np.load(bundle / "frontend.npz") as archive:
        matrices = dict(archive)
    matrices["mel"] = matrices["mel"][:60]
    np.savez(bundle / "frontend.npz", **matrices)
    put(bundle, "frontend.npz", (bundle / "frontend.npz").read_bytes())
    edit(bundle, lambda card: card["frontend"].update(bands=60))


@pytest.mark.parametrize(
    ("spoil", "file", "reason"),
    [
        (lambda bundle: (bundle / "steps.tflite").unlink(), "steps.tflite", "No such file or directory"),
        (lambda bundle: (bundle / "steps.tflite").write_bytes(b"?"), "steps.tflite", "is not the file that card.json"),
        (
            lambda bundle: edit(bundle, lambda card: card["sha256"].pop("steps.tflite")),
            "card.json",
            "sha256: no hash of steps.tflite",
        ),
        (lambda bundle: put(bundle, "steps.tflite", b""), "steps.tflite", "not a TFLite model that runs here: "),
        (
            lambda bundle: put(bundle, "steps.tflite", half(bundle, "steps.tflite")),
            "steps.tflite",
            "not a TFLite model that runs here: ",
        ),
        (one_input, "steps.tflite", "has 1 inputs and 1 outputs, not 2 of each"),
        (narrow, "steps.tflite", "expects 64 numbers per frame, but the front end gives 60"),
        (
            lambda bundle: edit(bundle, lambda card: card["labels"].append("cuckoo")),
            "steps.tflite",
            "gives 2 scores, but the card names 3 labels",
        ),
        (with_hop(0.32), "steps.tflite", "gives 10 scores for 5 hops of 16 frames"),
        (with_hop(0.14), "steps.tflite", "gives 9 scores for 11 hops of 7 frames"),
        (with_hop(0.02), "steps.tflite", "gives 8 scores for 65 hops of 1 frames"),
    ],
)
def test_a_spoilt_bundle_is_refused_in_one_line(spoilt, spoil, file, reason):
    spoil(spoilt)
    with pytest.raises(BundleError) as caught:
        Model(str(spoilt))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{spoilt / file}: {reason}")
