"""``whipbird doctor``: its lines, its JSON and its exit codes."""

import pytest

from command_line import ROOT, as_objects, only_line, whipbird_here
from pages import table_rows, text_of
from whipbird.cli.doctor import INDENT, _shown
from whipbird.doctor.finding import Finding, Status
from whipbird.system.extras import FEATURES


@pytest.fixture
def doctor(tmp_path, shipped):
    environment = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("DATA", "STATE", "CACHE")}
    return lambda *words: whipbird_here("doctor", *words, env=environment)


def test_a_healthy_installation(doctor):
    done = doctor()
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert any(line.startswith("ok       TFLite runs: commands detects 12 words") for line in lines)
    assert lines[-1] == "Everything needed works. Next: whipbird replay --demo"
    assert "note     BirdNET, which knows 6,522 sounds, is not installed\n         whipbird models add" in done.stdout


def test_json_is_as_documented(doctor):
    done = doctor("--json")
    found = as_objects(done.stdout)
    assert done.returncode == 0
    section = text_of(ROOT / "docs" / "json.md").partition("## `whipbird doctor`")[2].partition("\n## ")[0]
    documented = [row[0].strip("|` ") for row in table_rows(section)][1:]
    assert all(list(finding) == documented for finding in found)
    assert {finding["status"] for finding in found} <= set(Status)
    assert [f"extra {extra}" for extra in FEATURES] == [one["check"] for one in found if one["check"][:6] == "extra "]


def test_problems_are_counted_and_fail(doctor, tmp_path):
    model = tmp_path / "data" / "whipbird" / "models" / "mine"
    model.mkdir(parents=True)
    (model / "card.json").write_text("{}")
    done = doctor("--station", tmp_path / "nowhere.toml")
    assert done.returncode == 1
    assert only_line(done.stderr) == "whipbird: 2 problems: model mine, station"
    assert "\n         whipbird models remove mine\n" in done.stdout
    assert f"problem  {tmp_path}/nowhere.toml: No such file" in done.stdout
    assert "Everything needed works" not in done.stdout


def test_control_characters_do_not_reach_the_terminal(doctor, tmp_path):
    assert "\x1b" not in doctor("--station", f"{tmp_path}/a\x1b[2J.toml").stdout


def test_a_finding_is_broken_between_words_in_a_terminal_but_its_command_is_not():
    finding = Finding("extra a", Status.NOTE, "a is not installed; it gives " + "word " * 20, "make " + "setup " * 20)
    text, command = _shown(finding, 60).plain.split("\n" + INDENT + "make ")
    assert len(text.splitlines()) == 3
    assert all(len(line) <= 60 for line in text.splitlines())
    assert all(line.startswith(INDENT) for line in text.splitlines()[1:])
    assert command.splitlines() == ["setup " * 20]
    assert len(_shown(finding, None).plain.splitlines()) == 2
