"""``whipbird calibrate --by-room``: thresholds of rooms from judged wakes and near misses of a real server."""

import json

import pytest

pytest.importorskip("wyoming", reason="wyoming is not installed (extra 'home')")

from command_line import check_refused, whipbird_here
from made_verdicts import NOON
from whipbird.database.verdicts import VerdictStore
from whipbird.events.thresholds import Thresholds
from whipbird.events.verdict import Answer
from whipbird.home.near_misses import DATABASE
from whipbird.home.room_thresholds import read_room_thresholds
from whipbird.review.judged_events import JudgedEvents
from whipbird.review.sampling import candidates_of
from whipbird.review.session import verdict_of
from wyoming_peers import demo_pcm, heard_by, run, served

pytestmark = pytest.mark.usefixtures("first_alone_installed")

LOST = "yes"  # the demo's first word, which the threshold of the server is too high for
HIGH = 0.99


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A folder with what a server has heard in two rooms, and verdicts: all of it was called."""
    folder = tmp_path_factory.mktemp("house")

    async def play(room):
        kept = {"files": [str(folder / "house.sqlite")], "clips": {"folder": str(folder / "wakes")}}
        thresholds = Thresholds(labels=((LOST, HIGH),))
        rooms = {"127.0.0.1": room}
        async with served("commands", rooms=rooms, near=folder / "near", thresholds=thresholds, **kept) as server:
            await heard_by(server.uri, demo_pcm()[0])

    for room in ("kitchen", "hall"):
        run(play(room))
    for path in (folder / "house.sqlite", folder / "near" / DATABASE):
        store = VerdictStore(path)
        events = candidates_of(JudgedEvents(path).recordings())
        store.add(verdict_of(one, Answer.YES, "ada", NOON, drawn=True) for one in events)
        store.close()
    return folder


def options(house):
    return ("--reviews", house / "house.sqlite", "--clips", house / "wakes", "--by-room", "--near", house / "near")


def test_near_misses_that_were_called_lower_the_threshold_of_their_room(house, tmp_path, monkeypatch):
    monkeypatch.setattr("whipbird.review.precision.LEAST_JUDGED", 1)
    out = tmp_path / "rooms.json"
    out.write_text('{"attic": {"commands": {"go": 0.5}}, "hall": {"alexa": {"alexa": 0.7}}}')
    done = whipbird_here("calibrate", *options(house), "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    rooms = {one["room"]: {row["label"]: row for row in one["labels"]} for one in json.loads(done.stdout)["rooms"]}
    assert sorted(rooms) == ["hall", "kitchen"]
    table = read_room_thresholds(out).table
    assert table["attic"] == {"commands": {"go": 0.5}}
    assert table["hall"]["alexa"] == {"alexa": 0.7}
    for room, labels in rooms.items():
        assert LOST in labels
        assert table[room]["commands"] == {label: row["after"]["threshold"] for label, row in labels.items()}
        assert table[room]["commands"][LOST] < HIGH


def test_people_see_a_table(house):
    done = whipbird_here("calibrate", *options(house))
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith(("hall", "kitchen"))]
    assert "right % (95 %)" in done.stdout


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (("--near", "x", "--reviews", "x.sqlite"), "--near: give --by-room as well"),
        (("--by-room",), "--by-room and --near: give --reviews as well"),
    ],
)
def test_options_that_do_not_go_together(wrong, reason):
    check_refused(whipbird_here("calibrate", *wrong), 2, reason)
