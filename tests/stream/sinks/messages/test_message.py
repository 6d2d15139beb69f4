import json

from hypothesis import given
from hypothesis import strategies as st

from made_events import event
from whipbird.formats.jsonl import as_json
from whipbird.sinks.messages.message import event_message, message_of, to_json


def test_an_event_is_told_as_in_files_with_station_and_id():
    message = event_message(event(), "forest")
    assert message.pop("station") == "forest"
    assert message.pop("id") == message_of(event(), "forest").id
    assert message == as_json(event())


@given(
    st.lists(
        st.tuples(
            st.text(max_size=5),
            st.integers(0, 10**6),
            st.sampled_from(["microphone", "dawn\udcff.wav"]),
            st.sampled_from(["forest", "mountain"]),
        )
    )
)
def test_every_event_has_its_own_id_and_always_the_same(found):
    ids = [
        message_of(event(begin_s, label=label, source=source), station).id for label, begin_s, source, station in found
    ]
    assert len(set(ids)) == len(set(found))
    assert all(len(one) == 32 and int(one, 16) >= 0 for one in ids)


def test_json_is_ascii_whatever_a_name_holds():
    data = to_json(event_message(event(label="Grünspecht", source="dawn\udcff.wav"), "forest"))
    assert data.isascii()
    assert json.loads(data)["label"] == "Grünspecht"


def test_the_id_does_not_depend_on_the_readers_language():
    message = event_message(event(common_name="Waldkauz"), "forest")
    assert message["common_name"] == "Waldkauz"
    assert message["id"] == message_of(event(), "forest").id
