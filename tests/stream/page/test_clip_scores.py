"""Scores over the sound of an event are those of its model."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import whipbird
from command_line import whipbird_here
from page_visitors import Visit
from whipbird.activity.heard_recording import Target
from whipbird.page.clip_scores import INKS, ClipScores, ScoreCurve, curve_svg
from whipbird.review.clip_sound import ClipSound

RATE_HZ = 8000


@pytest.fixture(scope="module")
def heard(demo, tmp_path_factory):
    """A database of what is heard in the bundled recording."""
    path = tmp_path_factory.mktemp("heard") / "demo.sqlite"
    done = whipbird_here("replay", demo, "--speed", "max", "--out", path)
    assert done.returncode == 0, done.stderr
    return path


def test_the_curve_is_that_of_the_model():
    samples = np.random.default_rng(1).normal(0, 0.1, (5 * RATE_HZ, 2)).astype(np.float32)
    curve = ClipScores().curve(Target("commands", "yes"), ClipSound(samples, RATE_HZ, 10.0), 12.0, 13.0)
    scores = whipbird.load_model("commands").scores(samples.mean(axis=1), RATE_HZ)
    assert (curve.length_s, curve.begin_s, curve.end_s) == (5.0, 2.0, 3.0)
    within = (scores.time_s >= 0) & (scores.time_s <= 5.0)
    np.testing.assert_allclose(curve.scores, scores.of("yes")[within], atol=1e-4)
    np.testing.assert_allclose(curve.time_s, scores.time_s[within], atol=1e-3)


def test_the_scores_of_an_event_are_high_where_it_is(heard, state):
    visitor = Visit(heard, state).visitor()
    for event in visitor.get("/api/events", params={"limit": 3}).json()["events"]:
        assert event["has_scores"]
        curve = visitor.get(f"/api/events/{event['id']}/scores").json()
        by_time = dict(zip(curve["time_s"], curve["scores"], strict=True))
        near = [score for time, score in by_time.items() if curve["begin_s"] <= time <= curve["end_s"]]
        assert max(near) == pytest.approx(event["score"], abs=0.05)
        text = visitor.get(f"/events/{event['id']}").text
        assert f"/events/{event['id']}/scores.svg?ink=dark" in text
        assert visitor.get(f"/events/{event['id']}/scores.svg?ink=dark").headers["content-type"] == "image/svg+xml"
        assert visitor.get(f"/events/{event['id']}/scores.svg?ink=red").status_code == 422


def test_a_model_that_is_not_installed_has_no_scores(visit):
    visitor = visit.visitor()
    assert visitor.get("/api/events/1").json()["has_scores"] is False
    assert "scores.svg" not in visitor.get("/events/1").text
    answer = visitor.get("/api/events/1/scores")
    assert (answer.status_code, "not installed" in answer.json()["error"]) == (404, True)


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 1)), max_size=20),
    st.floats(0.1, 100),
    st.sampled_from(sorted(INKS)),
)
def test_any_curve_can_be_drawn(points, length_s, ink):
    times, scores = tuple(time for time, _ in points), tuple(score for _, score in points)
    drawn = ElementTree.fromstring(curve_svg(ScoreCurve(length_s, 0.0, length_s, times, scores), ink))
    (line,) = drawn.iter("{http://www.w3.org/2000/svg}polyline")
    assert len(line.get("points").split()) == len(points)
