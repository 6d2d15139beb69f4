"""What the tests share: real recordings, a model, made sound."""

import os
import shutil
import signal
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads that wait for each other on few, busy cores

import numpy as np
import pytest
import soundfile
from hypothesis import settings

from many_labels import made_tones, write_many_labels
from spoilt_bundles import edit
from whipbird.models.model import Model

# A job in the background of a shell ignores Ctrl-C, and so would all programs that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("suite", deadline=None, max_examples=40)  # a busy machine is no error
settings.load_profile("suite")

ROOT = Path(__file__).resolve().parent.parent
LONGEST = {"station/test_faults.py", "station/test_run.py", "workers/test_cluster.py", "sources/test_microphone.py"}


def pytest_collection_modifyitems(items):
    """Start first with what waits for real servers and devices: at the end, nothing else could run beside it."""
    items.sort(key=lambda item: "/".join(item.path.parts[-2:]) not in LONGEST)


BUNDLE = ROOT / "models" / "commands"
DEMO_WORDS = ["yes", "no", "left", "right", "happy", "up", "down", "stop", "go", "seven", "on", "off", "yes", "yes"]


@pytest.fixture(scope="session")
def data():
    """Folder of real recordings: ``$WHIPBIRD_DATA``, else ``shared/data`` beside the checkout."""
    folder = Path(os.environ.get("WHIPBIRD_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no recordings in {folder}; set WHIPBIRD_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def clips(data):
    """Folder of one-second words, one folder for each label."""
    return data / "speech-commands" / "clips"


@pytest.fixture(scope="session")
def shipped():
    """Folder of the shipped bundle that hears ten commands."""
    if not (BUNDLE / "card.json").is_file():
        pytest.skip(f"no bundle in {BUNDLE}; make it with 'whipbird train commands'")
    return BUNDLE


@pytest.fixture(scope="session")
def first_alone(shipped, tmp_path_factory):
    """Folder of the same bundle without its second network: where words are spoken, it takes a quarter of the time.

    Alone, the first network misses words with the thresholds of both, so it has the lower ones of ``eager``.
    """
    folder = tmp_path_factory.mktemp("home") / "whipbird" / "models" / "commands"
    shutil.copytree(shipped, folder)
    edit(folder, lambda card: card.update(second=None, debounce=card["operating_points"]["eager"]))
    return folder


@pytest.fixture(scope="module")
def first_alone_installed(first_alone):
    """Install that bundle for the user, so that in this module ``commands`` are these instead of the shipped ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(first_alone.parents[2]))
        yield


@pytest.fixture(scope="session")
def commands(first_alone):
    """The model that hears ten commands, by its first network alone."""
    return Model(str(first_alone))


@pytest.fixture(scope="session")
def asking(shipped):
    """The model that hears ten commands as it is shipped: its first network asks a second one."""
    return Model(str(shipped))


@pytest.fixture(scope="session")
def lecture():
    """The lecture's model of the same commands, which works on raw sound."""
    return Model(str(ROOT / "models" / "commands-lecture"))


@pytest.fixture(scope="session")
def calls():
    """The model that hears the calls of a bird, with a network for steps."""
    return Model(str(ROOT / "models" / "capuchinbird"))


@pytest.fixture(scope="session")
def many(tmp_path_factory):
    """Folder of a bundle with thousands of labels, of which tones are heard."""
    return write_many_labels(tmp_path_factory.mktemp("models") / "many")


@pytest.fixture(scope="session")
def tones(tmp_path_factory):
    """A recording of 24 s in which four of the labels of ``many`` are heard once."""
    path = tmp_path_factory.mktemp("sounds") / "20240501_060000.wav"
    soundfile.write(path, made_tones(), 16_000)
    return path


@pytest.fixture(scope="session")
def demo():
    """The bundled recording: synthetic voices say the commands, at 16 kHz."""
    return ROOT / "examples" / "demo.flac"


@pytest.fixture
def bundle(first_alone, tmp_path):
    """A copy of the bundle, to be spoilt."""
    return Path(shutil.copytree(first_alone, tmp_path / "bundle"))


@pytest.fixture(scope="session")
def said(demo):
    """The words of the demo by what they are: samples at 16 kHz, shape (n,), with a little of the faint noise around.

    The first voice that says a word counts.
    """
    sound, rate_hz = soundfile.read(demo, dtype="float32")
    block = rate_hz // 100
    loud = [np.abs(sound[at : at + block]).max() > 0.01 for at in range(0, len(sound), block)]
    starts = [at for at in range(30, len(loud)) if loud[at] and not any(loud[at - 30 : at])]
    assert len(starts) == len(DEMO_WORDS)
    words = {}
    for word, start in zip(DEMO_WORDS, starts, strict=True):
        rest = loud[start:]
        end = start + next(n for n in range(len(rest)) if not any(rest[n : n + 30]))
        words.setdefault(word, sound[(start - 5) * block : (end + 5) * block])
    return words


@pytest.fixture
def noise():
    """One second of white noise at 16 kHz, about -20 dBFS, the same every time."""
    return np.random.default_rng(1).normal(0, 0.1, 16_000).astype(np.float32)
