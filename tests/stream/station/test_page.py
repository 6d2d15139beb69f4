"""A station serves its page while it listens, and changes it when its settings change."""

import json
import sys
import urllib.request

import numpy as np
import pytest

from feed_servers import LiveSound, Station
from ports import reserved_port
from stations import Running, feed
from waiting import wait_until

pytest.importorskip("av")
pytest.importorskip("uvicorn", reason="uvicorn is not installed (extra 'page')")
pytest.importorskip("starlette", reason="starlette is not installed (extra 'page')")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are not the same there")


def asked(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        return answer.read().decode()


def is_served(port):
    def ask():
        try:
            return asked(port, "/station")
        except OSError:
            return None

    return ask


def test_the_page_shows_what_the_station_hears(tmp_path):
    noise = np.random.default_rng(1).normal(0, 500, 16_000)
    with Station(LiveSound(noise, 16_000)) as server, reserved_port() as first, reserved_port() as second:
        text = feed("creek", server.address()) + f'[outputs]\nfiles = ["{tmp_path}/heard.sqlite"]\n'
        with Running(tmp_path, f'{text}[page]\nlisten = "127.0.0.1:{first}"\n') as station:
            wait_until(is_served(first))
            wait_until(station.is_in("creek", "listening"))
            assert 'data-source="creek"' in asked(first, "/")
            with urllib.request.urlopen(f"http://127.0.0.1:{first}/api/stream", timeout=60) as stream:
                lines = iter(stream.readline, b"")
                data = next(line for line in lines if line.startswith(b"data:") and b"columns" in line)
                assert json.loads(data[5:])["source"] == "creek"
            station.reload(f'{text}[page]\nlisten = "127.0.0.1:{second}"\n')
            wait_until(is_served(second))
            assert is_served(first)() is None
            assert "creek" in asked(second, "/station")
            assert station.end() == 0
