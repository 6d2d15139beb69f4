"""The programs in ``examples/`` do what their first lines say."""

import contextlib
import json
import os
import subprocess
import sys

import pytest

from command_line import LIMIT_S, PACKAGES, ROOT, whipbird, whipbird_here
from notebooks import cells, results

EXAMPLES = ROOT / "examples"
WORDS = ["yes", "no", "left", "right", "up", "down", "stop", "go", "on", "off", "yes", "yes"]
LARGEST_OUTPUT = 2_000  # characters of a cell in the notebook


def words(name, *arguments):
    return [sys.executable, str(EXAMPLES / name), *map(str, arguments)]


ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join((PACKAGES, *filter(None, [os.environ.get("PYTHONPATH")])))}


def printed(name, *arguments):
    """Lines that an example prints."""
    done = subprocess.run(
        words(name, *arguments), capture_output=True, text=True, env=ENVIRONMENT, timeout=LIMIT_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_words_become_commands_in_order(demo):
    lines = printed("word_to_command.py", demo)
    assert [line.split()[-1] for line in lines if " s: " in line] == WORDS
    assert lines[lines.index("light on") - 1].endswith(": go")
    assert lines[lines.index("light off") - 1].endswith(": stop")


def test_calls_in_a_folder_are_counted(demo, tmp_path):
    (tmp_path / "north").mkdir()
    (tmp_path / "north" / "one.flac").write_bytes(demo.read_bytes())
    (tmp_path / "other.wav").write_bytes(b"broken")
    lines = printed("count_calls.py", tmp_path, "commands")
    assert lines[:2] == [f"{os.path.join('north', 'one.flac')}: 12", "other.wav: 0"]
    assert lines[2].split() == ["3", "yes"]


def test_scores_of_an_array_are_shown_over_time(demo):
    lines = printed("array_scores.py", demo)
    assert len(lines) == 173
    assert [line.split()[-1] for line in lines if line.startswith("   0.9 s")] == ["yes"]


def test_a_model_of_ones_own_is_loaded_by_its_folder(demo, shipped):
    first, *events = printed("own_model.py", shipped, demo)
    assert first.startswith("commands ")
    assert [line.split()[4] for line in events] == WORDS


def test_events_of_a_station_come_by_mqtt(demo, tmp_path):
    from mosquitto import Mosquitto  # skips without a client

    with contextlib.ExitStack() as stack:
        broker = Mosquitto(tmp_path)
        stack.callback(broker.end)
        command = words("mqtt_events.py", f"127.0.0.1:{broker.port}", "forest/#", 2)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
            try:
                assert process.stdout.readline() == "listening\n"
                state = {"XDG_STATE_HOME": str(tmp_path)}
                whipbird_here(
                    "replay", demo, "--speed", "max", "--mqtt", broker.address, "--station", "hill", env=state
                )
                lines = process.communicate(timeout=LIMIT_S)[0].splitlines()
            finally:
                process.kill()
    assert [(line.split()[0], line.split()[2]) for line in lines] == [("hill", "yes"), ("hill", "no")]


def test_a_scan_is_asked_with_sql(demo, tmp_path):
    pytest.importorskip("duckdb")
    pytest.importorskip("distributed")
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "20240501_060000.flac").write_bytes(demo.read_bytes())
    done = whipbird("scan", archive, "--model", "commands", "--out", tmp_path / "scan", "--processes", 1)
    assert done.returncode == 0, done.stderr
    *lines, last = printed("scan_duckdb.py", tmp_path / "scan")
    assert lines[-1].split()[:4] == ["yes", "06", "h", "3"]
    assert last == "in 1 recordings or pieces of them, 0.00 hours"


def test_the_tour_runs_and_shows_what_it_gives(monkeypatch):
    pytest.importorskip("pandas")
    monkeypatch.chdir(EXAMPLES)
    path = EXAMPLES / "tour.ipynb"
    found = list(results(path))
    shown = ["".join(output["text"]) for cell in cells(path) for output in cell["outputs"]]
    assert len(found) == len(shown)
    assert found[1] == shown[1]
    assert found[3] == "True\n"
    assert max(map(len, shown)) < LARGEST_OUTPUT


def test_the_tour_is_a_notebook():
    notebook = json.loads((EXAMPLES / "tour.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    identities = [cell["id"] for cell in notebook["cells"]]
    assert len(set(identities)) == len(identities)


def test_every_example_has_a_test():
    names = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".ipynb")} - {"make_demo.py"}
    text = (ROOT / "tests" / "test_examples.py").read_text(encoding="utf-8")
    assert all(f'"{name}"' in text for name in names)
