"""The command line of training."""

import subprocess
import sys

import pytest
import soundfile
from typer.testing import CliRunner

from invoking import refused
from whipbird_train.cli.app import app
from whipbird_train.recipes.catalog import DATASETS, RECIPES


def whipbird(*arguments, **environment):
    """Run the command in a separate process, and write the modules that it imports to a file."""
    code = (
        "import sys; from whipbird.__main__ import main; sys.argv = ['whipbird', *sys.argv[1:]]\n"
        "try: main()\n"
        "finally: print(*sorted(sys.modules), file=open('modules', 'w'))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, **environment
    )


def test_help_lists_recipes_without_waiting_for_tensorflow(tmp_path):
    done = whipbird("train", "--help", cwd=tmp_path)
    assert done.returncode == 0
    for name in (*RECIPES, "custom", "download", "extrapolate"):
        assert name in done.stdout
    imported = set((tmp_path / "modules").read_text().split())
    assert not imported & {"tensorflow", "keras", "librosa", "httpx"}


@pytest.mark.parametrize("command", [*RECIPES, "custom", "download", "extrapolate"])
def test_every_command_has_help(command):
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_an_unknown_folder_is_one_line(tmp_path):
    done = whipbird("train", "commands-lecture", "--data", tmp_path / "nowhere", cwd=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("whipbird: ")
    assert "nowhere" in line
    assert not (tmp_path / "runs").exists()
    assert not (tmp_path / "models").exists()


def test_data_that_is_not_there_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("WHIPBIRD_DATA", str(tmp_path))
    said = refused(app, "commands")
    assert f"no folder {tmp_path / 'speech-commands'}" in said
    assert "whipbird train download" in said


def test_an_unpacked_archive_is_found_under_its_own_name(tmp_path, monkeypatch):
    monkeypatch.setenv("WHIPBIRD_DATA", str(tmp_path))
    (tmp_path / "speech_commands_v0.02").mkdir()
    assert "speech_commands_v0.02" in refused(app, "commands")


def test_data_sets_are_those_that_can_be_fetched():
    from whipbird_train.datasets.download import ARCHIVES

    assert sorted(DATASETS) == sorted(ARCHIVES)


def test_an_unknown_data_set_is_named():
    result = CliRunner().invoke(app, ["download", "birds"])
    assert result.exit_code == 2
    assert "birds" in result.output


@pytest.fixture
def clips(tmp_path, noise):
    """Write recordings into a new folder."""

    def write(*names):
        for name in names:
            path = tmp_path / "own" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, noise, 16_000)
        (tmp_path / "own").mkdir(exist_ok=True)
        return tmp_path / "own"

    return write


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ((), "found no recordings"),
        (("yes/1.wav",), "only 1 recording of 'yes'"),
        (("1.wav", "2.wav"), "found 2 recordings in the folder itself"),
    ],
)
def test_what_cannot_be_taught_is_one_line(clips, names, says):
    assert says in refused(app, "custom", clips(*names))


def test_a_folder_that_is_not_there_cannot_be_taught(tmp_path):
    assert "is not a folder" in refused(app, "custom", tmp_path / "nowhere")
