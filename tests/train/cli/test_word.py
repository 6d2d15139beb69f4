"""``whipbird train word``: what it refuses, and a whole training in small."""

import json
import shutil

import pytest

from invoking import printed, refused
from whipbird.models.model import Model
from whipbird_train.cli import word as module
from whipbird_train.cli.app import app

needs_espeak = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng makes the voices of this test")
pytest.importorskip("pyopen_wakeword")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["42"], "a phrase consists of words in letters"),
        (["hello", "--language", "xx"], "no voices for the language 'xx'"),
    ],
)
def test_what_cannot_be_trained_is_one_line(arguments, says):
    assert says in refused(app, "word", *arguments)


@needs_espeak
def test_bad_lists_and_recordings_are_one_line(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("\n\n")
    assert "no phrases" in refused(app, "word", path)
    path.write_text("lights on\nLights  on\n")
    assert "twice" in refused(app, "word", path)
    assert "one phrase" in refused(app, "word", path, "--phonemes", "l'aIt")
    assert "no recordings of 'lights'" in refused(app, "word", "lights", "--clips", tmp_path / "missing")


def test_a_list_holds_phrases_and_perhaps_their_sounds(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("\ufeffhey computer\n\n hey data [[h'eI d'eIt#@]] \n", encoding="utf-8")
    assert module._lines(path) == [("hey computer", None), ("hey data", "h'eI d'eIt#@")]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model of little material, and what was printed."""
    folder = tmp_path_factory.mktemp("word")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("whipbird_train.phrases.voices.QUICK", {"phrase": 10, "near": 10, "sentences": 6, "test": 5})
        patch.setattr("whipbird_train.phrases.background.MADE_NOISES", 4)
        for name, value in {"NOISE_S": 4, "BABBLES": 1, "SIMULATED_ROOMS": 2}.items():
            patch.setattr(f"whipbird_train.streams.surroundings.{name}", value)
        patch.setattr("whipbird_train.phrases.judge.NOISES", 3)
        patch.setattr("whipbird_train.phrases.scenes.IN_SCENE", 15)
        patch.setattr("whipbird_train.evaluate.calibration.THRESHOLDS", (0.4, 0.6, 0.8, 0.9))
        text = printed(
            app, "word", "hey computer", "--minutes", 1, "--data", folder, "--run", folder / "run",
            "--bundle", folder / "hey",
        )  # fmt: skip
    return folder / "hey", text


@needs_espeak
def test_it_ends_with_what_to_expect_and_what_to_do_next(trained):
    folder, text = trained
    for start in (
        "synthetic voices: ",
        "false alarms there: ",
        "false alarms among people: unknown",
        "next: whipbird listen",
    ):
        assert any(line.startswith(start) for line in text.splitlines()), text
    card = json.loads((folder / "card.json").read_text())
    assert card["labels"] == ["_silence_", "_unknown_", "hey computer"]
    assert set(card["operating_points"]) == {"strict", "eager"}
    assert card["results"]["clips"] == {"hey computer": 10}
    assert "What to expect" in (folder / "README.md").read_text()
    assert "CC BY 4.0" in (folder / "LICENSE").read_text()


@needs_espeak
def test_the_model_runs(trained):
    model = Model(str(trained[0]))
    assert model.card.hop_s == 0.08
    assert model.card.frontend.kind == "speech_embedding"
