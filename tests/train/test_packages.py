"""Commands of training and evaluation where only the runtime's packages are installed."""

import pytest
import soundfile

from invoking import whipbird_without
from whipbird.system.extras import installation
from whipbird_train.packages import EVALUATION

EXTRA = (
    "httpx",
    "keras",
    "librosa",
    "matplotlib",
    "onnx",
    "openwakeword",
    "scipy",
    "sklearn",
    "tensorflow",
)
RATE_HZ = 16_000


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, noise):
    """A folder with three clips of noise."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clips" / "hiss").mkdir(parents=True)
    for take in range(3):
        soundfile.write(tmp_path / "clips" / "hiss" / f"{take}.wav", noise, RATE_HZ)
    return tmp_path


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        ("evaluate clips --complete", "evaluate"),
        ("calibrate --background clips", "evaluate"),
        ("train commands --data clips", "train"),
        ("train custom clips", "train"),
        ("train download capuchinbird --to .", "train"),
        ("train extrapolate --data clips", "train"),
    ],
)
def test_one_line_says_what_to_install(command, extra, folder):
    done = whipbird_without(EXTRA, *command.split())
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("whipbird: this command needs more packages")
    assert line.endswith(f"install them with: {installation(extra)}")
    assert [path.name for path in folder.iterdir()] == ["clips"]


@pytest.mark.parametrize("command", ["evaluate", "calibrate", "mix", "train", "train custom", "train extrapolate"])
def test_help_needs_no_more_packages(command):
    done = whipbird_without(EXTRA, *command.split(), "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_streams_are_mixed_without_more_packages(folder):
    done = whipbird_without(EXTRA, "mix", "clips", "--background", "clips", "--count", 2, "--out", "stream.wav")
    assert done.returncode == 0, done.stderr
    assert (folder / "stream.csv").is_file()


def test_evaluation_needs_no_more_packages_than_it_looks_for(folder, shipped):
    rest = tuple(module for module in EXTRA if module not in EVALUATION)
    for command in ("evaluate clips --complete --out report", "calibrate --background clips --out mine"):
        done = whipbird_without(rest, *command.split(), "--model", shipped)
        assert done.returncode == 0, done.stderr
    assert (folder / "report" / "curve.png").is_file()
    assert (folder / "mine" / "card.json").is_file()
