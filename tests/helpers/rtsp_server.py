"""GStreamer's RTSP server: plays a WAV of 16-bit samples on and on, from when it was begun, to whoever asks.

Run by the system's Python, which has GStreamer: ``rtsp_server.py HOST PORT RECORDING``, or ``--check``.
"""

import sys
import time
import wave

try:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer
except (ImportError, ValueError) as error:
    sys.exit(str(error))

ELEMENTS = ("appsrc", "audioconvert", "rtpL16pay")
PIECE_MS = 20
LAUNCH = (
    "( appsrc name=src is-live=true do-timestamp=true format=time "
    "caps=audio/x-raw,format=S16LE,layout=interleaved,rate={rate},channels=1 "
    "! audioconvert ! rtpL16pay name=pay0 pt=96 )"
)


class Programme:
    """The sound that is played now, heard or not."""

    def __init__(self, path):
        with wave.open(path) as file:
            assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
            self.rate = file.getframerate()
            self._sound = file.readframes(file.getnframes())
        self._begun_s = time.monotonic()

    def now(self):
        return round((time.monotonic() - self._begun_s) * self.rate)

    def piece(self, begin, end):
        count = len(self._sound) // 2
        return b"".join(self._sound[2 * (n % count) : 2 * (n % count) + 2] for n in range(begin, end))


def play(media, programme):
    """Give a media of the server what is played, until it is gone."""
    source = media.get_element().get_child_by_name("src")
    state = {"sent": programme.now()}

    def push():
        now = programme.now()
        data = programme.piece(state["sent"], now)
        state["sent"] = now
        return not data or source.emit("push-buffer", Gst.Buffer.new_wrapped(data)) == Gst.FlowReturn.OK

    GLib.timeout_add(PIECE_MS, push)


def main():
    Gst.init(None)
    if sys.argv[1:] == ["--check"]:
        missing = [name for name in ELEMENTS if Gst.ElementFactory.find(name) is None]
        sys.exit(f"GStreamer lacks {', '.join(missing)}" if missing else 0)
    host, port, path = sys.argv[1:]
    programme = Programme(path)
    server = GstRtspServer.RTSPServer()
    server.set_address(host)
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(LAUNCH.format(rate=programme.rate))
    factory.set_shared(False)  # else a listener whose network is cut may hold up all others, for good
    factory.connect("media-configure", lambda _, media: play(media, programme))
    server.get_mount_points().add_factory("/sound", factory)
    server.attach(None)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
