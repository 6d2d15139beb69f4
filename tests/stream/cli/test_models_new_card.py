"""``whipbird models new-card``: a bundle of any TFLite or ONNX file."""

import pytest

from command_line import as_objects, check_refused, whipbird_here
from made_networks import made_network
from made_packages import put
from made_tflite import CUSTOM, tensor, tflite
from terminals import whipbird_in_terminal
from whipbird.models.model import Model

ALL = ["--rate", "32000", "--labels", "frogs.txt", "--licence", "CC BY 4.0"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with networks and files of labels."""
    networks = {
        "frogs.tflite": made_network(2, window=32_000),
        "scores.tflite": made_network(2, "sigmoid", window=32_000),
        "features.tflite": made_network(2, shape=(1, 97, 40)),
        "text.tflite": b"no network",
        "open.tflite": made_network(2, shape=(1, 1)),
        "chirp.tflite": tflite([tensor("a", (1, 8)), tensor("b", (1, 8))], [(CUSTOM, [0], 1)], [0], [1]),
        "alexa.tflite": made_network(2),
        "alexa.json": b'{"type": "micro"}',
        "frontend.json": b'{"kind": "stft", "frame": 512, "step": 128, "fft": 512}',
    }
    monkeypatch.chdir(put(tmp_path / "work", networks | {"frogs.txt": b"frog\ntoad\n", "one.txt": b"frog\n"}))
    return tmp_path / "work"


def new_card(*arguments):
    return whipbird_here("models", "new-card", *arguments)


def test_options_answer_everything(home, folder):
    options = [*ALL, "--activation", "sigmoid", "--hop", "0.25", "--threshold", "0.4", "--description", "Frogs."]
    (fields,) = as_objects(new_card("frogs.tflite", *options, "--name", "ponds", "--json").stdout)
    card = Model("ponds").card
    assert fields["folder"] == str(home / "ponds")
    assert (card.sample_rate_hz, card.window, card.hop_s, card.labels) == (32_000, 32_000, 0.25, ["frog", "toad"])
    assert (card.activation.kind, card.licence, card.description) == ("sigmoid", "CC BY 4.0", "Frogs.")
    assert card.debounce["toad"].on == 0.4


def test_outputs_that_are_scores_need_no_activation(home, folder):
    result = new_card("scores.tflite", *ALL, "--out", "bundle")
    assert result.returncode == 0, result.stderr
    assert Model(str(folder / "bundle")).card.activation.kind == "none"
    assert not home.exists()


def test_what_the_file_does_not_say_is_asked(home, folder):
    answers = ["fast", "32000", "nowhere.txt", "frogs.txt", "cosine", "sigmoid", "", "CC BY 4.0"]
    code, out, screen = whipbird_in_terminal("models", "new-card", "frogs.tflite", answers=answers)
    assert code == 0, screen
    assert out.startswith(f"wrote {home / 'frogs' / 'card.json'}")
    for words in (
        "input: samples [1, 32000] float32",
        "give a whole number from 1000 to 384000",
        "nowhere.txt: there is no such file",
        "'cosine' is not a valid Activation",
        "Name [frogs]: ",
    ):
        assert words in screen
    assert Model("frogs").card.activation.kind == "sigmoid"


def test_an_existing_model_is_replaced_only_on_request(home, folder):
    assert new_card("scores.tflite", *ALL).returncode == 0
    check_refused(new_card("scores.tflite", *ALL), 1, "scores exists already; add --replace to replace it, or choose")
    assert new_card("scores.tflite", *ALL, "--replace").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["frogs.tflite"], 1, "give --rate, --labels, --licence: without a terminal, nobody can be asked"),
        (["frogs.tflite", *ALL], 1, "frogs.tflite: its outputs are not between 0 and 1; give --activation sigmoid or"),
        (
            ["alexa.tflite", *ALL],
            1,
            "alexa.tflite: a model of microWakeWord, which alexa.json describes; use: whipbird models add --from alexa",
        ),
        (["nowhere.tflite", *ALL], 1, "nowhere.tflite: No such file or directory"),
        (["text.tflite", *ALL], 1, "text.tflite: not a TFLite model that runs here"),
        (["features.tflite", *ALL], 1, "which are no samples; describe its front end with --frontend"),
        (["scores.tflite", *ALL, "--labels", "one.txt"], 1, "gives 2 scores for 1 label"),
        (["features.tflite", *ALL, "--frontend", "frogs.txt"], 1, "frogs.txt: not JSON"),
        (
            ["features.tflite", *ALL, "--activation", "none", "--frontend", "frontend.json"],
            1,
            "are no frames of 257 numbers",
        ),
        (["chirp.tflite", *ALL], 1, "chirp.tflite: not a TFLite model that runs here: "),
        (["open.tflite", *ALL], 1, "the length of its window is not fixed; give it with --window"),
        (["scores.tflite", *ALL, "--state", "before"], 2, "--state before: give a name and what it has"),
        (["scores.tflite", *ALL, "--constant", "rate=fast"], 2, "--constant rate=fast: give a name and what it has"),
        (["scores.tflite", *ALL, "--report", "newt"], 1, "no label 'newt' to report"),
        (["scores.tflite", *ALL, "--name", "a b"], 1, "'a b' cannot be the name of a model"),
        (["scores.tflite", *ALL, "--rate", "10"], 2, "--rate"),
        (["scores.tflite", *ALL, "--hop", "0.33333"], 1, "hop_s (0.33333) is not a whole number of samples"),
        (["scores.tflite", *ALL, "--out", "."], 1, "exists already and is not a model; choose another name"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_described_is_refused(arguments, code, message, home, folder):
    check_refused(new_card(*arguments), code, message)
    assert not home.exists() or list(home.iterdir()) == []
