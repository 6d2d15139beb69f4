"""A real server for webhooks, which answers as it is told."""

import contextlib
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "hunter2"


class Server(ThreadingHTTPServer):
    """Keeps what it gets. Answers with the next of ``answers``, and 204 when there are none left.

    An answer is a status, or a status and headers, or ``"hang up"`` or ``"stall"``.

    Parameters
    ----------
    port : int, optional
    """

    daemon_threads = True

    allow_reuse_address = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.requests = []
        self.answers = []
        self.connections = []
        self.goes_on = threading.Event()

    @property
    def events(self):
        """The events in all requests, in order."""
        return [one for *_, body in self.requests for one in (body if isinstance(body, list) else [body])]

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/hooks/{SECRET}?key={SECRET}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.connections.append(self.connection)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            self.server.requests.append((self.path, dict(self.headers), json.loads(body)))
            answer = self.server.answers.pop(0) if self.server.answers else 204
        except ValueError:  # not JSON
            answer = 400
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


@contextlib.contextmanager
def serving(port=0):
    """A server that runs."""
    with Server(port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.goes_on.set()
            server.shutdown()
            thread.join()
            for connection in server.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
