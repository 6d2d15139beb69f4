"""``whipbird train speak``."""

import pytest
from typer.testing import CliRunner

from whipbird_train.cli.app import app


@pytest.fixture
def installed(monkeypatch):
    monkeypatch.setattr("whipbird_train.cli.speak.check_installed", lambda *_: None)


def test_every_plan_is_spoken(installed, monkeypatch, tmp_path):
    asked = []

    def speak_all(plan, voices, folder, processes):
        asked.append((plan, voices, processes))
        return len(plan) - 1, 1

    monkeypatch.setattr("whipbird_train.synthesis.spoken_clips.speak_all", speak_all)
    monkeypatch.setattr(
        "whipbird_train.synthesis.command_plans.read_plans", lambda data: {"words": "abc", "judging": "de"}
    )
    result = CliRunner().invoke(app, ["speak", "--data", str(tmp_path), "--processes", "2"])
    assert result.exit_code == 0, result.output
    assert [(plan, processes) for plan, _, processes in asked] == [("abc", 2), ("de", 2)]
    assert asked[0][1] == tmp_path / "kokoro-voices" / "voices.npz"
    assert "words: 2 spoken, 1 came out broken" in result.output
