"""From a source to events, on both threads: what must be true however the sound arrives."""

import contextlib
import itertools
import threading
import time

import numpy as np
import pytest
import soundfile

from waiting import wait_until
from whipbird.audio.conceal import CONTEXT_S
from whipbird.engine import pipeline as pipeline_module
from whipbird.engine import source_log
from whipbird.engine.grid import CHUNK_S, FILL_S
from whipbird.engine.pipeline import Pipeline
from whipbird.errors import SourceError
from whipbird.events.detection import Detection
from whipbird.events.reports import GapReport, Heartbeat, Notice, Opening
from whipbird.sources.base import Source
from whipbird.sources.replay import Replay
from whipbird.sources.ring_writer import write_block


class Blocks(Source):
    """Sound that is there already, in blocks of given lengths, with samples lost before some of them."""

    def __init__(self, samples, rate_hz, lengths, lost=None, live=False):
        super().__init__(name="blocks", live=live, rate_hz=rate_hz, channels=samples.shape[1])
        self._samples, self._lengths, self._lost = samples, lengths, lost or {}

    def open(self):
        pass

    def run(self, ring, stop, notify):
        position = number = 0
        while position < len(self._samples) and not stop.is_set():
            ring.skip(self._lost.get(number, 0), "dropped")
            block = self._samples[position : position + self._lengths[number % len(self._lengths)]]
            while not ring.wait_for_room(len(block), 0.1):
                pass
            write_block(ring, block)
            position += len(block)
            number += 1


def run_all(source, models, **options):
    reports = []
    pipeline = Pipeline(source, models, reports.append, **options)
    pipeline.start()
    assert pipeline.wait(60)
    return reports, pipeline.summary()


def run_models(source, models, **options):
    """Events, gaps and notices."""
    reports, summary = run_all(source, models, **options)
    return [report for report in reports if not isinstance(report, Opening | Heartbeat)], summary


@pytest.fixture(scope="module")
def sound(demo):
    samples, rate_hz = soundfile.read(demo, dtype="float32", always_2d=True)
    return samples, rate_hz


@pytest.mark.parametrize("lengths", [[320], [1], [7, 1000, 3, 50_000], [10**6]], ids=str)
def test_events_do_not_depend_on_the_cut(sound, commands, lengths):
    samples, rate_hz = sound
    samples = samples[: 4 * rate_hz]
    expected, _ = run_models(Blocks(samples, rate_hz, [1600]), [commands])
    found, _ = run_models(Blocks(samples, rate_hz, lengths), [commands])
    assert expected
    assert found == expected  # every field, bit for bit


def test_a_recording_and_the_same_samples_give_the_same_events(demo, sound, commands):
    replay = Replay(str(demo))
    replay.open()
    from_file, _ = run_models(replay, [commands])
    from_blocks, _ = run_models(Blocks(*sound, [999]), [commands])
    strip = [(e.label, e.begin_s, e.peak_s, e.end_s, e.reported_s, e.score) for e in from_file]
    assert strip == [(e.label, e.begin_s, e.peak_s, e.end_s, e.reported_s, e.score) for e in from_blocks]


def test_heard_and_lost_time_add_up(sound, commands):
    samples, rate_hz = sound
    reports, summary = run_models(Blocks(samples, rate_hz, [16_000], lost={2: 800, 5: 40_000}), [commands])
    gaps = [report for report in reports if isinstance(report, GapReport)]
    assert [(gap.begin_s, gap.end_s) for gap in gaps] == [(2.0, 2.05), (5.05, 7.55)]
    assert summary.heard_s == len(samples) / rate_hz
    assert summary.lost_s == 40_800 / rate_hz


def test_times_stay_right_after_a_gap(sound, commands):
    samples, rate_hz = sound
    whole, _ = run_models(Blocks(samples, rate_hz, [1600]), [commands])
    long_gap = round((FILL_S + 10) * rate_hz)
    shifted, _ = run_models(Blocks(samples, rate_hz, [len(samples)], lost={0: long_gap}), [commands])
    words = [report for report in shifted if isinstance(report, Detection)]
    assert [(w.label, w.score, w.begin_sample - long_gap) for w in words] == [
        (w.label, w.score, w.begin_sample) for w in whole
    ]
    assert [w.end_s for w in words] == pytest.approx([w.end_s + long_gap / rate_hz for w in whole], abs=1e-9)


def test_the_last_word_counts(said, commands):
    word = said["yes"]
    ends_in_the_word = np.concatenate((np.zeros(16_000, np.float32), word))[:, None]
    detections, _ = run_models(Blocks(ends_in_the_word, 16_000, [1600]), [commands])
    assert [detection.label for detection in detections] == ["yes"]
    assert detections[0].end_s <= len(ends_in_the_word) / 16_000


LOSSES = {0: 700, 3: 1, 9: 160, 10: 900, 14: 2, 21: 3000, 22: 20_000, 27: 400, 31: 5}  # before which tenth of a second


def lossy(sound, rate_hz, lengths, live=False):
    """The same samples with the same losses, however they are cut; ``lengths`` of None cuts at the losses alone."""
    cuts = [tenth * rate_hz // 10 for tenth in LOSSES]
    blocks, lost = [], {}
    for start, end in itertools.pairwise((*cuts, len(sound))):
        lost[len(blocks)] = LOSSES[start * 10 // rate_hz]
        while start < end:
            blocks.append(min(end - start, lengths[len(blocks) % len(lengths)] if lengths else end))
            start += blocks[-1]
    return Blocks(sound, rate_hz, blocks, lost, live)


@pytest.mark.parametrize("paced", [True, False])
@pytest.mark.parametrize("lengths", [None, [1], [7, 333, 20_001], [480]], ids=str)
def test_what_is_filled_in_depends_neither_on_the_cut_nor_on_the_speed(sound, commands, lengths, paced):
    samples, rate_hz = sound
    samples = samples[: 5 * rate_hz]

    def results(source, paced):
        hops = []
        source.paced = paced
        reports, summary = run_models(source, [commands], taps=[hops.append])
        scores = [(hop.since_s, hop.until_s, hop.heard_s, hop.scores.tobytes(), hop.pause) for hop in hops]
        events = [report for report in reports if isinstance(report, Detection)]
        gaps = [report for report in reports if isinstance(report, GapReport)]
        return events, gaps, scores, summary.lost_s

    expected = results(lossy(samples, rate_hz, [1600]), paced=True)
    events, gaps, _, lost_s = expected
    assert {event.concealed for event in events} == {True, False}
    assert [round((gap.end_s - gap.begin_s) * rate_hz) for gap in gaps] == list(LOSSES.values())
    assert lost_s == sum(LOSSES.values()) / rate_hz
    assert results(lossy(samples, rate_hz, lengths), paced) == expected  # every field, bit for bit


def test_events_over_a_fill_are_marked(sound, commands):
    samples, rate_hz = sound
    whole, _ = run_models(Blocks(samples, rate_hz, [1600]), [commands])
    first, *others = whole
    middle = round((first.begin_s + first.end_s) / 2 * rate_hz)
    lost = round(0.02 * rate_hz)
    holed = np.delete(samples, slice(middle, middle + lost), 0)
    found, summary = run_models(Blocks(holed, rate_hz, [middle], lost={1: lost}), [commands])
    gap, *events = found
    assert (gap.begin_s, gap.end_s) == (middle / rate_hz, (middle + lost) / rate_hz)
    assert summary.lost_s == lost / rate_hz
    assert [event.label for event in events] == [event.label for event in whole]
    assert [event.concealed for event in events] == [True] + [False] * (len(whole) - 1)
    assert events[-1] == others[-1]  # so long after the gap that no network saw it
    assert not any(event.concealed for event in whole)


def test_a_gap_between_two_words_marks_neither(sound, commands):
    samples, rate_hz = sound
    whole, _ = run_models(Blocks(samples, rate_hz, [1600]), [commands])
    middle = round((whole[0].end_s + whole[1].begin_s) / 2 * rate_hz)
    found, _ = run_models(
        Blocks(np.delete(samples, slice(middle, middle + 160), 0), rate_hz, [middle], {1: 160}), [commands]
    )
    events = [(event.label, event.concealed) for event in found if isinstance(event, Detection)]
    assert events == [(event.label, False) for event in whole]


def test_a_steady_tone_with_holes_scores_like_one_without(commands):
    rate_hz = 16_000
    tone = (0.3 * np.sin(2 * np.pi * 500 / rate_hz * np.arange(2 * rate_hz))).astype(np.float32)[:, None]

    def scores(source):
        found = []
        run_models(source, [commands], taps=[lambda hop: found.append(hop.scores)])
        return np.array(found)

    whole = scores(Blocks(tone, rate_hz, [1600]))
    starts = [8_000, 12_000, 20_000]
    pieces = np.split(tone, [edge for start in starts for edge in (start, start + 320)])[::2]
    holed = Blocks(np.concatenate(pieces), rate_hz, [len(piece) for piece in pieces], dict.fromkeys((1, 2, 3), 320))
    assert scores(holed) == pytest.approx(whole, abs=0.02)


def test_a_gap_is_reported_as_soon_as_a_little_sound_has_come_after_it(sound, commands):
    class Halting(Blocks):
        def run(self, ring, stop, notify):
            super().run(ring, stop, notify)
            stop.wait(30)

    samples, rate_hz = sound
    reported = threading.Event()

    def publish(report):
        if isinstance(report, GapReport):
            reported.set()

    before = 2 * round(CHUNK_S * rate_hz) - 1  # so that a single sample would complete a chunk
    after = round(CONTEXT_S * rate_hz)
    source = Halting(samples[: before + after], rate_hz, [before], {1: 100}, live=True)
    pipeline = Pipeline(source, [commands], publish)
    pipeline.start()
    assert reported.wait(30)
    pipeline.stop()
    assert pipeline.wait(30)
    assert pipeline.summary().heard_s == (before + after) / rate_hz


class Losing(Blocks):
    """Sound that is lost after some blocks, in pieces and for different reasons, until `back` is set or it is stopped.

    Parameters
    ----------
    losses : list of (float, str)
        Seconds and reason of each piece.
    """

    def __init__(self, samples, rate_hz, losses, after=()):
        super().__init__(samples, rate_hz, [1600], live=True)
        self._losses, self._after = losses, after
        self.back, self.ended = threading.Event(), threading.Event()

    def run(self, ring, stop, notify):
        super().run(ring, stop, notify)
        for seconds, reason in self._losses:
            ring.skip(round(seconds * self.rate_hz), reason)
        while not self.back.wait(0.01) and not stop.is_set():
            pass
        for block in self._after:
            ring.write(block)
        self.ended.set()


@contextlib.contextmanager
def running(source, models, **options):
    """A pipeline that runs, and its reports, which may still come."""
    reports = []
    pipeline = Pipeline(source, models, reports.append, **options)
    pipeline.start()
    yield pipeline, reports
    pipeline.stop()
    assert pipeline.wait(30)


def test_a_loss_counts_while_it_lasts_and_what_was_heard_before_it_is_reported(said, commands, monkeypatch):
    monkeypatch.setattr(source_log, "HEARTBEAT_S", 0.0)
    word = np.concatenate((np.zeros(16_000, np.float32), said["yes"]))[:, None]
    with running(Losing(word, 16_000, [(1.0, "gone")] * 3), [commands]) as (pipeline, reports):
        wait_until(lambda: any(isinstance(report, Heartbeat) and report.lost_s == 3 for report in reports))
        assert [report.label for report in reports if isinstance(report, Detection)] == ["yes"]
        assert pipeline.lost_s == 3
        assert not any(isinstance(report, GapReport) for report in reports)  # its end is not known
    gaps = [report for report in reports if isinstance(report, GapReport)]
    assert gaps == [GapReport("blocks", len(word) / 16_000, (len(word) + 48_000) / 16_000, "gone")]


@pytest.mark.parametrize(
    "losses", [[(0.4, "gone"), (0.4, "spoilt")], [(0.2, "gone"), (0.1, "gone"), (0.1, "spoilt"), (0.2, "gone")]]
)
def test_samples_missing_in_a_row_count_together_whatever_the_reasons(sound, commands, losses):
    samples, rate_hz = sound
    cut = round(10.4 * rate_hz)  # in a word
    source = Losing(samples[:cut], rate_hz, losses, [samples[cut:]])
    source.back.set()
    hops = []
    reports, summary = run_models(source, [commands], taps=[hops.append])
    gaps = [report for report in reports if isinstance(report, GapReport)]
    merged = [
        (sum(seconds for seconds, _ in run), reason)
        for reason, run in ((reason, list(run)) for reason, run in itertools.groupby(losses, key=lambda loss: loss[1]))
    ]
    assert [(round(gap.end_s - gap.begin_s, 6), gap.reason) for gap in gaps] == [(round(s, 6), r) for s, r in merged]
    assert [gap.end_s for gap in gaps[:-1]] == [gap.begin_s for gap in gaps[1:]]
    assert summary.lost_s == sum(round(seconds * rate_hz) for seconds, _ in losses) / rate_hz
    begin_s, end_s = gaps[0].begin_s, gaps[-1].end_s
    assert not any(begin_s < hop.heard_s < end_s for hop in hops)  # nothing was filled in
    assert not any(report.concealed for report in reports if isinstance(report, Detection))


def test_short_gaps_in_a_row_are_filled_as_one(sound, commands):
    samples, rate_hz = sound
    samples = samples[: 4 * rate_hz]

    def scores(losses):
        hops = []
        source = Losing(samples[:rate_hz], rate_hz, losses, [samples[rate_hz:]])
        source.back.set()
        run_models(source, [commands], taps=[hops.append])
        return [(hop.until_s, hop.scores.tobytes()) for hop in hops]

    assert scores([(0.1, "gone"), (0.02, "spoilt"), (0.3, "gone")]) == scores([(0.42, "gone")])


@pytest.mark.parametrize("live", [True, False])
def test_a_limit_is_one_of_time_while_sound_stays_away(noise, commands, monkeypatch, live):
    monkeypatch.setattr(pipeline_module, "LATE_S", 0.2)
    source = Losing(noise[:, None], 16_000, [])
    source.live = live
    start_s = time.monotonic()
    pipeline = Pipeline(source, [commands], lambda report: None, limit_s=len(noise) / 16_000 + 0.5)
    pipeline.start()
    assert pipeline.wait(30)
    assert 0.5 + 0.2 < time.monotonic() - start_s < 30
    assert pipeline.summary().heard_s == len(noise) / 16_000


def test_a_program_that_gives_no_sound_is_reported_once(noise, commands, monkeypatch):
    monkeypatch.setattr(pipeline_module, "STALL_S", 0.7)
    source = Losing(noise[:, None], 16_000, [], [noise[:, None]])
    source.live = False
    hint = Notice("blocks: no sound for 0.7 s; waiting for it")
    with running(source, [commands]) as (_, reports):
        wait_until(lambda: hint in reports)
        time.sleep(1.0)
        source.back.set()
        assert source.ended.wait(30)
    assert reports.count(hint) == 1


def test_one_channel_or_the_mix(sound, commands):
    samples, rate_hz = sound
    stereo = np.concatenate((np.zeros_like(samples), samples), axis=1)
    assert run_models(Blocks(stereo, rate_hz, [1600]), [commands], channel=1)[0] == []
    second, _ = run_models(Blocks(stereo, rate_hz, [1600]), [commands], channel=2)
    alone, _ = run_models(Blocks(samples, rate_hz, [1600]), [commands])
    assert second == alone
    with pytest.raises(SourceError, match="2 channels, not 3"):
        Pipeline(Blocks(stereo, rate_hz, [1600]), [commands], print, channel=3)


@pytest.mark.parametrize("live", [False, True])
def test_channels_in_opposite_phase_are_reported_once(sound, commands, live):
    samples, rate_hz = sound
    opposite = np.concatenate((samples, -samples), axis=1)
    reports, _ = run_models(Blocks(opposite, rate_hz, [1600], live=live), [commands])
    (notice,) = reports
    assert isinstance(notice, Notice)
    assert "opposite phase" in notice.text
    assert "--channel" in notice.text
    assert all(
        isinstance(one, Detection) for one in run_models(Blocks(opposite, rate_hz, [1600]), [commands], channel=1)[0]
    )


def test_several_models_on_one_source(sound, commands, lecture):
    both, _ = run_models(Blocks(*sound, [1600]), [commands, lecture])
    alone, _ = run_models(Blocks(*sound, [1600]), [commands])
    assert [event for event in both if event.model == "commands"] == alone
    assert {event.model for event in both} <= {"commands", "commands-lecture"}


def test_labels_can_be_chosen(sound, commands):
    everything, _ = run_models(Blocks(*sound, [1600]), [commands])
    chosen, _ = run_models(Blocks(*sound, [1600]), [commands], labels=frozenset({"yes"}))
    assert chosen == [event for event in everything if event.label == "yes"]


def test_samples_that_are_not_numbers_are_gaps(commands, noise):
    spoilt = np.tile(noise, 3)[:, None].copy()
    spoilt[20_000:20_005] = np.nan
    spoilt[20_050] = 1e20
    spoilt[30_000:41_000] = np.inf  # one gap, however many blocks it spans
    expected = [(20_000, 20_005), (20_050, 20_051), (30_000, 41_000)]
    for lengths in ([8_000], [1], [7, 333, 20_001]):
        reports, summary = run_models(Blocks(spoilt, 16_000, lengths), [commands])
        gaps = [report for report in reports if isinstance(report, GapReport)]
        assert [(round(16_000 * gap.begin_s), round(16_000 * gap.end_s)) for gap in gaps] == expected
        assert {gap.reason for gap in gaps} == {"invalid samples"}
        assert summary.heard_s + summary.lost_s == 3.0


@pytest.mark.parametrize("factor", [1e3, 1e5, 1e9, 1e30])
def test_absurd_samples_do_no_harm(sound, commands, lecture, factor):
    samples, rate_hz = sound
    absurd = samples[: 3 * rate_hz].copy()
    absurd[rate_hz : 2 * rate_hz] *= factor
    reports, summary = run_models(Blocks(absurd, rate_hz, [1600]), [commands, lecture])
    assert summary.heard_s + summary.lost_s == 3.0
    assert all(0 <= report.score <= 1 for report in reports if isinstance(report, Detection))


@pytest.mark.parametrize("limit_s", [0.0, 0.5, 2.00001])
def test_a_limit_is_kept_to_the_sample(sound, commands, limit_s):
    _, summary = run_models(Blocks(*sound, [100_000]), [commands], limit_s=limit_s)
    assert summary.heard_s == round(limit_s * 16_000) / 16_000


def test_a_limit_cuts_a_gap(noise, commands):
    source = Blocks(np.tile(noise, 3)[:, None], 16_000, [16_000], lost={1: 32_000})
    _, summary = run_models(source, [commands], limit_s=2.0)
    assert (summary.heard_s, summary.lost_s) == (1.0, 1.0)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 44_100, 48_000, 384_000])
def test_every_rate_gives_events(sound, commands, rate_hz):
    import soxr

    samples, own_hz = sound
    resampled = soxr.resample(samples[: 3 * own_hz], own_hz, rate_hz)
    expected, _ = run_models(Blocks(samples[: 3 * own_hz], own_hz, [1600]), [commands])
    found, _ = run_models(Blocks(resampled, rate_hz, [4096]), [commands])
    if rate_hz >= own_hz:
        assert [e.label for e in found] == [e.label for e in expected]
    assert found  # with half of the frequencies missing, a word may sound like another
    starts_s = np.array([e.begin_s for e in expected])
    assert all(np.abs(starts_s - event.begin_s).min() < 0.06 for event in found)


def test_a_source_that_fails_is_reported_and_its_sound_is_processed(sound, commands):
    class Failing(Blocks):
        def run(self, ring, stop, notify):
            super().run(ring, stop, notify)
            raise SourceError("blocks: the cable is cut")

    reports, summary = run_models(Failing(*sound, [1600]), [commands])
    assert Notice("blocks: the cable is cut", problem=True) in reports
    assert summary.events > 5


def test_whatever_a_source_raises_is_its_error_and_its_sound_is_processed(sound, commands, capsys, monkeypatch):
    class Broken(Blocks):
        def run(self, ring, stop, notify):
            super().run(ring, stop, notify)
            raise ZeroDivisionError("a bug\nin a reader")

    expected, _ = run_models(Blocks(*sound, [1600]), [commands])
    notice = Notice("blocks: ZeroDivisionError: a bug in a reader", problem=True)
    reports, _ = run_models(Broken(*sound, [1600]), [commands])
    assert sorted(map(str, reports)) == sorted(map(str, [*expected, notice]))
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("WHIPBIRD_DEBUG", "1")
    run_models(Broken(*sound, [1600]), [commands])
    assert "Traceback" in capsys.readouterr().err


def test_stop_processes_the_rest_and_ends(commands, noise):
    class Endless(Blocks):
        def run(self, ring, stop, notify):
            while not stop.is_set():
                if ring.wait_for_room(len(noise), 0.1):
                    ring.write(noise[:, None])
                    started.set()

    started = threading.Event()
    pipeline = Pipeline(Endless(noise[:, None], 16_000, [1]), [commands], lambda report: None)
    pipeline.start()
    started.wait(10)
    pipeline.stop()
    assert pipeline.wait(30)
    assert pipeline.summary().heard_s * 16_000 == pipeline.ring.position


def test_every_stage_is_timed(sound, commands):
    source = Blocks(*sound, [1600])
    pipeline = Pipeline(source, [commands], lambda report: None)
    pipeline.start()
    pipeline.wait(60)
    stages = pipeline.timings.stages
    assert len(sound[0]) // commands.card.hop / 3 <= stages["model"].count == stages["features"].count
    assert all(stage.count for stage in pipeline.timings.stages.values())


def test_a_source_is_announced_once_before_all_other_reports(demo, commands):
    replay = Replay(str(demo))
    replay.open()
    reports, _ = run_all(replay, [commands], channel=1, labels=frozenset({"yes", "no"}))
    opening = reports[0]
    assert (opening.source, opening.path, opening.rate_hz, opening.channels) == (str(demo), str(demo), 16_000, 1)
    assert (opening.channel, opening.start, opening.time_from) == (1, replay.clock.start, replay.clock.origin)
    (listener,) = opening.listeners
    assert (listener.model, sorted(listener.labels)) == ("commands", ["no", "yes"])
    assert not any(isinstance(report, Opening) for report in reports[1:])


def test_a_source_that_starts_with_a_gap_or_is_empty_is_also_announced(sound, commands):
    samples, rate_hz = sound
    lost, _ = run_all(Blocks(samples[:1600], rate_hz, [1600], {0: rate_hz}), [commands])
    assert [type(report) for report in lost] == [Opening, GapReport]
    nothing, _ = run_all(Blocks(samples[:0], rate_hz, [1600]), [commands])
    assert [type(report) for report in nothing] == [Opening]


def test_heartbeats_report_the_progress(sound, commands, monkeypatch):
    monkeypatch.setattr(source_log, "HEARTBEAT_S", 0.0)
    samples, rate_hz = sound
    reports, summary = run_all(Blocks(samples[: 2 * rate_hz], rate_hz, [1600], {5: 100}), [commands])
    beats = [report for report in reports if isinstance(report, Heartbeat)]
    passed_s = [beat.heard_s + beat.lost_s for beat in beats]
    assert passed_s == sorted(passed_s)
    assert 0 < passed_s[-1] <= summary.heard_s + summary.lost_s
    assert {beat.lost_s for beat in beats} == {0, 100 / rate_hz}
