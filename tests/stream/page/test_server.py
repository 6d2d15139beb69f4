"""A page on a socket: it ends at once, whoever watches, and bad addresses are one line."""

import socket
import ssl
import urllib.request

import pytest

from certificates import make_certificate
from page_visitors import Visit
from whipbird.errors import OutputError
from whipbird.page.server import PageServer

pytest.importorskip("uvicorn", reason="uvicorn is not installed (extra 'page')")


def test_the_page_is_served_and_ends_while_a_stream_is_open(forest, state):
    server = PageServer(Visit(forest, state, listen="127.0.0.1:0").page)
    try:
        with urllib.request.urlopen(f"{server.address}events", timeout=30) as answer:
            assert answer.status == 200
        stream = urllib.request.urlopen(f"{server.address}api/stream", timeout=30)
        assert stream.readline() == b"retry: 5000\n"
    finally:
        server.close()
    assert not server.runs
    stream.close()


def test_an_address_that_is_taken_is_one_line(forest, state):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OutputError, match=rf"cannot listen on 127\.0\.0\.1:{port}: "):
            PageServer(Visit(forest, state, listen=f"127.0.0.1:{port}").page)


def test_a_missing_certificate_is_one_line(forest, state, tmp_path):
    page = Visit(forest, state, listen="127.0.0.1:0", certificate=str(tmp_path / "a"), key=str(tmp_path / "b")).page
    with pytest.raises(OutputError, match=r"cannot use .*: No such file"):
        PageServer(page)


def test_a_page_with_a_certificate_is_served_by_https(forest, state, tmp_path):
    certificate, key = make_certificate(tmp_path)
    visit = Visit(forest, state, listen="127.0.0.1:0", certificate=str(certificate), key=str(key))
    server = PageServer(visit.page)
    try:
        assert server.address.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=certificate)
        with urllib.request.urlopen(f"{server.address}api/labels", timeout=30, context=context) as answer:
            assert answer.status == 200
    finally:
        server.close()


def test_slow_clients_do_not_keep_others_out(forest, state):
    server = PageServer(Visit(forest, state, listen="127.0.0.1:0").page)
    address = ("127.0.0.1", int(server.address.rsplit(":", 1)[1].rstrip("/")))
    slow = [socket.create_connection(address, 30) for _ in range(200)]
    try:
        for one in slow:
            one.sendall(b"GET /events HTTP/1.1\r\nHost: local")
        with urllib.request.urlopen(f"{server.address}api/labels", timeout=60) as answer:
            assert answer.status == 200
    finally:
        for one in slow:
            one.close()
        server.close()
