"""Webhooks, with a real server that answers as it is told."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from made_events import Notes, event

from stream.errors import OutputError
from stream.report import GapReport
from stream.sinks import publisher as publisher_module
from stream.sinks import webhook as module
from stream.sinks.messages import event_message
from stream.sinks.publisher import FilePublisher, Manner
from stream.sinks.webhook import Webhook, webhook_manner

SECRET = "hunter2"


class Server(ThreadingHTTPServer):
    """Keeps what it gets. Answers with the next of ``answers``, and 204 when there are none left.

    An answer is a status, or a status and headers, or ``"hang up"`` or ``"stall"``.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.answers = []
        self.goes_on = threading.Event()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/hooks/{SECRET}?key={SECRET}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), json.loads(body)))
        answer = self.server.answers.pop(0) if self.server.answers else 204
        if answer == "hang up":
            self.close_connection = True
            return
        if answer == "stall":
            self.server.goes_on.wait()
            self.close_connection = True
            return
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.goes_on.set()
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(publisher_module, "POLL_S", 0.01)


def manner(**fields):
    return Manner(**{**vars(webhook_manner()), "pauses_s": (0.01, 0.02), **fields})


def deliver(server, events, **fields):
    """Send events, as many at once as can be; returns what was told, and the publisher."""
    notes = Notes()
    publisher = FilePublisher(Webhook(server.address, "forest"), live=True, tell=notes, manner=manner(**fields))
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
    deliver(server, events, batch=50)
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
    assert notes[0].endswith("; listening goes on, and sending is tried again")
    assert notes[1] == f"http://127.0.0.1:{server.server_port}/…: is reached again"
    if isinstance(answer, int):
        assert f"HTTP {answer}" in notes[0]


@pytest.mark.parametrize("answer", [400, 401, 404, 410, (301, {"Location": "http://127.0.0.1:1/"})])
def test_what_will_not_pass_is_not_tried_again_but_told_and_counted(server, answer):
    server.answers = [answer]
    notes, publisher = deliver(server, [event()])
    assert len(server.requests) == 1
    assert publisher.lost == 1
    status = answer[0] if isinstance(answer, tuple) else answer
    assert len(notes) == 1
    assert f"does not take an event: HTTP {status}" in notes[0]
    assert publisher.loss.endswith("1 event was not delivered")


def test_of_several_together_only_what_is_refused_is_lost(server):
    server.answers = [503, 413, 204, 400]
    events = [event(begin_s) for begin_s in range(4)]
    notes = Notes()
    webhook = Webhook(server.address, "forest")
    publisher = FilePublisher(webhook, live=True, tell=notes, manner=manner())
    publisher._write(events)
    assert publisher.close()
    single = [body["begin_s"] for _, _, body in server.requests if isinstance(body, dict)]
    assert single == [0, 1, 2, 3]
    assert publisher.lost == 1


def test_a_server_may_ask_for_a_pause(server):
    server.answers = [(503, {"Retry-After": "7"}), (429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), 500]
    webhook = Webhook(server.address, "forest")
    asked_s = []
    for _ in range(3):
        with pytest.raises(OutputError) as caught:
            webhook.write([event()])
        asked_s.append(caught.value.after_s)
    webhook.close()
    assert asked_s == [7, 0, 0]


def test_a_name_a_password_and_a_token_go_to_the_server_alone(server):
    host = f"127.0.0.1:{server.server_port}"
    webhook = Webhook(f"http://owl:{SECRET}@{host}/hook", "forest")
    webhook.write([event()])
    webhook.close()
    webhook = Webhook(f"http://{host}", "forest", token=SECRET)
    webhook.write([event()])
    webhook.close()
    basic = base64.b64encode(f"owl:{SECRET}".encode()).decode()
    assert [headers["Authorization"] for _, headers, _ in server.requests] == [f"Basic {basic}", f"Bearer {SECRET}"]


def test_nothing_secret_is_told_when_nobody_listens(server):
    host = f"127.0.0.1:{server.server_port}"
    server.server_close()
    notes = Notes()
    webhook = Webhook(f"http://owl:{SECRET}@{host}/{SECRET}?{SECRET}", "forest", token=SECRET)
    publisher = FilePublisher(webhook, live=True, tell=notes, manner=manner())
    publisher.publish(event())
    while not notes:
        pass
    publisher.close(timeout_s=0.0)
    assert notes[0].startswith(f"http://{host}/…: ")
    assert publisher.lost == 1
    assert SECRET not in " ".join([*notes, publisher.loss, publisher.name])


@pytest.mark.parametrize(
    "address", ["", "ftp://host/x", "http://", "http:///x", f"https://host:{SECRET}/", "host.org/hook", "http://[::1/"]
)
def test_what_is_no_address_is_refused_without_repeating_it(address):
    with pytest.raises(OutputError, match="begins with http:// or https://") as caught:
        Webhook(address, "forest")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("token", [f"{SECRET}\nX-Other: 1", f"{SECRET}ü", ""])
def test_a_token_that_no_header_can_hold_is_refused_and_not_shown(server, token):
    with pytest.raises(OutputError, match="the token holds what no header can") as caught:
        Webhook(server.address, "forest", token)
    assert SECRET not in str(caught.value)
