"""Synthetic voices: the same ones for the same seed, with and without flite."""

import shutil
import sys
import wave

import numpy as np
import pytest

from whipbird.errors import WhipbirdError
from whipbird_train.synthesis import espeak
from whipbird_train.synthesis.espeak import FILLERS, running_speech, speak

RATE_HZ = 16_000
needs_espeak = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng makes the voices of this test")
needs_flite = pytest.mark.skipif(not shutil.which("flite"), reason="flite makes the voices of this test")
needs_scripts = pytest.mark.skipif(sys.platform == "win32", reason="a script is no program on Windows")


@needs_espeak
def test_running_speech_is_the_same_for_the_same_seed():
    one, again, other = (running_speech(FILLERS, 3, RATE_HZ, seed) for seed in (1, 1, 2))
    for said, repeated, different in zip(one, again, other, strict=True):
        np.testing.assert_array_equal(said, repeated)
        assert len(said) > RATE_HZ
        assert not np.array_equal(said, different)


@needs_espeak
def test_it_begins_and_ends_with_speech():
    """Silence before and after the speech is removed."""
    for said in running_speech(FILLERS, 3, RATE_HZ, 5):
        loudest = np.abs(said).max()
        assert loudest > 0.05
        assert max(np.abs(said[:400]).max(), np.abs(said[-400:]).max()) > 0.005 * loudest


@pytest.fixture
def said(monkeypatch, noise):
    """Texts to speak, which are recorded and not spoken."""
    texts = []
    monkeypatch.setattr(espeak, "speak", lambda text, *_: texts.append(text) or noise)
    return texts


def test_running_speech_mixes_words_with_made_up_ones(said):
    words = ["bird", "house", "tree"]
    assert len(running_speech(words, 50, RATE_HZ, 1)) == len(said) == 50
    spoken = [text.split() for text in said]
    assert {len(sentence) for sentence in spoken} <= set(range(6, 15))
    together = [word for sentence in spoken for word in sentence]
    made_up = {word for word in together if word not in words}
    assert 0.3 < sum(word in made_up for word in together) / len(together) < 0.5
    assert len(made_up) > 100
    assert all(word.isalpha() and word.islower() for word in made_up)


@pytest.fixture
def only_espeak(tmp_path, monkeypatch):
    """A PATH with espeak-ng alone."""
    (tmp_path / "espeak-ng").symlink_to(shutil.which("espeak-ng"))
    monkeypatch.setenv("PATH", str(tmp_path))


@needs_espeak
@needs_scripts
def test_without_flite_espeak_says_it_all(only_espeak):
    assert shutil.which("flite") is None
    for sentence in running_speech(FILLERS, 2, RATE_HZ, 1):
        assert np.abs(sentence).max() > 0.05


@needs_flite
def test_flite_speaks_in_several_voices():
    """Six takes of a sentence all differ."""
    rng = np.random.default_rng(1)
    takes = {espeak._flite("a bird in the tree", rng) for _ in range(6)}
    assert len(takes) == 6


@needs_flite
def test_without_espeak_flite_is_not_enough(tmp_path, monkeypatch):
    """The four voices of flite would be too few."""
    (tmp_path / "flite").symlink_to(shutil.which("flite"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError):
        running_speech(FILLERS, 10, RATE_HZ, 1)


@pytest.fixture
def absent_minded(tmp_path, monkeypatch):
    """An espeak-ng that is silent for a number of calls, and then gives a tone."""
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
    with pytest.raises(WhipbirdError, match="espeak-ng produced no sound for 'bird'"):
        speak("bird", RATE_HZ, np.random.default_rng(1))
    assert asked.read_text() == "." * espeak.ATTEMPTS
