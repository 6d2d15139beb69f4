"""Verdicts and judged events for tests."""

from datetime import UTC, datetime, timedelta

from made_events import event
from whipbird.activity.recorded_events import RecordedEvents
from whipbird.events.verdict import Answer, Verdict
from whipbird.review.sampling import Candidate

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)


def verdict(answer="yes", begin_s=1.0, end_s=1.5, minutes=0, **fields):
    made = {
        "recording": "/card/a.wav",
        "label": "yes",
        "begin_s": begin_s,
        "end_s": end_s,
        "answer": Answer(answer),
        "judge": "ada",
        "time": NOON + timedelta(minutes=minutes),
    }
    return Verdict(**(made | fields))


def recorded(*events, source="/card/a.wav", path=..., **fields):
    own = {
        "identity": None,
        "start": None,
        "time_from": "none",
        "rate_hz": 16_000,
        "channels": 1,
        "channel": None,
        "heard_s": 60.0,
        "lost_s": 0.0,
        "below_trigger_s": 0.0,
    }
    return RecordedEvents(source=source, path=source if path is ... else path, detections=events, **(own | fields))


def candidates(scores, **fields):
    """Events with these scores, a minute apart."""
    events = [event(60.0 * number, score=score, source="/card/a.wav") for number, score in enumerate(scores)]
    recording = recorded(*events, **fields)
    return [Candidate(recording, one) for one in events]
