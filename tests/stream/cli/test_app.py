"""The command line as a whole: help, version, completion, and errors of the process."""

import ast
import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from itertools import pairwise
from pathlib import Path

import pytest

from command_line import (
    LIMIT_S,
    PLAIN,
    ROOT,
    check_refused,
    command,
    only_line,
    started,
    whipbird,
    whipbird_here,
    with_demo,
)
from whipbird import __version__
from whipbird.cli.app import Commands

HEAVY = {"tensorflow", "keras", "librosa", "sklearn", "scipy", "numba", "matplotlib", "httpx", "paho", "train"}


@pytest.mark.parametrize("command", ["listen", "replay", "watch", "classify", "devices", "models", "report"])
def test_help_has_examples(command):
    result = whipbird_here(command, "--help")
    assert result.returncode == 0
    assert f"whipbird {command}" in result.stdout
    assert "Example" in result.stdout


@pytest.mark.parametrize("command", [[], ["replay"], ["scan"], ["watch"], ["calibrate"], ["models", "add"]])
def test_help_breaks_lines_where_the_terminal_ends(command):
    shown = whipbird_here(*command, "--help", env={"COLUMNS": "80"}).stdout
    lines = [line.strip() for line in shown.partition("╭")[0].splitlines()]
    for paragraph in "\n".join(lines).split("\n\n"):
        if not paragraph.startswith("Examples"):
            for line, following in pairwise(paragraph.strip().splitlines()):
                assert len(f"{line} {following.split()[0]}") > 78, (line, following)


def test_examples_fit_into_80_columns_and_a_shell_takes_them():
    shown = whipbird_here("export", "--help", env={"COLUMNS": "80"}).stdout.partition("Examples")[2].partition("╭")[0]
    lines = [line.rstrip() for line in shown.split("Times count")[0].splitlines()]
    assert "  whipbird export scan-2024 --form raven" in [line[1:] for line in lines]
    [long] = [command for command in re.sub(r"\\\n", "", "\n".join(lines)).splitlines() if "birdnet" in command]
    assert shlex.split(long)[-4:] == ["--min-score", "0.9", "--out", "may"]
    assert any(line.endswith(" \\") for line in lines)


EVERY = [
    *map(str.split, ("listen", "replay", "watch", "classify", "devices", "models", "report", "monitor", "status")),
    *map(str.split, ("scan", "export", "inspect", "tone", "selftest", "doctor", "evaluate", "calibrate", "mix")),
    *map(str.split, ("models add", "models new-card", "models show", "models update", "models remove")),
    *map(str.split, ("train custom", "train commands", "train download", "train extrapolate")),
]


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_help_names_values_and_no_types_of_python(command):
    shown = whipbird_here(*command, "--help").stdout
    assert not re.search(r"<(str|int|float|bool|path|list|tuple|[a-z]+ range|[a-z]+[|])|BOOLEAN|\bTEXT\b", shown)


@pytest.mark.parametrize("command", [*EVERY, ["train"]], ids=" ".join)
def test_help_has_examples_first_and_exit_codes_last(command):
    shown = whipbird_here(*command, "--help", env={"COLUMNS": "80"}).stdout
    usage, summary = [part.strip() for part in shown.split(" \n") if part.strip()][:2]
    assert usage.startswith("Usage: whipbird")
    assert shown.rstrip().rpartition("╯")[2].strip().startswith("Exit codes: 0 ")
    assert summary in shown.partition("Examples")[0]
    assert "Examples" not in shown.partition("╭")[2]


def test_commands_are_listed_in_groups():
    shown = whipbird_here("--help", env={"COLUMNS": "80"}).stdout
    panels = {name: text.partition("╯")[0] for name, text in re.findall(r"╭─ ([A-Z]\w+) ─+╮\n([^╭]*)", shown)}
    listed = {panel: re.findall(r"^│ ([a-z]+) ", text, re.MULTILINE) for panel, text in panels.items()}
    del listed["Options"]
    assert list(listed) == ["Listen", "Recordings", "Stations", "Models", "Measure"]
    assert listed["Listen"] == ["listen", "devices", "selftest", "doctor"]
    assert listed["Measure"] == ["evaluate", "calibrate", "mix", "tone"]
    assert [name for names in listed.values() for name in names] == Commands(name="whipbird").list_commands(None)


def test_a_command_of_another_package_has_a_group_of_its_own(monkeypatch):
    point = EntryPoint("sing", "whipbird.cli.devices:app", "whipbird.commands")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: EntryPoints([point]))
    listed = whipbird_here("--help").stdout
    assert re.search(r"─ Other packages ─+╮\n│ sing\s+List the devices", listed)
    assert "calibrate" not in listed


def test_whipbird_alone_shows_what_to_type_next():
    done = whipbird_here()
    assert (done.returncode, done.stdout) == (2, "")
    for words in ("whipbird listen", "whipbird watch /media/card --once", "whipbird replay recordings/"):
        assert f" {words}" in done.stderr
    assert max(map(len, done.stderr.splitlines())) <= 90


def test_commands_of_other_packages_are_listed_and_run():
    """The training package adds its command through an entry point."""
    assert "train" in [point.name for point in entry_points(group="whipbird.commands")]
    listed = whipbird_here("--help").stdout
    assert re.search(r"^\W*train\s+Train a model", listed, re.MULTILINE)
    assert "custom" in whipbird_here("train", "--help").stdout


def test_version():
    assert whipbird_here("--version").stdout == f"whipbird {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["listen", "--duration", "abc"], "'--duration': must be a number"),
        (["listen", "--duration", "-1"], "'--duration': must be greater than or equal to 0"),
        (["listen", "--rate", "1.5"], "'--rate': must be a whole number"),
        (["tone", "loud"], "'HZ': must be a number"),
        (["export", "scan", "--form", "x"], "'x' is not one of 'raven', 'audacity', 'birdnet', 'csv'"),
    ],
)
def test_what_is_wrong_with_a_value_is_plain_english(arguments, message):
    result = whipbird_here(*arguments)
    check_refused(result, 2, message)
    assert "Input should" not in result.stderr
    assert "Value error" not in result.stderr


def test_completion_is_offered():
    shell = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    offered = whipbird_here("--show-completion", "bash", env=shell).stdout
    assert "complete -o default -F _whipbird_completion whipbird" in offered


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["replay", "nowhere.wav"], 1, "nowhere.wav: No such file"),
        (["listen", "-"], 1, "standard input: empty; the program before the pipe wrote nothing"),
        (["sing"], 2, "No such command 'sing'."),
        (["lisen"], 2, "No such command 'lisen'. Did you mean 'listen'?"),
    ],
)
def test_errors_end_the_process(shipped, tmp_path, arguments, code, message):
    check_refused(whipbird(*arguments, cwd=tmp_path), code, message)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full stands for a full disk")
@pytest.mark.parametrize("words", [["models"], ["replay", "demo", "--speed", "max"], ["classify", "demo"]])
def test_a_full_disk_is_one_line(demo, shipped, words):
    with open("/dev/full", "w") as full, started(*with_demo(words, demo), stdout=full) as process:
        _, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1
    assert "No space left on device" in only_line(errors)


def test_a_closed_output_is_one_line():
    result = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *command("models")], stderr=subprocess.PIPE, text=True, env=os.environ | PLAIN
    )
    assert result.returncode == 1
    assert only_line(result.stderr).startswith("whipbird: standard output is closed")


def test_names_that_are_not_utf_8_are_escaped_in_one_way(tmp_path):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/For\xeat")
    os.mkdir(folder)
    escaped = f"{tmp_path}/For\\xeat"
    made = whipbird("tone", "500", "--out", f"{folder}/tone.wav")
    assert made.stdout.startswith(f"{escaped}/tone.wav: 1.000 s")
    assert f"'{escaped}/model'" in whipbird("replay", f"{folder}/tone.wav", "--model", f"{folder}/model").stderr


def test_nothing_heavy_is_imported(demo, shipped, tmp_path):
    """The runtime must start quickly on a small computer, also with outputs."""
    code = (
        "import sys; folder, demo = sys.argv[1:]\n"
        "from whipbird.cli.app import app\n"
        "names = [f'--out={folder}/h.{end}' for end in ('jsonl', 'csv', 'birdnet.csv', 'raven.txt', 'sqlite')]\n"
        "for words in (['replay', demo, '--speed', 'max', '--clips', folder, *names],\n"
        "              ['classify', demo], ['report', f'{folder}/h.sqlite']):\n"
        "    app(words, standalone_mode=False)\n"
        "print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    words = [sys.executable, "-c", code, str(tmp_path), str(demo)]
    result = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=LIMIT_S)
    imported = ast.literal_eval(result.stdout.splitlines()[-1])
    assert "whipbird" in imported
    assert HEAVY.isdisjoint(imported)


@pytest.mark.parametrize("name", ["A" * 300, "/dev/zero"])
def test_annotations_that_cannot_be_read_are_named(demo, name):
    result = whipbird_here("inspect", demo, "--json", "-a", name)
    assert result.returncode == 1
    assert name in only_line(result.stderr)


def test_a_number_of_any_length_is_a_wrong_channel(demo):
    result = whipbird_here("classify", demo, "--channel", "9" * 5000)
    assert result.returncode == 2
    assert len(result.stderr) < 2000


@pytest.mark.parametrize("option", ["--csv", "--figure"])
def test_an_empty_name_of_a_file_is_refused(demo, tmp_path, option):
    database = tmp_path / "heard.sqlite"
    assert whipbird_here("replay", demo, "--speed", "max", "--plain", "--out", database).returncode == 0
    result = whipbird_here("report", database, option, "")
    assert result.returncode == 1
    assert "cannot write" in only_line(result.stderr)
