"""Web servers that are asked without FFmpeg."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from whipbird.errors import SourceError
from whipbird.sources.web_request import NothingBeyond, Redirected, WebStream, ask

CONTENT = bytes(range(256))


class Handler(BaseHTTPRequestHandler):
    """Answers `/status/LENGTH`, and refuses what is after the end of /ranges."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        status, _, length = self.path[1:].partition("/")
        if status == "ranges":
            status, length = "416" if "Range" in self.headers else "200", "256"
        self.send_response(int(status))
        self.send_header("Content-Length", length)
        self.send_header("Location", "rtsp://cam/live")
        self.end_headers()
        if status == "200":
            self.wfile.write(CONTENT)


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://bird:s3cret@127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("length", [0, 100, 256, "many"])
def test_a_stream_is_all_that_comes(server, length):
    with contextlib.closing(WebStream(f"{server}/200/{length}", 10.0)) as stream:
        found = b"".join(iter(lambda: stream.read(100), b""))
    assert found == CONTENT
    assert stream.received == len(CONTENT)


def test_nothing_is_beyond_the_end_of_a_recording(server):
    with pytest.raises(NothingBeyond):
        WebStream(f"{server}/ranges", 10.0, beyond=256)
    WebStream(f"{server}/ranges", 10.0).close()


def test_failures(server):
    with pytest.raises(SourceError, match=r"^server returned 404$"):
        WebStream(f"{server}/404/0", 10.0)
    with pytest.raises(Redirected, match=r"^rtsp://cam/live$"):
        ask(f"{server}/302/0", 10.0)
    with pytest.raises(SourceError, match=r"^cannot be reached$"):
        WebStream(f"{server}/302/0", 10.0)
