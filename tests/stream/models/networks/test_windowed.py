"""Networks on streams: in steps or in windows, alone or with others, they say the same."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from spoilt_bundles import edit, half, put
from whipbird.audio.resample import Resampler
from whipbird.engine.classify import classify
from whipbird.errors import BundleError
from whipbird.models.model import Model
from whipbird.models.networks.streaming import StreamingNetwork
from whipbird.models.networks.windowed import WindowedNetwork

RATE_HZ = 16_000
BLOCK_S = 10
FEW = 12  # hops of a made sound


@pytest.fixture
def spoilt(calls, tmp_path):
    """A copy of its bundle, to be spoilt."""
    return Path(shutil.copytree(calls.folder, tmp_path / "calls"))


def whole_hops(model, seconds):
    """Samples in so many seconds, or a little less."""
    return int(seconds * model.card.sample_rate_hz) // model.card.hop * model.card.hop


def features(model, sound):
    """Frames as a detector gives them, shape (frames, width)."""
    frontend = model.frontend()
    frontend.push(np.zeros(frontend.frame - frontend.step, np.float32))
    return frontend.push(sound)


def made_sound(model, seed, hops=FEW):
    """Noise and tones of any loudness, and silence: shape (samples,)."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(hops):
        place = np.arange(model.card.hop) / model.card.sample_rate_hz
        tone = np.sin(2 * np.pi * rng.uniform(300, 2500) * place)
        level = rng.choice([0, 1e-4, 1e-2, 1])
        parts.append(level * (tone + rng.normal(0, rng.choice([0, 0.3]), len(place))))
    return np.concatenate(parts).astype(np.float32)


def windowed(model):
    """What runs the same model on whole windows, as if that were all it had."""
    assert isinstance(model.windows, WindowedNetwork)
    return model.windows


def test_which_network_listens_is_told_by_the_card(calls, spoilt):
    assert isinstance(calls.network, StreamingNetwork)
    edit(spoilt, lambda card: card.update(kind="windowed"))
    assert isinstance(Model(str(spoilt)).network, WindowedNetwork)


def test_scores_of_hours_in_steps_are_those_of_windows(calls, data):
    """Over all recordings of the forest, one after another as one stream of 75 minutes: no error builds up."""
    forest = data / "capuchinbird" / "forest"
    paths = sorted(path for path in forest.glob("recording_*") if path.suffix != ".csv")
    if not paths:
        pytest.skip(f"no recordings in {forest}")
    frontend, steps, windows = calls.frontend(), calls.network, windowed(calls)
    memories = steps.new_state(), windows.new_state()
    held, heard_s, highest = np.empty(0, np.float32), 0.0, 0.0
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
                    scores, expected = steps.score(memories[:1], frames), windows.score(memories[1:], frames)
                    np.testing.assert_allclose(scores, expected, atol=1e-5)
                    heard_s += block / RATE_HZ
                    highest = max(highest, scores[..., 1].max())
    assert heard_s > 75 * 60 * 0.9
    assert highest > 0.9


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cuts=st.lists(st.integers(1, FEW - 1), max_size=4).map(sorted))
def test_scores_in_steps_are_those_of_windows_however_the_sound_is_cut(calls, seed, cuts):
    frames = features(calls, made_sound(calls, seed))
    steps, windows = calls.network, windowed(calls)
    expected = windows.score([windows.new_state()], frames[None])[0]
    memory = steps.new_state()
    pieces = [piece for piece in np.split(frames, [cut * calls.card.hop_frames for cut in cuts]) if len(piece)]
    scores = np.concatenate([steps.score([memory], piece[None])[0] for piece in pieces])
    np.testing.assert_allclose(scores, expected, atol=1e-5)


def test_what_is_no_number_is_forgotten_after_one_window(calls):
    steps, hop = calls.network, calls.card.hop_frames
    silence = np.tile(calls.frontend().silence(), (1, hop, 1))
    memory = steps.new_state()
    expected = steps.score([memory], silence)
    steps.score([memory], np.full_like(silence, np.nan))
    for _ in range(-(-calls.card.window // hop)):
        scores = steps.score([memory], silence)
    np.testing.assert_array_equal(scores, expected)


@pytest.fixture(scope="module")
def alone(calls):
    """Seventy streams: features of each, shape (70, hops, frames of a hop, width), and scores that it gets alone."""
    heard = np.stack([features(calls, made_sound(calls, seed)) for seed in range(70)])
    scores = np.stack([calls.network.score([calls.network.new_state()], frames[None])[0] for frames in heard])
    return heard.reshape(70, FEW, calls.card.hop_frames, -1), scores


@pytest.mark.parametrize("streams", [1, 2, 33, 70])
def test_many_streams_at_once_get_what_each_gets_alone(calls, alone, streams):
    heard, expected = (array[:streams] for array in alone)
    memories = [calls.network.new_state() for _ in range(streams)]
    scores = [calls.network.score(memories, heard[:, hop]) for hop in range(FEW)]
    assert scores[0].shape == (streams, 1, len(calls.card.labels))
    np.testing.assert_array_equal(np.concatenate(scores, axis=1), expected)
    assert np.ptp(expected[..., 1]) > 0.005


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_streams_may_join_and_leave_at_any_time(calls, alone, data):
    """Whatever is heard together with whatever else, in whatever order."""
    heard, expected = alone
    memories = {number: calls.network.new_state() for number in range(len(heard))}
    hops = dict.fromkeys(memories, 0)
    for _ in range(FEW):
        who = data.draw(st.lists(st.sampled_from(sorted(memories)), min_size=1, max_size=9, unique=True))
        frames = np.stack([heard[number, hops[number]] for number in who])
        scores = calls.network.score([memories[number] for number in who], frames)
        for number, own in zip(who, scores, strict=True):
            np.testing.assert_array_equal(own[0], expected[number, hops[number]])
            hops[number] += 1


def test_streams_heard_by_windows_are_heard_as_each_alone(commands):
    """What a network without steps does."""
    network = windowed(commands)
    heard = np.stack([features(commands, made_sound(commands, seed, 4)) for seed in range(3)])
    scores = network.score([network.new_state() for _ in heard], heard)
    assert scores.shape == (3, 4, len(commands.card.labels))
    for frames, own in zip(heard, scores, strict=True):
        np.testing.assert_array_equal(network.score([network.new_state()], frames[None])[0], own)


def test_clips_are_classified_through_whole_windows(calls, spoilt):
    """As if there were no network for streams."""
    edit(spoilt, lambda card: card.update(kind="windowed"))
    sound = made_sound(calls, 1, 40)
    assert classify(calls, sound, RATE_HZ) == classify(Model(str(spoilt)), sound, RATE_HZ)


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
        (narrow, "steps.tflite", "wants 64 numbers a frame, the front end gives 60"),
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
def test_a_bundle_that_is_spoilt_is_refused_in_one_line(spoilt, spoil, file, reason):
    spoil(spoilt)
    with pytest.raises(BundleError) as caught:
        Model(str(spoilt))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{spoilt / file}: {reason}")


def test_a_network_in_steps_is_no_network_for_windows(spoilt):
    put(spoilt, "model.tflite", (spoilt / "steps.tflite").read_bytes())
    edit(spoilt, lambda card: card.update(kind="windowed"))
    with pytest.raises(BundleError, match="has 2 inputs and 2 outputs, not 1 of each"):
        Model(str(spoilt))
