"""Training examples of Capuchinbird calls: synthetic stacks of harmonics."""

from collections import Counter

import numpy as np
import pytest

from tones import made_training
from whipbird_train.examples.calls import CALL, CallExamples, Stack, find_stack
from whipbird_train.examples.labelled_sounds import Sounds
from whipbird_train.frontend_matrices import build_frontend
from whipbird_train.recipes.capuchinbird import FRONTEND, RATE_HZ, WINDOW

FRONT = build_frontend(FRONTEND, RATE_HZ)
FRAMES_PER_S = RATE_HZ / FRONTEND.step


def harmonics(fundamental_hz, numbers, seconds):
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return sum(np.sin(2 * np.pi * fundamental_hz * number * time + number) for number in numbers)


def make_call(onset_s=2.0, seconds=1.5, length_s=4.5, fundamental_hz=135, seed=1):
    """A hum, and after it a loud stack, in a little noise."""
    wave = np.random.default_rng(seed).normal(0, 0.002, round(length_s * RATE_HZ))
    for begin_s, lasts_s, level, numbers in (
        (onset_s - 1.5, 1.0, 0.01, (1, 2)),
        (onset_s, seconds, 0.06, range(4, 13)),
    ):
        begin = max(0, round(begin_s * RATE_HZ))
        sound = level * harmonics(fundamental_hz, numbers, lasts_s)
        wave[begin : begin + len(sound)] += sound[: len(wave) - begin]
    return wave.astype(np.float32)


def make_noise(seconds=3.0, seed=1):
    return np.random.default_rng(seed).normal(0, 0.05, round(seconds * RATE_HZ)).astype(np.float32)


@pytest.mark.parametrize(("onset_s", "seconds", "fundamental_hz"), [(2.0, 1.5, 135), (1.6, 2.2, 118), (2.4, 1.1, 160)])
def test_the_stack_is_found(onset_s, seconds, fundamental_hz):
    stack = find_stack(make_call(onset_s, seconds, fundamental_hz=fundamental_hz), FRONT, RATE_HZ)
    assert stack.onset / FRAMES_PER_S == pytest.approx(onset_s, abs=0.12)
    assert stack.end / FRAMES_PER_S == pytest.approx(onset_s + seconds, abs=0.12)
    assert stack.first <= stack.onset < stack.end


def test_loudness_does_not_matter():
    call = make_call()
    quiet, loud = find_stack(0.05 * call, FRONT, RATE_HZ), find_stack(call, FRONT, RATE_HZ)
    assert (quiet.onset, quiet.end) == pytest.approx((loud.onset, loud.end), abs=2)


def test_without_overtones_it_begins_where_it_gets_loud():
    wave = make_noise(4.0) * np.where(np.arange(4 * RATE_HZ) < 2 * RATE_HZ, 0.05, 1).astype(np.float32)
    stack = find_stack(wave, FRONT, RATE_HZ)
    assert stack.onset / FRAMES_PER_S == pytest.approx(2.0, abs=0.1)
    assert stack.end > stack.onset


def test_faster_it_is_earlier():
    assert Stack(10, 20, 30).faster(1.25) == Stack(8, 16, 24)


def recordings(calls=3, others=2):
    waves = [make_call(seed=number) for number in range(calls)] + [make_noise(seed=number) for number in range(others)]
    return Sounds(
        waves,
        np.array([CALL] * calls + [0] * others),
        tuple(f"{number}.wav" for number in range(len(waves))),
        tuple(f"bird{number // 2}" for number in range(len(waves))),
        ("",) * len(waves),
        made_training,
    )


def examples_of(sounds, extras=(), window=WINDOW, count=30):
    return CallExamples(sounds, extras, FRONT, window, RATE_HZ, count, [])


@pytest.fixture(scope="module")
def examples():
    return examples_of(recordings(), [make_noise(4.0), make_noise(0.5)])


@pytest.fixture(scope="module")
def made(examples):
    return [examples(index % len(examples), np.random.default_rng(index)) for index in range(400)]


def test_examples_are_windows_in_decibels(examples, made):
    assert len(examples) == 30
    for features, _ in made:
        assert features.shape == (WINDOW, FRONTEND.bands)
        assert features.dtype == np.float32
        assert np.isfinite(features).all()
        assert features.min() >= -100.01


def test_two_of_five_are_calls(made):
    drawn = Counter(label for _, label in made)
    assert set(drawn) == {0, CALL}
    assert 0.35 < drawn[CALL] / len(made) < 0.5


def test_the_middle_of_a_call_is_more_harmonic_than_that_of_the_rest(made):
    """Overtones make the spectrum rough between 450 and 1,700 Hz."""
    middle = slice(WINDOW // 2 - 4, WINDOW // 2 + 4)

    def roughness(features):
        return np.abs(np.diff(features[middle, 8:36].mean(axis=0), 2)).mean()

    calls, others = ([roughness(f) for f, label in made if (label == CALL) == wanted] for wanted in (True, False))
    assert np.median(calls) > 1.2 * np.median(others)


def test_the_same_seed_gives_the_same_example(examples):
    for seed in range(10):
        (one, label), (other, again) = (examples(0, np.random.default_rng(seed)) for _ in range(2))
        np.testing.assert_array_equal(one, other)
        assert label == again


@pytest.mark.parametrize(("others", "extras"), [(0, 0), (2, 0), (0, 1)])
def test_it_can_do_without_other_sounds(others, extras):
    examples = examples_of(recordings(1, others), [make_noise(4.0)] * extras)
    labels = [examples(0, np.random.default_rng(seed))[1] for seed in range(30)]
    assert set(labels) == {0, CALL}


def test_examples_made_otherwise_have_another_key(examples):
    sounds = recordings()
    keys = {
        examples_of(sounds).key,
        examples_of(sounds, window=63).key,
        examples_of(sounds, count=31).key,
        examples_of(recordings(2)).key,
        examples.key,  # with other sounds
    }
    assert len(keys) == 5
