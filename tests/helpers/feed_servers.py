"""Servers of live sound on the loopback interface, for tests: each a thread that sends in real time."""

import base64
import contextlib
import socket
import socketserver
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from ports import reserved_port

RATE_HZ = 8_000
PIECE_S = 0.02
PERIOD = 30_000  # samples after which what `counter` counts begins again


def counter(begin, count):
    """Samples that tell their own number (modulo `PERIOD`) as 16 bits, shape (count,)."""
    return (np.arange(begin, begin + count) % PERIOD).astype(">i2")


def numbers(samples):
    """The numbers that decoded samples of `counter` tell."""
    return np.rint(samples[:, 0] * 2**15).astype(int)


class LiveCounter:
    """What a station plays: numbers of samples, on and on from when it was made, heard or not; an AU file without end.

    Parameters
    ----------
    burst_s : float
        Of the past is sent first.
    """

    content_type = "audio/basic"

    def __init__(self, rate_hz=RATE_HZ, channels=1, burst_s=0.0):
        self.rate_hz = rate_hz
        self.channels = channels
        self.burst_s = burst_s
        self._begun_s = time.monotonic() - burst_s

    def header(self):
        return b".snd" + struct.pack(">IIIII", 24, 0xFFFFFFFF, 3, self.rate_hz, self.channels)

    def now(self):
        """Number of the sample that is played now."""
        return round((time.monotonic() - self._begun_s) * self.rate_hz)

    def stream(self):
        sent = max(0, self.now() - round(self.burst_s * self.rate_hz))
        while True:
            now = self.now()
            yield np.repeat(counter(sent, now - sent), self.channels).tobytes()
            sent = now
            time.sleep(PIECE_S)


class LiveSound:
    """What a station plays: sound over and over, from when it was made, heard or not; an AU file without end.

    Parameters
    ----------
    sound : array of int16, shape (n,)
    rate_hz : int
    """

    content_type = "audio/basic"

    def __init__(self, sound, rate_hz):
        self.rate_hz = rate_hz
        self._sound = np.asarray(sound, ">i2")
        self._begun_s = time.monotonic()

    def header(self):
        return b".snd" + struct.pack(">IIIII", 24, 0xFFFFFFFF, 3, self.rate_hz, 1)

    def stream(self):
        sent = self._now()
        while True:
            now = self._now()
            yield self._sound[np.arange(sent, now) % len(self._sound)].tobytes()
            sent = now
            time.sleep(PIECE_S)

    def _now(self):
        return round((time.monotonic() - self._begun_s) * self.rate_hz)


class LiveFile:
    """What a station plays: a coded file over and over."""

    def __init__(self, content, content_type, seconds):
        self.content_type = content_type
        self._content = content
        self._bytes_per_s = len(content) / seconds

    def header(self):
        return b""

    def stream(self):
        begun_s, sent = time.monotonic(), 0
        while True:
            due = round((time.monotonic() - begun_s) * self._bytes_per_s)
            while sent < due:
                begin = sent % len(self._content)
                piece = self._content[begin : begin + due - sent]
                yield piece
                sent += len(piece)
            time.sleep(PIECE_S)


class Station:
    """A server in the manner of Icecast: sends without an end, to whoever asks.

    Attributes
    ----------
    playing : threading.Event
        While it is cleared, connections stay open and nothing is sent.
    status : int
        What it answers.
    length : int or None
        Content-Length that it gives.
    asked : int
        Requests so far.
    """

    def __init__(self, programme, user=None):
        self.programme = programme
        self.status = 200
        self.length = None
        self.asked = 0
        self.playing = threading.Event()
        self.playing.set()
        self._wanted = None if user is None else "Basic " + base64.b64encode(user.encode()).decode()
        self._generation = 0
        self._server = None
        self._reserved = contextlib.ExitStack()
        self.port = self._reserved.enter_context(reserved_port())
        self.start()

    def start(self):
        """Answer, again at the same port."""
        station = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                station.serve(self)

        class Server(ThreadingHTTPServer):
            allow_reuse_address = True

            def handle_error(self, *_):
                pass

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self):
        """Refuse connections, and end those there are."""
        self.drop()
        self._server.shutdown()
        self._server.server_close()

    def drop(self):
        """End all connections."""
        self._generation += 1

    def serve(self, handler):
        self.asked += 1
        if self._wanted is not None and handler.headers.get("Authorization") != self._wanted:
            handler.send_response(401)
            handler.send_header("WWW-Authenticate", 'Basic realm="station"')
            handler.end_headers()
            return
        handler.send_response(self.status)
        handler.send_header("Content-Type", self.programme.content_type)
        for name, value in getattr(self.programme, "headers", {}).items():
            handler.send_header(name, value)
        if self.length is not None:
            handler.send_header("Content-Length", str(self.length))
        handler.end_headers()
        if self.status != 200:
            return
        generation = self._generation
        with contextlib.suppress(OSError):
            handler.wfile.write(self.programme.header())
            for piece in self.programme.stream():
                if generation != self._generation:
                    return
                if not self.playing.is_set():
                    while not self.playing.wait(PIECE_S):
                        if generation != self._generation:
                            return
                    continue  # what was played meanwhile is lost
                handler.wfile.write(piece)

    def address(self, path="/live", user=""):
        return f"http://{user}127.0.0.1:{self.port}{path}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self._reserved.close()


class RtspServer:
    """One stream of µ-law sound (RTP payload type 0) in an RTSP connection, as cameras send it.

    Attributes
    ----------
    asked : list of str
        Requests so far: their first lines and authorization.
    range : str
        Times that the description gives, such as "0-0".
    skip : int
        Packets to leave out next.
    """

    PACKET = 160  # 20 ms

    def __init__(self, user=None):
        self.asked = []
        self.range = "now-"
        self.skip = 0
        self._wanted = None if user is None else "Basic " + base64.b64encode(user.encode()).decode()
        self._generation = 0
        rtsp = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):
                    rtsp.serve(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def drop(self):
        """End all connections."""
        self._generation += 1

    def serve(self, handler):
        generation = self._generation
        handler.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while line := handler.rfile.readline().decode().strip():
            headers = {}
            while header := handler.rfile.readline().decode().strip():
                name, _, value = header.partition(":")
                headers[name.lower()] = value.strip()
            self.asked.append(line)
            method = line.split()[0]
            if self._wanted is not None and headers.get("authorization") != self._wanted:
                self._answer(handler, headers, "401 Unauthorized", {"WWW-Authenticate": 'Basic realm="camera"'})
            elif method == "DESCRIBE":
                body = (
                    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n"
                    f"a=range:npt={self.range}\r\nm=audio 0 RTP/AVP 0\r\na=control:sound\r\n"
                )
                self._answer(handler, headers, "200 OK", {"Content-Type": "application/sdp"}, body)
            elif method == "SETUP":
                transport = {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1", "Session": "1"}
                self._answer(handler, headers, "200 OK", transport)
            elif method == "PLAY":
                self._answer(handler, headers, "200 OK", {"Session": "1"})
                self._play(handler, generation)
                return
            else:
                self._answer(handler, headers, "200 OK", {"Public": "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"})

    @staticmethod
    def _answer(handler, headers, status, more, body=""):
        lines = [f"RTSP/1.0 {status}", f"CSeq: {headers.get('cseq', 0)}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in more.items()]
        handler.wfile.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())

    def _play(self, handler, generation):
        begun_s, number = time.monotonic(), 0
        while generation == self._generation:
            if self.skip:
                self.skip -= 1
            else:
                packet = struct.pack(">BBHII", 0x80, 0, number & 0xFFFF, 4711 + number * self.PACKET, 1)
                packet += bytes([0x80 + number % 64]) * self.PACKET
                handler.wfile.write(struct.pack(">cBH", b"$", 0, len(packet)) + packet)
            number += 1
            time.sleep(max(0.0, begun_s + number * self.PACKET / 8_000 - time.monotonic()))

    def address(self, user=""):
        return f"rtsp://{user}127.0.0.1:{self.port}/sound"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.drop()
        self._server.shutdown()
        self._server.server_close()
