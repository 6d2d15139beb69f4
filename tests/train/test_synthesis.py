"""Synthetic voices that now and then say nothing."""

import sys
import wave

import numpy as np
import pytest

from stream.errors import WhipbirdError
from train import synthesis
from train.synthesis import speak

RATE_HZ = 16_000
needs_scripts = pytest.mark.skipif(sys.platform == "win32", reason="a script is no program on Windows")


@pytest.fixture
def absent_minded(tmp_path, monkeypatch):
    """An espeak-ng that says nothing the first so many times it is asked, and a tone from then on."""
    folder = tmp_path / "bin"
    folder.mkdir()
    asked = tmp_path / "asked"
    for name, samples in (("nothing", 0), ("tone", 4000)):
        with wave.open(str(tmp_path / name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(22_050)
            file.writeframes((9000 * np.sin(0.1 * np.arange(samples))).astype("<i2").tobytes())

    def install(silent):
        program = folder / "espeak-ng"
        program.write_text(
            f"#!{sys.executable}\n"
            "import pathlib, shutil, sys\n"
            f"with open({str(asked)!r}, 'a+') as file:\n"
            "    file.write('.')\n"
            f"times = pathlib.Path({str(asked)!r}).stat().st_size\n"
            f"path = {str(tmp_path / 'nothing')!r} if times <= {silent} else {str(tmp_path / 'tone')!r}\n"
            "sys.stdout.buffer.write(pathlib.Path(path).read_bytes())\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        return asked

    return install


@needs_scripts
def test_what_was_not_said_is_asked_for_again(absent_minded):
    asked = absent_minded(silent=1)
    sound = speak("bird", RATE_HZ, np.random.default_rng(1))
    assert len(sound) == pytest.approx(4000 * RATE_HZ / 22_050, rel=0.02)
    assert asked.read_text() == ".."


@needs_scripts
def test_who_never_says_anything_is_not_asked_for_ever(absent_minded):
    asked = absent_minded(silent=1000)
    with pytest.raises(WhipbirdError, match="espeak-ng says nothing where it should say 'bird'"):
        speak("bird", RATE_HZ, np.random.default_rng(1))
    assert asked.read_text() == "." * synthesis.ATTEMPTS
