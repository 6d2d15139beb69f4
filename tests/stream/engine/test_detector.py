from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from spoilt_bundles import edit
from whipbird.audio.clock import Clock
from whipbird.engine.detector import Detector, score_batch
from whipbird.engine.timings import Timings
from whipbird.events.word_bounds import frame_levels_db, sound_bounds
from whipbird.models.model import Model

RATE_HZ = 16_000


def detect(model, pieces, start=0, clock=None, labels=None, tap=None, block=1):
    """Detections in pieces of sound at the model's rate, as a list for each piece and one for the end."""
    detector = Detector(model, "test", RATE_HZ, clock or Clock(), Timings(), start, labels, tap, block)
    found = [detector.process(piece) for piece in pieces]
    return [*found, detector.finish((start + sum(map(len, pieces))) / RATE_HZ)]


def flat(found):
    return [detection for detections in found for detection in detections]


@pytest.fixture(scope="module")
def sound(demo):
    return soundfile.read(demo, dtype="float32", stop=12 * RATE_HZ)[0]


@pytest.fixture(scope="module")
def at_once(commands, sound):
    return flat(detect(commands, [sound]))


@pytest.fixture(scope="module")
def word(clips, commands):
    """A second with a word that is easily recognised."""
    for path in sorted((clips / "yes").iterdir())[:20]:
        samples = soundfile.read(path, dtype="float32")[0]
        if [detection.label for detection in flat(detect(commands, [samples]))] == ["yes"]:
            return samples
    pytest.fail("none of twenty clips of 'yes' was detected as one 'yes'")


def test_the_demo_has_events(at_once):
    assert len(at_once) >= 2


def test_times_are_in_order_inside_the_sound(at_once, sound):
    for detection in at_once:
        assert 0 <= detection.begin_s <= detection.peak_s <= detection.end_s <= len(sound) / RATE_HZ
        assert detection.begin_sample == round(detection.begin_s * RATE_HZ)
        assert 0 <= detection.score <= 1
        assert (detection.source, detection.model) == ("test", "commands")
        assert detection.time is None


def detect_with_hops(model, pieces, block):
    """Detections, and every scored hop, with arrays as bytes to compare."""
    hops = []
    found = detect(model, pieces, tap=hops.append, block=block)
    return flat(found), [
        replace(hop, scores=hop.scores.tobytes(), levels_db=None if hop.levels_db is None else hop.levels_db.tobytes())
        for hop in hops
    ]


@pytest.fixture(scope="module")
def moans():
    """Twelve seconds with three sounds that a network for bird calls may mistake for a call."""
    time_s = np.arange(3 * RATE_HZ) / RATE_HZ
    moan = sum(np.sin(2 * np.pi * 90 * number * time_s) for number in range(5, 14)) * np.hanning(len(time_s)) / 20
    quiet = np.random.default_rng(1).normal(0, 1e-3, RATE_HZ)
    return np.concatenate([quiet, moan] * 3).astype(np.float32)


@pytest.fixture(scope="module")
def uncut(asking, sound, calls, moans):
    """A model, a sound, and what is detected in it in one piece."""
    return {
        which: (model, whole, detect_with_hops(model, [whole], 1))
        for which, model, whole in (("words", asking, sound[: 6 * RATE_HZ]), ("calls", calls, moans))
    }


@settings(deadline=None, max_examples=8)
@given(cuts=st.lists(st.integers(0, 12 * RATE_HZ), max_size=30), block=st.sampled_from([1, 2, 3, 16, 1000]))
@pytest.mark.parametrize("which", ["words", "calls"])
def test_neither_cutting_nor_the_size_of_the_block_changes_anything(uncut, which, cuts, block):
    """Neither events nor scores change, to the last bit: many hops at once only save work."""
    model, whole, expected = uncut[which]
    assert detect_with_hops(model, np.split(whole, sorted(cuts)), block) == expected


def test_blocks_give_events(commands, sound, calls, moans):
    assert len(flat(detect(commands, [sound], block=16))) >= 2
    hops = []
    detect(calls, [moans], tap=hops.append, block=16)
    assert np.ptp([hop.scores[1] for hop in hops]) > 0.01


def test_a_block_is_processed_when_it_is_complete(commands, sound):
    timings, hop = Timings(), commands.card.hop
    detector = Detector(commands, "test", RATE_HZ, Clock(), timings, block=16)
    detector.process(sound[: 16 * hop - 1])
    assert timings.stages["model"].count == 0
    detector.process(sound[16 * hop - 1 : 33 * hop])
    assert timings.stages["model"].count == 2


def test_the_caller_may_run_the_network(commands, sound):
    """The caller takes the blocks of many streams, runs the network on all at once, and hands out the scores."""
    detector = Detector(commands, "test", RATE_HZ, Clock(), Timings())
    found = []
    for start in range(0, len(sound), 1000):
        detector.push_samples(sound[start : start + 1000])
        while (block := detector.next_block()) is not None:
            assert len(block) % commands.card.hop == 0
            found += detector.apply_scores(score_batch([(detector, block)])[0])
    found += detector.finish(len(sound) / RATE_HZ)
    assert found == flat(detect(commands, [sound]))


def test_the_last_word_is_detected_even_if_the_sound_ends_right_after_it(commands, word):
    loud = np.flatnonzero(np.abs(word) > 0.1 * np.abs(word).max())
    found = detect(commands, [word[: loud[-1] + 800]])
    assert [detection.label for detection in flat(found)] == ["yes"]


def test_a_word_is_found_where_it_is(commands, word):
    lead = np.zeros(2 * RATE_HZ, np.float32)
    (detection,) = flat(detect(commands, [lead, word, lead]))
    loudness = np.abs(word) / np.abs(word).max()
    first_s, last_s = (2 + np.flatnonzero(loudness > least)[at] / RATE_HZ for at, least in ((0, 0.1), (-1, 0.03)))
    assert detection.begin_s == pytest.approx(first_s, abs=0.2)
    assert detection.begin_s < detection.end_s < last_s + 0.1


@pytest.mark.parametrize("noise_db", [-60, -45])
def test_a_word_before_the_end_is_where_it_is_with_more_sound_after_it(commands, demo, noise_db):
    """Background is what was recorded, not the silence after the end."""
    sound = soundfile.read(demo, dtype="float32", stop=8 * RATE_HZ)[0]
    sound += np.random.default_rng(2).normal(0, 10 ** (noise_db / 20), len(sound)).astype(np.float32)
    compared = 0
    for expected in flat(detect(commands, [sound])):
        if expected.end_s - expected.begin_s < 0.03:
            continue  # nothing stands out from the noise, and the scores say where it is
        for rest_s in (0.0, 0.03, 0.1, 0.2):
            found = flat(detect(commands, [sound[: round((expected.end_s + rest_s) * RATE_HZ)]]))
            for word in found[-1:]:
                if word.label == expected.label and abs(word.begin_s - expected.begin_s) < 0.3:
                    compared += 1
                    assert word.begin_s == pytest.approx(expected.begin_s, abs=0.01)
                    assert word.end_s == pytest.approx(expected.end_s, abs=0.01)
    assert compared > 12


def test_a_segment_that_starts_later_has_later_times(commands, word):
    (early,) = flat(detect(commands, [word]))
    (late,) = flat(detect(commands, [word], start=3_600 * RATE_HZ))
    assert (late.label, late.score) == (early.label, early.score)
    assert late.begin_sample == early.begin_sample + 3_600 * RATE_HZ
    assert late.peak_s == pytest.approx(early.peak_s + 3_600, abs=1e-9)
    assert late.end_s == pytest.approx(early.end_s + 3_600, abs=1e-9)


def test_the_clock_gives_the_time_of_the_start(commands, word):
    clock = Clock(datetime(2024, 5, 1, 6, tzinfo=UTC), "live")
    (detection,) = flat(detect(commands, [word], clock=clock))
    assert detection.time == clock.at(detection.begin_s)
    assert detection.time_from == "live"


def test_labels_that_are_not_wanted_are_not_reported(commands, word):
    assert flat(detect(commands, [word], labels=frozenset({"no"}))) == []
    assert [detection.label for detection in flat(detect(commands, [word], labels=frozenset({"yes"})))] == ["yes"]


def test_calls_are_reported_when_they_have_ended(bundle, word):
    edit(bundle, lambda card: card.update(report="end"))
    calls = Model(str(bundle))
    pieces = np.split(np.concatenate((word, np.zeros(RATE_HZ, np.float32))), 2 * RATE_HZ // 800)
    (detection,) = flat(detect(calls, pieces))
    release_s = calls.card.debounce["yes"].release_s
    assert detection.delay_s >= release_s - 1e-9


def test_an_event_starts_earlier_by_its_lead(bundle, sound):
    """Reported at their end, with a lead of 0, 0.3 and 60 s; but not before the segment starts, here at 5 s."""
    start_s = 5.0

    def detected(lead_s):
        edit(bundle, lambda card: card.update(report="end", lead_s=lead_s))
        return flat(detect(Model(str(bundle)), [sound], start=round(start_s * RATE_HZ)))

    none, some, endless = detected(0.0), detected(0.3), detected(60.0)
    assert len(none) >= 2
    for one, earlier, earliest in zip(none, some, endless, strict=True):
        assert earlier.begin_s == pytest.approx(max(one.begin_s - 0.3, start_s))
        assert earlier.begin_sample == round(earlier.begin_s * RATE_HZ)
        assert earliest.begin_s == start_s
        assert one.end_s == earlier.end_s == earliest.end_s
        assert one.peak_s == earlier.peak_s == earliest.peak_s


@pytest.mark.parametrize("seconds", [0, 0.001, 0.5])
def test_silence_is_nothing_however_short(commands, seconds):
    assert flat(detect(commands, [np.zeros(round(seconds * RATE_HZ), np.float32)])) == []


def test_nothing_at_all_is_nothing(commands):
    assert detect(commands, []) == [[]]


@pytest.mark.parametrize("gap_s", [0.2, 0.3])
def test_the_same_word_again_is_another_event(commands, word, gap_s):
    levels = frame_levels_db(word, RATE_HZ // 100)
    first, last = (frame * RATE_HZ // 100 for frame in sound_bounds(levels))
    yes = word[max(0, first - 800) : last + 800]  # with 50 ms of what is around it
    pause = np.zeros(round((gap_s - 0.1) * RATE_HZ), np.float32)
    quiet = np.zeros(RATE_HZ, np.float32)
    found = flat(detect(commands, [np.concatenate((quiet, yes, pause, yes, pause, yes, quiet))]))
    assert [detection.label for detection in found] == ["yes"] * 3


def test_scores_of_the_latest_window_can_be_watched(commands, word):
    detector = Detector(commands, "test", RATE_HZ, Clock(), Timings())
    assert detector.scores.tolist() == [0] * len(commands.card.labels)
    detector.process(word)
    assert detector.scores.sum() == pytest.approx(1, abs=1e-3)


def test_a_tap_gets_every_score_and_the_time_for_which_it_counts(commands, word):
    hops = []
    detector = Detector(commands, "test", RATE_HZ, Clock(), Timings(), start=RATE_HZ, tap=hops.append)
    detector.process(word)
    detector.finish(2.0)
    since, until, heard, scores = zip(
        *((hop.since_s, hop.until_s, hop.heard_s, hop.scores) for hop in hops), strict=True
    )
    card = commands.card
    assert since[0] == pytest.approx(1 - card.reference_s)
    np.testing.assert_allclose(since[1:], until[:-1], atol=1e-9)
    np.testing.assert_allclose(np.subtract(until, since), card.hop_s, atol=1e-9)
    assert until[-1] >= 2.0  # to the end of the sound
    np.testing.assert_allclose(heard, np.minimum(np.add(until, card.reference_s), 2.0))
    assert list(heard) == sorted(heard)
    assert heard[-1] == 2.0
    np.testing.assert_array_equal(scores[-1], detector.scores)
    assert max(score.max() for score in scores) > 0.5


def test_a_tap_gets_levels_where_there_may_be_a_word(commands, word):
    hops = []
    detect(commands, [word], tap=hops.append)
    reported = [commands.card.labels.index(label) for label in commands.card.debounce]
    high = [hop.scores[reported].max() >= 0.1 for hop in hops]
    known = [hop.levels_db is not None for hop in hops]
    assert any(high)
    assert not all(known)
    assert all(has for score, has in zip(high, known, strict=True) if score)
    span = commands.frontend().span(commands.card.window)
    assert {len(hop.levels_db) for hop in hops if hop.levels_db is not None} == {span // (RATE_HZ // 100)}
