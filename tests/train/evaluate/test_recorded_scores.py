"""Whole recordings through the live path, and the events that other settings would give for their scores."""

import shutil

import numpy as np
import pytest
import soundfile
from hypothesis import example, given, settings
from hypothesis import strategies as st

from made_archive import words
from made_scores import BUMP_S, HOP_S, REFERENCE_S, make_card, recorded
from many_labels import heard_labels, many_labels
from spoilt_bundles import edit
from triggered import write_wav
from whipbird.engine.grid import FILL_S
from whipbird.engine.pipeline import Pipeline
from whipbird.errors import SourceError
from whipbird.events.debounce import Debouncer
from whipbird.events.detection import Detection
from whipbird.events.settings import DebounceSettings
from whipbird.events.watched_labels import WatchedLabels
from whipbird.formats.annotation import Annotation
from whipbird.models.model import Model
from whipbird.sources.replay import Replay
from whipbird_train.evaluate import recorded_scores
from whipbird_train.evaluate.curves import with_threshold
from whipbird_train.evaluate.matching import DetectedEvent, Matching
from whipbird_train.evaluate.recorded_scores import (
    RecordedScores,
    ScoredSegment,
    detect,
    evaluated,
    hours_of,
    record_scores,
    record_sound_scores,
    relevant_labels,
)
from whole_windows import whole_bundle

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def demo_scores(demo, commands):
    return record_scores(demo, commands)


@pytest.fixture(scope="module")
def sound(demo):
    """The first words of the bundled recording, shape (samples,)."""
    return soundfile.read(demo, frames=4 * RATE_HZ, dtype="float32")[0]


@pytest.fixture
def write(tmp_path):
    """Write samples as 32-bit floats, which can be NaN."""

    def make(samples, name="made.wav"):
        soundfile.write(tmp_path / name, samples, RATE_HZ, subtype="FLOAT")
        return tmp_path / name

    return make


@pytest.fixture(scope="module")
def at_end(shipped, tmp_path_factory):
    """The same model, but it reports events at their end, as for calls."""
    folder = shutil.copytree(shipped, tmp_path_factory.mktemp("models") / "late")
    edit(folder, lambda card: card.update(report="end", lead_s=0.1))
    return Model(str(folder))


def times(events):
    return [(event.begin_s, event.end_s, event.reported_s) for event in events]


def test_events_are_those_of_the_live_path(demo_scores, demo, commands):
    reports = []
    source = Replay(str(demo))
    source.open()
    pipeline = Pipeline(source, [commands], reports.append)
    pipeline.start()
    pipeline.wait()
    assert len(demo_scores.events) > 10
    assert demo_scores.events == tuple(
        DetectedEvent(report.begin_s, report.end_s, report.reported_s, report.label, report.score)
        for report in reports
        if isinstance(report, Detection)
    )


def test_all_scores_are_kept(demo_scores, demo, commands):
    assert demo_scores.name == "demo.flac"
    assert demo_scores.seconds == soundfile.info(demo).frames / RATE_HZ
    (segment,) = demo_scores.segments
    card = commands.card
    assert segment.begin_s == pytest.approx(-card.reference_s)
    assert np.diff(segment.until_s) == pytest.approx(card.hop_s)
    assert segment.until_s[-1] > demo_scores.seconds  # silence is appended, for the last word
    assert segment.scores.shape == (len(segment.until_s), len(card.labels))
    assert segment.scores.sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert segment.heard_s.max() == demo_scores.seconds


def same(found, expected):
    """Check that events are equal, except for rounding of their times."""
    assert [(event.label, event.score) for event in found] == [(event.label, event.score) for event in expected]
    assert np.array(times(found)) == pytest.approx(np.array(times(expected)), abs=1e-9)


def test_stored_scores_give_the_events_of_the_live_path(demo_scores, commands):
    same(detect(demo_scores, commands.card, commands.card.debounce), demo_scores.events)


def test_words_that_are_cut_off_have_the_bounds_of_the_live_path(write, sound, commands):
    """The first word starts with the recording, the last one is cut off by its end."""
    found = record_scores(write(sound[8_000:53_000]), commands)
    assert len(found.events) >= 2
    same(detect(found, commands.card, commands.card.debounce), found.events)


def test_events_reported_at_their_end_have_the_bounds_of_the_live_path(write, sound, at_end):
    found = record_scores(write(sound[8_000:53_000]), at_end)
    assert len(found.events) >= 2
    same(detect(found, at_end.card, at_end.card.debounce), found.events)


@pytest.mark.parametrize(("on", "against"), [(0.5, "all"), (0.9, "all"), (0.9, "unreported")])
def test_other_settings_give_the_events_of_a_model_with_them(demo_scores, demo, bundle, commands, on, against):
    others = {label: with_threshold(settings, on) for label, settings in commands.card.debounce.items()}
    debounce = {label: settings.model_dump() for label, settings in others.items()}
    edit(bundle, lambda card: card.update(against=against, debounce=debounce))
    expected = record_scores(demo, Model(str(bundle))).events
    found = detect(demo_scores, commands.card.model_copy(update={"against": against}), others)
    same(found, expected)


def test_a_long_gap_separates_two_segments(write, sound, commands):
    whole = record_scores(write(sound), commands)
    lost = round(1.5 * FILL_S * RATE_HZ)
    holed = np.concatenate((sound[:24_000], np.full(lost, np.nan, np.float32), sound[24_000:]))
    found = record_scores(write(holed, "holed.wav"), commands)
    assert found.seconds == len(holed) / RATE_HZ
    first, second = found.segments
    assert second.begin_s == pytest.approx((24_000 + lost) / RATE_HZ - commands.card.reference_s)
    assert first.heard_s[-1] == 1.5
    for events in (found.events, detect(found, commands.card, commands.card.debounce)):
        assert [event.label for event in events] == [event.label for event in whole.events]
        assert all(event.end_s <= 1.5 or event.begin_s >= 1.5 + 1.5 * FILL_S for event in events)


def test_a_short_gap_separates_nothing(write, sound, commands):
    sound = sound.copy()
    sound[1000:5000] = np.nan
    assert len(record_scores(write(sound), commands).segments) == 1


def test_what_was_below_a_trigger_is_no_time_for_false_alarms(tmp_path, sound, commands):
    samples = np.round(sound * 2**15).astype(np.int16)
    path = write_wav(tmp_path / "20240501_060000T.WAV", RATE_HZ, samples, 62_500)  # 1000 s
    scored = record_scores(path, commands)
    assert scored.seconds == pytest.approx(1004)
    assert hours_of([(scored, [])]) * 3600 == pytest.approx(4)
    assert evaluated([(scored, [])], commands.card, Matching(1.0)).hours * 3600 == pytest.approx(4, rel=0.01)


def test_nothing_but_gaps(write, commands):
    found = record_scores(write(np.full(RATE_HZ, np.nan, np.float32)), commands)
    assert (found.seconds, found.events, found.segments) == (1, (), ())
    assert detect(found, commands.card, commands.card.debounce) == ()


def test_half_a_recording_is_refused(demo, tmp_path, commands):
    broken = tmp_path / "broken.flac"
    broken.write_bytes(demo.read_bytes()[: demo.stat().st_size // 2])
    with pytest.raises(SourceError, match=r"broken.flac"):
        record_scores(broken, commands)


def test_what_cannot_be_read_is_refused(write, tmp_path, commands):
    with pytest.raises(SourceError, match=r"nowhere.wav"):
        record_scores(tmp_path / "nowhere.wav", commands)
    with pytest.raises(SourceError, match=r"empty.wav: holds no sound"):
        record_scores(write(np.zeros(0, np.float32), "empty.wav"), commands)
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(SourceError, match=r"text.wav"):
        record_scores(tmp_path / "text.wav", commands)


def test_sound_in_no_file_has_the_same_events_as_in_a_file(demo, commands):
    sound, _ = soundfile.read(demo, dtype="float32")
    assert record_sound_scores(sound, 16_000, commands).events == record_scores(demo, commands).events


def test_a_made_bump_without_levels_is_one_event_where_its_scores_are():
    card = make_card()
    (event,) = detect(recorded((1, 0.9, "yes")), card, card.debounce)
    assert (event.begin_s, event.end_s) == pytest.approx((1, 1.02))
    assert event.reported_s == pytest.approx(1 + HOP_S + REFERENCE_S)


def test_a_made_bump_is_one_event_with_its_bounds_when_it_has_ended():
    card = make_card(report="end", lead_s=0.2)
    (event,) = detect(recorded((1, 0.9, "yes")), card, card.debounce)
    assert (event.begin_s, event.end_s) == pytest.approx((0.8, 1 + BUMP_S))
    assert event.score == pytest.approx(0.9)


def test_no_event_starts_before_the_recording():
    card = make_card(report="end", lead_s=3)
    (event,) = detect(recorded((1, 0.9, "yes")), card, card.debounce)
    assert event.begin_s == pytest.approx(0)


def test_labels_without_settings_give_no_events():
    both = recorded((1, 0.9, "yes"), (1, 0.9, "_silence_"))
    assert [event.label for event in detect(both, make_card(), {"yes": DebounceSettings()})] == ["yes"]
    assert detect(both, make_card(), {}) == ()


def test_relative_scores_count_if_the_card_says_so():
    both = recorded((1, 0.5, "yes"), (1, 0.4, "no"), (3, 0.5, "yes"), (5, 0.5, "yes"), (5, 0.5, "_silence_"))
    card = make_card(against="unreported")
    (event,) = detect(both, card, card.debounce)
    assert (event.begin_s, event.score) == pytest.approx((3, 1))


def detect_stepwise(scores, card, settings):
    """Events as from `detect`, without skipping any step."""
    (segment,) = scores.segments
    debouncer = Debouncer(WatchedLabels(card.labels, settings, card.against), segment.begin_s)
    last_s = segment.heard_s[-1]
    events = []
    for until_s, heard_s, scores, pause in zip(
        segment.until_s, segment.heard_s, segment.scores, segment.pauses, strict=True
    ):
        events += [(event, until_s, heard_s) for event in debouncer.step(until_s, scores, pause)]
    events += [(event, until_s, heard_s) for event in debouncer.finish()]
    at_end = card.report == "end"
    return tuple(
        DetectedEvent(begin_s, min(max(end_s, begin_s), latest_s), heard_s, event.label, event.score)
        for event, until_s, heard_s in events
        if event.ended == at_end and event.begin_s < last_s
        for latest_s in [min(until_s + card.reference_s, last_s)]
        for begin_s in [min(max(event.begin_s, segment.begin_s + card.reference_s), latest_s)]
        for end_s in [event.end_s if at_end else max(event.end_s, event.begin_s + 0.02)]
    )


seconds = st.sampled_from([0.0, 0.05, 0.1, 0.15]) | st.floats(0, 1)
some_settings = st.builds(
    lambda on, share, **times: DebounceSettings(on=on, off=max(on * share, 1e-3), **times),
    on=st.sampled_from([0.5, 0.7]) | st.floats(0.01, 0.99),
    share=st.floats(0.01, 0.99),
    smooth_s=seconds,
    release_s=seconds,
    min_s=seconds,
    refractory_s=seconds,
)
# Runs of equal scores, mostly low, so that there are steps to skip.
some_runs = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.lists(
            st.sampled_from([0.0, 0.0, 0.2, 0.5, 0.7, 1.0, np.nan, np.inf]) | st.floats(0, 1), min_size=3, max_size=3
        ),
        st.sampled_from([False] * 9 + [True]),
    ),
    min_size=1,
    max_size=20,
)


# After the first event's refractory time, the mean is still high although the scores are low.
LATE = DebounceSettings(smooth_s=1, on=0.5, off=0.45, release_s=0, refractory_s=1.2)
LATE_RUNS = [(count, [0.0, score, 0.0], False) for count, score in [(20, 1), (13, 0), (9, 1), (30, 0.49)]]


@settings(deadline=None, max_examples=300)
@given(
    some_runs, st.fixed_dictionaries({}, optional={"yes": some_settings, "no": some_settings}), st.integers(0, 2**32)
)
@example(LATE_RUNS, {"yes": LATE}, 0)
def test_skipped_steps_change_nothing(runs, chosen, seed):
    """Events are equal to the last bit, with even or uneven hops."""
    scores = np.array([row for count, row, _ in runs for _ in range(count)], np.float32)
    pauses = np.array([pause and not place for count, _, pause in runs for place in range(count)])
    rng = np.random.default_rng(seed)
    hops_s = rng.choice([HOP_S, 0.013, 0.4], len(scores)) if seed % 2 else np.full(len(scores), HOP_S)
    until_s = np.cumsum(hops_s) - REFERENCE_S
    segment = ScoredSegment(-REFERENCE_S, until_s, until_s + REFERENCE_S, scores, pauses)
    made = RecordedScores("made.wav", until_s[-1], (), (segment,))
    for card in (make_card(report="begin"), make_card(report="end"), make_card(against="unreported")):
        assert detect(made, card, chosen) == detect_stepwise(made, card, chosen)


def test_most_of_an_hour_is_skipped(monkeypatch):
    steps = []
    step = Debouncer.step
    monkeypatch.setattr(Debouncer, "step", lambda *arguments, **named: steps.append(0) or step(*arguments, **named))
    card = make_card()
    assert len(detect(recorded((1800, 0.9, "yes"), (3590, 0.9, "no")), card, card.debounce)) == 2
    assert len(steps) < 50


def test_of_thousands_of_labels_those_that_score_are_kept(many, tones, monkeypatch):
    model = Model(str(many))
    kept = record_scores(tones, model)
    monkeypatch.setattr(recorded_scores, "MOST_LABELS", 10_000)
    every = record_scores(tones, model)
    monkeypatch.undo()
    assert {segment.labels for segment in kept.segments} == {tuple(heard_labels())}
    assert {segment.labels for segment in every.segments} == {None}
    assert kept.events == every.events == detect(kept, model.card, model.card.debounce)
    settings = {label: with_threshold(own, 0.8) for label, own in model.card.debounce.items()}
    assert detect(kept, model.card, settings) == detect(every, model.card, settings)
    annotated = [(kept, [Annotation(1.0, 2.0, many_labels()[9])])]
    assert relevant_labels(annotated, model.card) == sorted(
        (*heard_labels(), many_labels()[9]), key=many_labels().index
    )
    evaluation = evaluated(annotated, model.card, Matching(1.0))
    assert [row.label for row in evaluation.measures] == relevant_labels(annotated, model.card)
    assert (evaluation.overall.annotations, evaluation.overall.events) == (1, 4)


@pytest.mark.parametrize("seconds", [0.6, 12.0, 12.3])
def test_the_events_of_whole_windows_are_those_of_the_live_path(tmp_path, seconds):
    model = Model(str(whole_bundle(tmp_path / "whole")))
    recorded = record_sound_scores(words(12.3, 8_000)[: round(seconds * 8_000)], 8_000, model)
    assert len(recorded.events) >= (3 if seconds > 1 else 0)
    assert detect(recorded, model.card, model.card.debounce) == recorded.events


def test_only_what_is_annotated_is_judged():
    card = make_card()
    one = recorded((1, 0.9, "yes"), (5, 0.9, "yes"), (9, 0.9, "yes"))
    boxes = [Annotation(0.5, 1.5, "yes"), Annotation(1.2, 2.5, "_other"), Annotation(8, 9.2, "_other")]
    judged = one.within(boxes)
    assert judged.judged == ((0.5, 2.5), (8, 9.2))
    assert judged.recorded_s == pytest.approx(3.2)
    assert [round(event.begin_s) for event in detect(judged, card, card.debounce)] == [1, 9]
    assert len(detect(one, card, card.debounce)) == 3
