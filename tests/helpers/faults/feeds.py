"""Servers and networks of feeds that fail."""

import contextlib
import os
import signal
import time

from faults.checks import NEAR_S, Fault, check_sums, demo_wav, feed, hear_more, kept, keys, lost, told
from made_hosts import Hosts
from real_servers import Icecast, RtspServer
from stations import Running
from waiting import wait_until

STALL_S, OPEN_S = 10.0, 15.0  # of `whipbird.sources.feed.Timing`


@contextlib.contextmanager
def _servers(folder, host="127.0.0.1", inside=()):
    os.chmod(folder, 0o755)  # Icecast is another user
    wav = demo_wav(folder)
    with Icecast(folder, wav, host, inside) as icecast, RtspServer(wav, host, inside) as rtsp:
        yield icecast, rtsp


def _feeds(icecast, rtsp):
    return feed("icecast", icecast.address) + feed("rtsp", rtsp.address)


def _fault_of_feeds(folder, name, host, inside_servers, inside, make):
    """Listen to both servers while `make` causes a fault."""
    with _servers(folder, host, inside_servers) as (icecast, rtsp):
        text = _feeds(icecast, rtsp) + f'[outputs]\nfiles = "{folder}/heard.sqlite"\n'
        with Running(folder, text, inside=inside) as station:
            hear_more(station, "icecast", "rtsp")
            make(station, icecast, rtsp)
            hear_more(station, "icecast", "rtsp")
            assert station.end() == 0
            check_sums(station, folder / "heard.sqlite", "icecast", "rtsp")
            assert keys(station.events()) == kept(folder / "heard.sqlite")
            return Fault(name, lost(station, "icecast", "rtsp"), told(station))


def servers_killed(folder, seconds):
    """Icecast, its encoder and the RTSP server are killed and restarted."""

    def make(station, icecast, rtsp):
        for server in (icecast, rtsp):
            server.kill()
        for one in ("icecast", "rtsp"):
            wait_until(station.is_in(one, "away"))
        time.sleep(seconds)
        for server in (icecast, rtsp):
            server.start()

    fault = _fault_of_feeds(folder, f"servers killed, begun again {seconds:g} s later", "127.0.0.1", (), (), make)
    for name in ("icecast", "rtsp"):
        assert fault.lost[name] > seconds
        assert any(line.startswith(f"{name}: is back") for line in fault.told)
    return fault


def network_cut(folder, seconds):
    """The cable to both servers is pulled out."""
    with Hosts(2) as hosts:

        def make(station, icecast, rtsp):
            hosts.plug(1, "down")
            time.sleep(seconds)
            hosts.plug(1, "up")

        fault = _fault_of_feeds(
            folder, f"network cut for {seconds:g} s", hosts.address(1), hosts.on(1), hosts.on(0), make
        )
    _check_pause(fault, seconds)
    return fault


def servers_paused(folder, seconds):
    """Both servers are stopped; connections stay open."""

    def make(station, icecast, rtsp):
        for server in (icecast, rtsp):
            server.signal(signal.SIGSTOP)
        time.sleep(seconds)
        for server in (icecast, rtsp):
            server.signal(signal.SIGCONT)

    fault = _fault_of_feeds(folder, f"stream paused for {seconds:g} s", "127.0.0.1", (), (), make)
    _check_pause(fault, seconds)
    return fault


def _check_pause(fault, seconds):
    """Check that TCP and the servers bridge a short pause, and that a long one is reported and then ends."""
    for name in ("icecast", "rtsp"):
        if seconds < STALL_S / 2:
            assert fault.lost[name] < NEAR_S
            assert fault.told == []
        else:
            assert fault.lost[name] < 2 * seconds + OPEN_S
            assert any(line.startswith(f"{name}: no sound for 10 s; trying again") for line in fault.told)
            assert any(line.startswith(f"{name}: is back") for line in fault.told)
