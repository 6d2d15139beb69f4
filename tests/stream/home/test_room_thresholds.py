"""Rooms with thresholds of their own, which share a network with the others."""

import pytest

from whipbird.errors import WhipbirdError
from whipbird.events.thresholds import NO_THRESHOLDS
from whipbird.home.catalog import Catalog
from whipbird.home.room_thresholds import RoomThresholds, read_room_thresholds, write_room_thresholds
from wyoming_peers import demo_pcm, heard_by, run, served

pytestmark = pytest.mark.usefixtures("first_alone_installed")

TABLE = {"kitchen": {"commands": {"left": 0.9999, "unknown to it": 0.5}}, "hall": {"commands": {"left": 0.3}}}


def test_a_room_has_its_own_thresholds():
    async def heard_in(room):
        async with served("commands", by_room=RoomThresholds(TABLE), rooms={"127.0.0.1": room}) as server:
            return {name for name, _ in await heard_by(server.uri, demo_pcm()[0])}

    elsewhere, hall, kitchen = (run(heard_in(room)) for room in ("attic", "hall", "kitchen"))
    assert "commands/left" in elsewhere
    assert elsewhere == hall
    assert kitchen == elsewhere - {"commands/left"}


def test_all_rooms_share_a_network():
    catalog = Catalog(["commands"], "balanced", NO_THRESHOLDS, RoomThresholds(TABLE))
    phrases = catalog.phrases()
    plain = Catalog(["commands"], "balanced", NO_THRESHOLDS).load(phrases, "attic").models[0]
    attic, kitchen, hall = (catalog.load(phrases, room).models[0] for room in ("attic", "kitchen", "hall"))
    assert attic.network is kitchen.network is hall.network
    assert attic.card.debounce == plain.card.debounce
    assert (kitchen.card.debounce["left"].on, hall.card.debounce["left"].on) == (0.9999, 0.3)
    assert kitchen.watched.on.max() > attic.watched.on.max()
    assert kitchen.card.debounce["go"] == plain.card.debounce["go"]


def test_a_file_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "rooms.json"
    write_room_thresholds(path, RoomThresholds({}).updated(TABLE).updated({"hall": {"alexa": {"alexa": 0.7}}}))
    assert read_room_thresholds(path).table == {**TABLE, "hall": {**TABLE["hall"], "alexa": {"alexa": 0.7}}}
    catalog = Catalog(["commands"], "balanced", NO_THRESHOLDS, read_room_thresholds(path))
    assert catalog.load(catalog.phrases(), "hall").models[0].card.debounce["left"].on == 0.3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"kitchen": {"commands": {"left": 0}}}', r"kitchen: commands: left: must be greater than 0"),
        ('{"kitchen": {"commands": 0.5}}', r"kitchen: commands: must be an object"),
        ("[", r"Invalid JSON"),
        (None, r"No such file"),
    ],
)
def test_what_is_no_such_file_is_refused_in_one_line(tmp_path, content, reason):
    path = tmp_path / "rooms.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(WhipbirdError, match=reason) as caught:
        read_room_thresholds(path)
    assert "\n" not in str(caught.value)
