"""Webhooks, with a real server that answers as it is told."""

import base64
import contextlib
import socket
import threading
import time

import pytest

from certificates import https_server, make_certificate
from hook_server import SECRET, serving
from made_events import Notes, event
from waiting import wait_until
from whipbird.errors import OutputError
from whipbird.events.reports import GapReport
from whipbird.sinks.messages import webhook as module
from whipbird.sinks.messages.message import event_message, message_of
from whipbird.sinks.messages.message_publisher import MessagePublisher
from whipbird.sinks.messages.spool import Spool
from whipbird.sinks.messages.webhook import WebhookTransport


@pytest.fixture
def server():
    with serving() as server:
        yield server


def hook(address, token=None):
    webhook = WebhookTransport(address, "forest", token, 50)
    webhook.pauses_s = (0.01, 0.02)
    return webhook


def deliver(server, events):
    """Send events, as many at once as can be; returns what was told, and the publisher."""
    notes = Notes()
    publisher = MessagePublisher(hook(server.address), Spool(None, "webhook"), True, notes)
    for one in events:
        publisher.publish(one)
    assert publisher.close()
    return notes, publisher


def test_an_event_is_an_object_and_other_reports_are_not_sent(server):
    notes, publisher = deliver(server, [GapReport("microphone", 0, 1, "overflow"), event()])
    ((path, headers, body),) = server.requests
    assert path == f"/hooks/{SECRET}?key={SECRET}"
    assert body == event_message(event(), "forest")
    assert headers["Idempotency-Key"] == body["id"]
    assert headers["Content-Type"] == "application/json"
    assert (notes, publisher.lost) == ([], 0)


def test_what_waits_goes_together_in_order(server):
    server.answers = ["hang up"]
    events = [event(begin_s) for begin_s in range(120)]
    deliver(server, events)
    taken = server.requests[1:]
    sent = [one for _, _, body in taken for one in (body if isinstance(body, list) else [body])]
    assert sent == [event_message(one, "forest") for one in events]
    assert max(len(body) for _, _, body in taken if isinstance(body, list)) == 50
    assert len({headers["Idempotency-Key"] for _, headers, _ in taken}) == len(taken)


@pytest.mark.parametrize("answer", [500, 503, 429, 408, "hang up", "stall"])
def test_what_may_pass_is_tried_again_with_the_same_key_and_told_once(server, answer, monkeypatch):
    if answer == "stall":
        monkeypatch.setattr(module, "TIMEOUT_S", 1.0)
    server.answers = [answer] * 2
    notes, publisher = deliver(server, [event()])
    assert [body for _, _, body in server.requests] == [event_message(event(), "forest")] * 3
    assert len({headers["Idempotency-Key"] for _, headers, _ in server.requests}) == 1
    assert publisher.lost == 0
    assert len(notes) == 2
    assert notes[0].endswith("; listening continues, and sending will be retried")
    assert notes[1] == f"http://127.0.0.1:{server.server_port}/…: works again"
    if isinstance(answer, int):
        assert f"HTTP {answer}" in notes[0]


@pytest.mark.parametrize("answer", [400, 413, 415, 422])
def test_an_event_that_is_refused_is_reported_and_counted(server, answer):
    server.answers = [answer]
    notes, publisher = deliver(server, [event()])
    assert len(server.requests) == 1
    assert publisher.lost == 1
    assert len(notes) == 1
    assert f"refuses an event: HTTP {answer}" in notes[0]
    assert publisher.loss.endswith("1 message was not delivered")


@pytest.mark.parametrize("answer", [401, 403, 404, 405, 410, (301, {"Location": "http://127.0.0.1:1/"})])
def test_a_station_that_is_refused_keeps_its_events_until_that_is_put_right(server, answer, monkeypatch):
    monkeypatch.setattr(module, "SLOW_PAUSE_S", 0.2)
    server.answers = [answer] * 2
    notes, publisher = deliver(server, [event()])
    assert [body for _, _, body in server.requests] == [event_message(event(), "forest")] * 3
    assert publisher.lost == 0
    assert len(notes) == 2
    assert f"HTTP {answer[0] if isinstance(answer, tuple) else answer}" in notes[0]
    assert "works again" in notes[1]


def test_an_answer_that_trickles_ends_at_a_deadline(monkeypatch):
    monkeypatch.setattr(module, "DEADLINE_S", 0.5)
    monkeypatch.setattr(module, "TIMEOUT_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def trickle():
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 100:
                    connection.sendall(bytes([byte]))
                    time.sleep(0.2)

        threading.Thread(target=trickle, daemon=True).start()
        webhook = hook(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        with pytest.raises(OutputError, match=r"no complete answer within 0\.5 s"):
            webhook.send([message_of(event(), "forest")], lambda: False)
        webhook.close()


def test_cookies_are_not_kept(server):
    server.answers = [(204, {"Set-Cookie": "visitor=1; Path=/"})]
    webhook = hook(server.address)
    for _ in range(2):
        webhook.send([message_of(event(), "forest")], lambda: False)
    webhook.close()
    assert all("Cookie" not in headers for _, headers, _ in server.requests)


def test_of_several_together_only_what_is_refused_is_lost(server):
    server.answers = [503, 413, 204, 400]
    spool = Spool(None, "webhook")
    spool.add([message_of(event(begin_s), "forest") for begin_s in range(4)])
    publisher = MessagePublisher(hook(server.address), spool, True, Notes())
    assert publisher.close()
    single = [body["begin_s"] for _, _, body in server.requests if isinstance(body, dict)]
    assert single == [0, 1, 2, 3]
    assert publisher.lost == 1


def test_a_server_may_ask_for_a_pause(server):
    server.answers = [(503, {"Retry-After": "7"}), (429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), 500]
    webhook = hook(server.address)
    asked_s = []
    for _ in range(3):
        with pytest.raises(OutputError) as caught:
            webhook.send([message_of(event(), "forest")], lambda: False)
        asked_s.append(caught.value.after_s)
    webhook.close()
    assert asked_s == [7, 0, 0]


def test_a_name_a_password_and_a_token_go_to_the_server_alone(server):
    host = f"127.0.0.1:{server.server_port}"
    for webhook in (hook(f"http://owl:{SECRET}@{host}/hook"), hook(f"http://{host}", SECRET)):
        webhook.send([message_of(event(), "forest")], lambda: False)
        webhook.close()
    basic = base64.b64encode(f"owl:{SECRET}".encode()).decode()
    assert [headers["Authorization"] for _, headers, _ in server.requests] == [f"Basic {basic}", f"Bearer {SECRET}"]


def test_nothing_secret_is_told_when_nobody_listens(server):
    host = f"127.0.0.1:{server.server_port}"
    server.server_close()
    notes = Notes()
    webhook = hook(f"http://owl:{SECRET}@{host}/{SECRET}?{SECRET}", SECRET)
    publisher = MessagePublisher(webhook, Spool(None, "webhook"), True, notes)
    publisher.publish(event())
    wait_until(lambda: notes)
    publisher.close(timeout_s=0.0)
    assert notes[0].startswith(f"http://{host}/…: ")
    assert publisher.lost == 1
    assert SECRET not in " ".join([*notes, publisher.loss, publisher.name])


def test_a_certificate_that_is_refused_is_named(tmp_path):
    notes = Notes()
    with https_server(*make_certificate(tmp_path)) as port:
        publisher = MessagePublisher(hook(f"https://127.0.0.1:{port}/"), Spool(None, "webhook"), True, notes)
        publisher.publish(event())
        wait_until(lambda: notes)
        publisher.close(timeout_s=0.0)
    assert "its certificate is not trusted (self-signed certificate)" in notes[0]


def test_a_password_that_must_be_percent_encoded():
    with pytest.raises(OutputError, match="must be percent-encoded") as caught:
        hook(f"https://owl:#{SECRET}@host/")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["", "ftp://host/x", "http://", "http:///x", f"https://host:{SECRET}/", "host.org/hook", "http://[::1/"]
)
def test_what_is_no_address_is_refused_without_repeating_it(address):
    with pytest.raises(OutputError, match="starts with http:// or https://") as caught:
        hook(address)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("token", [f"{SECRET}\nX-Other: 1", f"{SECRET}ü", ""])
def test_a_token_that_no_header_can_hold_is_refused_and_not_shown(server, token):
    with pytest.raises(OutputError, match="the token has characters that a header cannot contain") as caught:
        hook(server.address, token)
    assert SECRET not in str(caught.value)
