"""Feeds from real servers on the loopback interface, which break off, hang, refuse and return."""

import json
import signal
import socket
import threading
import time
from dataclasses import replace
from fractions import Fraction
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import soundfile

from certificates import https_server, make_certificate
from command_line import LIMIT_S, started
from feed_servers import PERIOD, RATE_HZ, LiveCounter, LiveFile, RtspServer, Station, counter, numbers
from ports import reserved_port
from waiting import wait_until
from whipbird.audio.gap import Gap
from whipbird.audio.ring import Ring
from whipbird.engine.run import run_source
from whipbird.errors import SourceError
from whipbird.events.reports import GapReport
from whipbird.sources.feed import Feed, Timing

av = pytest.importorskip("av", reason="PyAV listens to feeds")

QUICK = Timing(
    open_s=30.0,
    analyse_s=0.1,
    pace_s=0.4,
    stall_s=10.0,
    segmented_stall_s=10.0,
    settle_s=0.2,
    first_pause_s=0.05,
    longest_pause_s=0.2,
)
STALLING = replace(QUICK, stall_s=0.5)
NEAR_S = 0.3  # accuracy of times by the clock, on a busy machine


class Listening:
    """A feed that is listened to on a thread, until the block ends."""

    def __init__(self, address, timing=QUICK):
        self.feed = Feed(address, timing)
        self.notices = []
        self.failure = None

    def __enter__(self):
        self.feed.open()
        self.ring = Ring(60 * self.feed.rate_hz, self.feed.channels)
        self._reader = self.ring.reader()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def _run(self):
        try:
            self.feed.run(self.ring, self._stop, self.notices.append)
        except SourceError as error:
            self.failure = str(error)

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive()
        self.feed.close()
        self.gaps, self.pieces = [], []
        while (item := self._reader.read(10**9)) is not None:
            if isinstance(item, Gap):
                self.gaps.append(item)
            else:
                self.pieces.append((self._reader.cursor - len(item), item))

    def wait_for(self, seconds):
        """Wait until this much more has been received."""
        written = self.ring.position - self.ring.skipped
        wait_until(lambda: self.ring.position - self.ring.skipped > written + seconds * self.feed.rate_hz)

    def wait_for_notice(self, text):
        wait_until(lambda: any(text in notice for notice in self.notices))

    def wait_for_end(self):
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive()

    def check_places(self):
        """Check that samples, which are their own numbers, are at their positions."""
        first = numbers(self.pieces[0][1])[0] - self.pieces[0][0]
        for begin, samples in self.pieces:
            wrong = (numbers(samples) - np.arange(begin, begin + len(samples)) - first) % PERIOD
            wrong = np.minimum(wrong, PERIOD - wrong)
            assert wrong.max() <= NEAR_S * self.feed.rate_hz


class Page(LiveFile):
    """What a server sends once."""

    def stream(self):
        yield self._content


def test_a_live_feed():
    with Station(LiveCounter()) as station:
        with Listening(station.address()) as heard:
            heard.wait_for(1.0)
        assert (heard.feed.rate_hz, heard.feed.channels, heard.feed.live) == (RATE_HZ, 1, True)
        assert heard.feed.clock.origin == "live"
    assert not heard.gaps
    assert not heard.notices
    heard.check_places()


@pytest.mark.parametrize("burst_s", [0.0, 1.0])
def test_a_server_that_breaks_off(burst_s):
    """Sound that it sends again is not written twice; sound that it cannot send is a gap."""
    with Station(LiveCounter(burst_s=burst_s)) as station, Listening(station.address()) as heard:
        heard.wait_for(burst_s + 0.5)
        station.drop()
        heard.wait_for_notice("is back")
        station.stop()
        heard.wait_for_notice("connection refused")
        time.sleep(1.5)  # longer than the past that the server sends again
        station.start()
        wait_until(lambda: sum("is back" in notice for notice in heard.notices) == 2)
        heard.wait_for(0.5)
    assert {gap.reason for gap in heard.gaps} == {"connection lost"}
    assert len(heard.gaps) <= 2
    heard.check_places()


def test_a_stall():
    """Connected, but without sound."""
    with Station(LiveCounter()) as station, Listening(station.address(), STALLING) as heard:
        heard.wait_for(0.5)
        station.playing.clear()
        heard.wait_for_notice("no sound for 0.5 s")
        station.playing.set()
        heard.wait_for_notice("is back")
        heard.wait_for(0.3)
    assert {gap.reason for gap in heard.gaps} == {"stalled"}
    heard.check_places()


def test_a_limit_of_time_ends_during_an_outage(commands):
    """What is lost then is known to the end."""
    reports = []
    with Station(LiveCounter()) as station:
        feed = Feed(station.address(), QUICK)
        feed.open()

        def cut(pipeline):
            if pipeline.heard_s > 1:
                station.stop()

        outcome = run_source(feed, [commands], reports.append, limit_s=4.0, poll=cut)
    assert outcome.failure is None
    assert outcome.summary.heard_s + outcome.summary.lost_s == pytest.approx(4.0)
    assert [report.reason for report in reports if isinstance(report, GapReport)] == ["connection lost"]


def test_a_limit_of_time_without_sound(commands):
    """A server that answers and sends nothing more."""
    with Station(LiveCounter()) as station:
        feed = Feed(station.address(), QUICK)
        feed.open()
        station.playing.clear()
        outcome = run_source(feed, [commands], lambda report: None, limit_s=0.5)
    assert outcome.failure is None
    assert outcome.summary.heard_s <= 0.5


def test_a_limit_of_time_for_a_server_that_never_answers():
    with socket.create_server(("127.0.0.1", 0)) as server:
        feed = Feed(f"http://127.0.0.1:{server.getsockname()[1]}/", QUICK, limit_s=0.3)
        with pytest.raises(SourceError, match=r"no sound within 0.3 s$"):
            feed.open()


def test_a_server_that_answers_otherwise_for_a_while():
    """An Icecast whose own source is away answers 404; each answer is reported once."""
    with Station(LiveCounter()) as station, Listening(station.address()) as heard:
        heard.wait_for(0.3)
        station.status = 404
        station.drop()
        wait_until(lambda: station.asked >= 4)
        station.status = 200
        heard.wait_for_notice("is back")
    assert len([notice for notice in heard.notices if "nothing at this address (404)" in notice]) == 1
    assert [gap.reason for gap in heard.gaps] == ["connection lost"]
    heard.check_places()


def test_the_rate_and_channels_of_the_first_connection_stay():
    with Station(LiveCounter()) as station, Listening(station.address()) as heard:
        heard.wait_for(0.3)
        station.programme = LiveCounter(rate_hz=16_000, channels=2)
        station.drop()
        heard.wait_for_notice("is back")
        heard.wait_for(0.3)
    assert (heard.feed.rate_hz, heard.feed.channels) == (RATE_HZ, 1)
    rising = numbers(heard.pieces[-1][1])[200:2000]
    assert np.median(np.diff(rising)) == 2  # 16 kHz counts twice as fast


class SlowRecording(LiveCounter):
    """A recording that a server sends as it is played, from its start to each client."""

    def __init__(self, seconds):
        super().__init__()
        self._content = counter(0, round(seconds * RATE_HZ)).tobytes()
        self.size = len(self.header()) + len(self._content)

    def stream(self):
        piece = RATE_HZ // 25  # bytes in 20 ms
        for begin in range(0, len(self._content), piece):
            yield self._content[begin : begin + piece]
            time.sleep(0.02)


@pytest.mark.parametrize("length", [1_000, 20_000])
def test_a_length_that_is_invented_and_reached(length):
    """The server sends on beyond it: after one gap, the feed is received without regard to its length."""
    with Station(LiveCounter()) as station:
        station.length = length
        with Listening(station.address()) as heard:
            heard.wait_for(length / 16_000 + 2.0)
    assert heard.feed.live
    assert station.asked == 2
    assert len(heard.gaps) <= 1
    heard.check_places()


@pytest.mark.parametrize("length", [0, "many"])
def test_a_length_that_hides_the_sound(length):
    with Station(LiveCounter()) as station:
        station.length = length
        with Listening(station.address()) as heard:
            heard.wait_for(1.0)
            station.drop()
            heard.wait_for_notice("is back")
    assert heard.feed.live
    heard.check_places()


def test_a_server_that_has_buffered_more_than_a_queue_holds():
    with Station(LiveCounter(burst_s=60.0)) as station:
        station.length = 54_000_000
        with Listening(station.address()) as heard:
            assert heard.feed.live
            heard.wait_for(1.0)


@pytest.mark.parametrize("is_chunked", [True, False])
@pytest.mark.parametrize("seconds", [2.0, 150.0])
def test_a_recording_without_a_length_ends(is_chunked, seconds):
    class Recording(SlowRecording):
        headers = {"Transfer-Encoding": "chunked"} if is_chunked else {}

        def header(self):
            return b""

        def stream(self):
            content = super().header() + self._content
            yield (b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)) if is_chunked else content

    with Station(Recording(seconds)) as station, Listening(station.address()) as heard:
        assert not heard.feed.live
        heard.wait_for_end()
    assert heard.failure is None
    assert heard.ring.position == seconds * RATE_HZ


@pytest.mark.parametrize("length", [500_000, 54_000_000, 2**63, 10**20])
def test_a_length_that_is_invented(length):
    """The feed has no end: after an outage, it goes on."""
    with Station(LiveCounter()) as station:
        station.length = length
        with Listening(station.address()) as heard:
            heard.wait_for(0.5)
            station.drop()
            heard.wait_for_notice("is back")
            heard.wait_for(0.3)
    assert heard.feed.live
    assert heard.feed.duration_s is None
    assert [gap.reason for gap in heard.gaps] == ["connection lost"]
    heard.check_places()


def test_a_recording_that_a_server_sends_slowly_ends(tmp_path):
    """It is taken for a feed, but has been sent as its server promised, and is not sent on when asked again."""
    with Station(SlowRecording(3.0)) as station:
        station.length = station.programme.size
        with Listening(station.address()) as heard:
            assert heard.feed.live
            heard.wait_for_end()
    assert not heard.feed.live
    assert heard.ring.position == 3 * RATE_HZ
    assert not heard.notices


@pytest.mark.parametrize(("suffix", "kind"), [("mp3", "audio/mpeg"), ("ogg", "audio/ogg")])
def test_coded_sound_without_end(tmp_path, noise, suffix, kind):
    path = tmp_path / f"sound.{suffix}"
    soundfile.write(path, np.tile(noise, 6), 16_000)
    with Station(LiveFile(path.read_bytes(), kind, 6.0)) as station, Listening(station.address()) as heard:
        heard.wait_for(8.0)  # through the end of the file, at which timestamps may start again
    assert not heard.gaps
    assert not heard.notices
    samples = np.concatenate([samples for _, samples in heard.pieces])
    assert samples.std() == pytest.approx(0.1, rel=0.3)


def test_a_password_is_sent_and_never_shown():
    with Station(LiveCounter(), user="bird:s3 cret@") as station:
        address = station.address("/live?token=t0ken", user="bird:s3%20cret%40@")
        with Listening(address) as heard:
            heard.wait_for(0.3)
            station.stop()
            heard.wait_for_notice("refused")
            station.start()
            heard.wait_for_notice("is back")
        shown = [heard.feed.name, *heard.notices, repr(heard.feed)]
        with pytest.raises(SourceError, match="401") as error:
            Feed(station.address("/live?token=t0ken", user="bird:s3cret@"), QUICK).open()
        shown.append(str(error.value))
    for text in shown:
        assert "s3" not in text
        assert "t0ken" not in text
    assert heard.feed.name == station.address("/live?token=…")


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (400, r"does not understand the address \(400\)"),
        (403, r"forbids access \(403\): check the password"),
        (404, r"has nothing at this address \(404\): check the path"),
        (410, r"refuses the request \(4xx\)"),
        (503, r"has failed \(5xx\): try again later"),
    ],
)
def test_a_server_that_answers_no(status, told):
    with Station(LiveCounter()) as station:
        station.status = status
        with pytest.raises(SourceError, match=rf"^http://127.0.0.1:\d+/live: the server {told}"):
            Feed(station.address(), QUICK).open()


def test_a_server_that_wants_a_password():
    with Station(LiveCounter(), user="bird:s3cret") as station:
        with pytest.raises(SourceError, match=r"wants a user name and a password .* as in http://user:password@host"):
            Feed(station.address(), QUICK).open()
        with pytest.raises(SourceError, match="does not accept the user name or the password"):
            Feed(station.address(user="bird:wrong@"), QUICK).open()


def test_nobody_there():
    with reserved_port() as port, pytest.raises(SourceError, match="connection refused"):
        Feed(f"http://127.0.0.1:{port}/", QUICK).open()


def test_a_host_without_an_address():
    with pytest.raises(SourceError, match=r"cannot be reached|no answer"):
        Feed("http://nowhere.invalid/", QUICK).open()


def test_a_server_that_never_answers():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(SourceError, match="no answer"):
            Feed(f"http://127.0.0.1:{port}/", Timing(open_s=0.3)).open()


def test_an_answer_that_is_not_sound():
    page = b"<html>not sound</html>" * 500
    with Station(Page(page, "text/html", 0.1)) as station, pytest.raises(SourceError, match="a web page, not sound"):
        Feed(station.address(), QUICK).open()


def test_a_certificate_that_is_refused(tmp_path, monkeypatch):
    certificate, key = make_certificate(tmp_path, "camera.example", "DNS:camera.example")
    with https_server(certificate, key) as port:
        address = f"https://bird:s3cret@127.0.0.1:{port}/"
        with pytest.raises(SourceError, match=r"/: its certificate is not trusted \(self-signed certificate\)"):
            Feed(address, QUICK).open()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(SourceError, match="/: its certificate is for another name"):
            Feed(address, QUICK).open()


def test_tls_at_a_port_without_it_and_the_reverse(tmp_path):
    with Station(LiveCounter()) as station:
        address = station.address(user="bird:s3cret@").replace("http", "https")
        with pytest.raises(SourceError, match="does not speak TLS at this port; write http://") as error:
            Feed(address, QUICK).open()
        with pytest.raises(SourceError, match="does not answer as RTSP servers do: check the port"):
            Feed(station.address().replace("http", "rtsp"), QUICK).open()
    assert "s3cret" not in str(error.value)
    with https_server(*make_certificate(tmp_path)) as port:
        for used in ("http", "rtsp"):
            with pytest.raises(SourceError, match=f"the server speaks TLS at this port; write {used}s://"):
                Feed(f"{used}://bird:s3cret@127.0.0.1:{port}/", QUICK).open()


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("rtsp://bird:s3cret@127.0.0.1/live", "redirects to rtsp://127.0.0.1/live; give that address"),
        ("/live", "redirects in a circle"),
        ("https://127.0.0.1:PORT/", "its certificate is not trusted"),
    ],
)
def test_redirects(tmp_path, target, told):
    with Station(LiveCounter()) as station, https_server(*make_certificate(tmp_path)) as port:
        station.status = 302
        station.programme.headers = {"Location": target.replace("PORT", str(port))}
        with pytest.raises(SourceError, match=told) as error:
            Feed(station.address(), QUICK).open()
    assert "s3cret" not in str(error.value)


def test_a_list_of_addresses():
    page = b"[playlist]\nFile1=http://radio.example/live\n"
    with (
        Station(Page(page, "audio/x-scpls", 1.0), user="bird:s3cret") as station,
        pytest.raises(
            SourceError, match=r"^http://127.0.0.1:\d+/live: a list of addresses; give one of http://radio\."
        ),
    ):
        Feed(station.address(user="bird:s3cret@"), QUICK).open()


def test_titles_that_are_not_utf_8(tmp_path, noise):
    """As Icecast sends them between the sound; they say nothing about it."""
    path = tmp_path / "sound.mp3"
    soundfile.write(path, np.tile(noise, 2), 16_000)

    class Titled(LiveFile):
        EVERY = 1000
        headers = {"icy-name": "For\xeat", "icy-metaint": str(EVERY)}  # noqa: RUF012

        def stream(self):
            rest = b""
            for piece in super().stream():
                rest += piece
                while len(rest) >= self.EVERY:
                    yield rest[: self.EVERY] + b"\1" + b"StreamTitle='\xea';"
                    rest = rest[self.EVERY :]

    with Station(Titled(path.read_bytes(), "audio/mpeg", 2.0)) as station, Listening(station.address()) as heard:
        heard.wait_for(2.0)
    assert not heard.gaps
    assert np.concatenate([samples for _, samples in heard.pieces]).std() == pytest.approx(0.1, rel=0.3)


@pytest.fixture
def web(tmp_path):
    """A web server of a folder, and its address."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(tmp_path))

        def log_message(self, *_):
            pass

        def end_headers(self):
            if self.path.endswith("half.wav"):  # promises more than it sends
                self._headers_buffer = [
                    line if b"Content-Length" not in line else b"Content-Length: 128044\r\n"
                    for line in self._headers_buffer
                ]
            super().end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_a_recording_on_a_server_ends(tmp_path, web, noise, suffix):
    path = tmp_path / f"sound.{suffix}"
    soundfile.write(path, np.tile(noise, 4), 16_000)
    with Listening(f"{web}/{path.name}") as heard:
        assert not heard.feed.live
        heard.wait_for_end()
    assert heard.failure is None
    assert sum(len(samples) for _, samples in heard.pieces) == pytest.approx(64_000, abs=0 if suffix != "mp3" else 2000)


def test_a_recording_that_breaks_off(tmp_path, web, noise):
    soundfile.write(tmp_path / "half.wav", np.tile(noise, 2), 16_000)
    with Listening(f"{web}/half.wav") as heard:
        heard.wait_for_end()
    assert heard.failure is not None
    assert "breaks off" in heard.failure
    assert sum(len(samples) for _, samples in heard.pieces) > 20_000


class Sender:
    """Coded sound in real time, a frame of 24 ms (1152 samples at 48 kHz) after the other, each with its timestamp."""

    RATE_HZ = 48_000
    FRAME = 1152

    def __init__(self, address, form, codec="mp2", rate_hz=RATE_HZ, options=None):
        self._container = av.open(address, "w", format=form, options=options or {})
        self._stream = self._container.add_stream(codec, rate=rate_hz, layout="mono")
        self._rate_hz = rate_hz
        self._random = np.random.default_rng(1)

    def send(self, numbers, pace=True):
        """Frames of these numbers."""
        begun_s = time.monotonic()
        for count, number in enumerate(numbers):
            sound = (self._random.normal(0, 0.1, (1, self.FRAME)) * 2**15).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(sound, "s16", "mono")
            frame.sample_rate, frame.time_base = self._rate_hz, Fraction(1, self._rate_hz)
            frame.pts = number * self.FRAME
            self._container.mux(self._stream.encode(frame))
            if pace:
                time.sleep(max(0.0, begun_s + (count + 1) * self.FRAME / self._rate_hz - time.monotonic()))

    def close(self):
        self._container.mux(self._stream.encode(None))
        self._container.close()


class LiveSegments:
    """Writes a live HLS feed into a folder: segments of half a second, and a list of the latest.

    Attributes
    ----------
    silent : threading.Event
        While it is set, nothing is written, though time goes on.
    """

    FRAMES = 20
    SECONDS = FRAMES * Sender.FRAME / Sender.RATE_HZ
    LISTED = 4

    def __init__(self, folder):
        self._folder = folder
        self._listed = []
        self._stop = threading.Event()
        self.silent = threading.Event()
        self._thread = threading.Thread(target=self._run)
        for number in range(self.LISTED):
            self._write(number)
        self._thread.start()

    def _run(self):
        number, due_s = self.LISTED, time.monotonic()
        while not self._stop.is_set():
            due_s += self.SECONDS
            self._stop.wait(max(0.0, due_s - time.monotonic()))
            if not self.silent.is_set():
                self._write(number)
            number += 1

    def _write(self, number):
        name = f"{number}.ts"
        sender = Sender(str(self._folder / name), "mpegts")
        sender.send(range(number * self.FRAMES, (number + 1) * self.FRAMES), pace=False)
        sender.close()
        self._listed = [*self._listed[-self.LISTED + 1 :], (len(self._listed) and self._listed[-1][0] + 1, name)]
        lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", f"#EXT-X-MEDIA-SEQUENCE:{self._listed[0][0]}"]
        lines += [f"#EXTINF:{self.SECONDS},\n{listed}" for _, listed in self._listed]
        (self._folder / "list.new").write_text("\n".join(lines) + "\n")
        (self._folder / "list.new").replace(self._folder / "live.m3u8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


def test_hls(tmp_path, web):
    """The timestamps of two segments show what is missing between them, to the sample."""
    with LiveSegments(tmp_path) as segments, Listening(f"{web}/live.m3u8") as heard:
        heard.wait_for(3.0)
        segments.silent.set()
        time.sleep(2 * segments.SECONDS)
        segments.silent.clear()
        wait_until(lambda: heard.ring.skipped)
        heard.wait_for(0.5)
    assert heard.feed.live
    assert {gap.reason for gap in heard.gaps} == {"packets lost"}
    lost_s = sum(map(len, heard.gaps)) / Sender.RATE_HZ
    assert lost_s / segments.SECONDS == pytest.approx(round(lost_s / segments.SECONDS), abs=1e-3)
    assert not heard.notices


def test_hls_of_a_recording_ends(tmp_path, web):
    with LiveSegments(tmp_path) as segments:
        pass
    with (tmp_path / "live.m3u8").open("a") as playlist:
        playlist.write("#EXT-X-ENDLIST\n")
    with Listening(f"{web}/live.m3u8") as heard:
        assert not heard.feed.live
        heard.wait_for_end()
    assert heard.failure is None
    seconds = sum(len(samples) for _, samples in heard.pieces) / Sender.RATE_HZ
    assert seconds == pytest.approx(segments.LISTED * segments.SECONDS, abs=0.1)


@pytest.fixture
def port():
    """An even port, as RTP requires."""
    with reserved_port(kind=socket.SOCK_DGRAM, even=True) as port:
        pass  # the receiver needs the port for itself
    return port


@pytest.fixture
def sending():
    """Run a sender's `send` on a thread, over and over the numbers that a callable gives, until the test ends."""
    stop = threading.Event()
    threads = []

    def begin(sender, left_out=frozenset()):
        def run():
            number = 0
            while not stop.is_set():
                if number not in left_out:
                    sender.send([number])
                else:
                    time.sleep(Sender.FRAME / Sender.RATE_HZ)
                number += 1
            sender.close()

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield begin
    stop.set()
    for thread in threads:
        thread.join()


def test_udp_and_its_lost_packets(port, sending):
    sending(Sender(f"udp://127.0.0.1:{port}?pkt_size=1316", "mpegts"), left_out=set(range(100, 110)) | {120})
    with Listening(f"udp://127.0.0.1:{port}") as heard:
        wait_until(lambda: heard.ring.position > 160 * Sender.FRAME or heard.ring.skipped >= 11 * Sender.FRAME)
        heard.wait_for(0.3)
    assert [gap.reason for gap in heard.gaps] == ["packets lost"] * 2
    assert [len(gap) for gap in heard.gaps] == pytest.approx([10 * Sender.FRAME, Sender.FRAME], abs=2)


def test_udp_whose_sender_comes_back(port, sending):
    """Its timestamps continue: the length of the outage is exact."""
    sending(Sender(f"udp://127.0.0.1:{port}?pkt_size=1316", "mpegts"), left_out=range(80, 140))
    with Listening(f"udp://127.0.0.1:{port}", STALLING) as heard:
        heard.wait_for_notice("no sound for 0.5 s")
        heard.wait_for_notice("is back")
        heard.wait_for(0.3)
    assert [gap.reason for gap in heard.gaps] == ["stalled"]
    assert len(heard.gaps[0]) % Sender.FRAME in (0, 1, Sender.FRAME - 1)
    assert len(heard.gaps[0]) >= 60 * Sender.FRAME - 1


@pytest.mark.parametrize("described", [False, True])
def test_rtp(tmp_path, port, sending, described):
    sending(Sender(f"rtp://127.0.0.1:{port}", "rtp", "pcm_mulaw", 8_000))
    address = f"rtp://127.0.0.1:{port}"
    if described:
        address = str(tmp_path / "forest.sdp")
        text = f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=forest\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n"
        (tmp_path / "forest.sdp").write_text(text)
    with Listening(address) as heard:
        heard.wait_for(1.0)
    assert heard.feed.rate_hz == 8_000
    assert not heard.gaps


def test_rtsp():
    """A scripted server: login, a stream in the same connection, lost packets, an end, and back again."""
    with RtspServer(user="bird:s3cret") as server, Listening(server.address("bird:s3cret@")) as heard:
        heard.wait_for(0.5)
        server.skip = 5
        wait_until(lambda: heard.ring.skipped)
        server.drop()
        heard.wait_for_notice("is back")
        heard.wait_for(0.3)
    assert heard.feed.name == server.address()
    assert len(heard.gaps[0]) == pytest.approx(5 * server.PACKET, abs=2)
    assert [gap.reason for gap in heard.gaps] == ["packets lost", "connection lost"]


@pytest.mark.parametrize("range_", ["0-0", "0-", "now-", "0-0.005", "0-nan", "5-1", "0-99999999999"])
def test_rtsp_whose_description_gives_no_length(range_):
    with RtspServer() as server:
        server.range = range_
        with Listening(server.address()) as heard:
            heard.wait_for(0.3)
            server.drop()
            heard.wait_for_notice("is back")
    assert heard.feed.live
    assert [gap.reason for gap in heard.gaps] == ["connection lost"]


def test_rtsp_with_a_wrong_password():
    with (
        RtspServer(user="bird:s3cret") as server,
        pytest.raises(SourceError, match=r"^rtsp://127.0.0.1:\d+/sound: .*401"),
    ):
        Feed(server.address("bird:wrong@"), QUICK).open()


def test_stopping_while_the_network_hangs():
    with Station(LiveCounter()) as station:
        patient = Timing(analyse_s=0.1)
        with Listening(station.address(), patient) as heard:
            heard.wait_for(1.5)
            station.playing.clear()
            begun_s = time.monotonic()
        assert time.monotonic() - begun_s < patient.stall_s / 2


def test_listening_from_the_command_line(demo):
    """Events, an outage, and Ctrl-C while the server hangs: the password is never shown."""
    sound, rate_hz = soundfile.read(demo, dtype="int16")
    header = b".snd" + np.array([24, 2**32 - 1, 3, rate_hz, 1], ">u4").tobytes()

    class Demo(LiveFile):
        def header(self):
            return header

    with Station(
        Demo(sound.astype(">i2").tobytes(), "audio/basic", len(sound) / rate_hz), user="bird:s3cret"
    ) as station:
        address = station.address("/live?key=hidden", "bird:s3cret@")
        with started("listen", address, "--json") as process:
            first = process.stdout.readline()
            station.playing.clear()
            process.send_signal(signal.SIGINT)
            rest, told = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, told
    assert json.loads(first)["source"] == station.address("/live?key=…")
    assert json.loads(rest.splitlines()[-1])["summary"]["heard_s"] > 0
    assert "s3cret" not in first + rest + told
    assert "hidden" not in first + rest + told
