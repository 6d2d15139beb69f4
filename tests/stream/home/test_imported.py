"""Wake words of other programs are detected as their own programs detect them, through the server."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from models_of_others import as_model, read_sound
from whipbird.importers.bundle_files import Wanted
from whipbird.importers.file_set import FolderFiles
from whipbird.importers.micro_wake_word import find_micro_wake_word
from whipbird.importers.open_wake_word import find_open_wake_word
from wyoming_peers import heard_by, run, served

RATE_HZ = 16_000
CLIPS = 4


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """Folders of bundles with the phrase alexa, of both programs."""
    folder = tmp_path_factory.mktemp("models")
    for package, find in (("pyopen_wakeword", find_open_wake_word), ("pymicro_wakeword", find_micro_wake_word)):
        models = Path(pytest.importorskip(package).__file__).parent / "models"
        as_model(folder / package, find([FolderFiles(models)], Wanted(phrase="alexa")))
    return [str(one) for one in sorted(folder.iterdir())]


def test_spoken_phrases_wake_each_model_once(bundles, data):
    spoken = sorted((data / "wake-words" / "alexa").glob("*.opus"))[:CLIPS]
    silence = np.zeros(RATE_HZ, np.float32)
    sounds = [np.concatenate((silence, read_sound(path, RATE_HZ), silence)) for path in spoken]

    async def scene():
        async with served(*bundles) as server:
            names = [phrase.name for phrase in server.streams.catalog.phrases()]
            pcm = [np.clip(np.rint(one * 32768), -32768, 32767).astype("<i2").tobytes() for one in sounds]
            return names, await asyncio.gather(*(heard_by(server.uri, one, names) for one in pcm))

    names, found = run(scene())
    assert len(names) == len(bundles)
    for answers, sound in zip(found, sounds, strict=True):
        assert sorted(name for name, _ in answers) == sorted(names)
        assert all(1000 < time < 1000 * len(sound) / RATE_HZ for _, time in answers)
