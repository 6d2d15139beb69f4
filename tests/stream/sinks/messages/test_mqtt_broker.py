from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.errors import OutputError
from whipbird.sinks.messages.mqtt_broker import parse_broker, topic_word

SECRET = "hunter2"


def test_addresses():
    broker = parse_broker(f"mqtt://owl:{SECRET}@host/a/b", "forest")
    assert (broker.host, broker.port, broker.tls, broker.topic) == ("host", 1883, False, "a/b")
    assert (broker.user, broker.password) == ("owl", SECRET)
    assert broker.name == "mqtt://host/a/b"
    broker = parse_broker("mqtts://owl%40work@[::1]:99", "Old Forest", password=SECRET)
    assert (broker.host, broker.port, broker.tls, broker.user) == ("::1", 99, True, "owl@work")
    assert broker.topic.startswith("whipbird/old_forest")


@pytest.mark.parametrize(
    "address",
    [
        "host",
        "http://host",
        "mqtt://",
        f"mqtt://host:{SECRET}/x",
        "mqtt://host/a/+",
        "mqtt://host/a//b",
        "mqtt://host/a#b",
        "mqtt://host/$SYS",
        f"mqtt://:{SECRET}@host/x",
        f"mqtt://host/x?{SECRET}",
        "mqtt://host/%00",
    ],
)
def test_what_is_no_address_is_refused_without_what_is_secret(address):
    with pytest.raises(OutputError) as caught:
        parse_broker(address, "forest")
    assert SECRET not in str(caught.value)


def test_certificates_that_are_none_are_refused(tmp_path):
    for path in (tmp_path / "none.pem", Path(__file__)):
        with pytest.raises(OutputError, match=path.name):
            parse_broker("mqtts://127.0.0.1:1/x", "forest", authority=path)


@given(st.lists(st.text(), unique=True, max_size=5))
def test_every_name_has_a_word_of_its_own_that_topics_take(names):
    words = [topic_word(name) for name in names]
    assert len(set(words)) == len(names)
    assert all(word.isascii() and word and not set(word) & set("/+# \0") for word in words)


@pytest.mark.parametrize("host", ["a" * 64, "a" * 64 + ".org", "a..b"])
def test_a_host_that_no_host_can_have_is_refused(host):
    with pytest.raises(OutputError, match="no host can have this name"):
        parse_broker(f"mqtt://{host}/x", "forest")
