import io
import os
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from command_line import LIMIT_S, PLAIN
from spoilt_bundles import edit, half, put
from whipbird.errors import BundleError
from whipbird.models.bundle import read_card
from whipbird.models.model import Model


def replace_matrices(bundle, **changes):
    with np.load(bundle / "frontend.npz") as archive:
        matrices = dict(archive) | changes
    path = bundle / "changed.npz"
    np.savez(path, **{name: matrix for name, matrix in matrices.items() if matrix is not None})
    put(bundle, "frontend.npz", path.read_bytes())


def refusal(bundle, file, name=None):
    """The one-line reason for which a bundle is refused, after the name of the file."""
    with pytest.raises(BundleError) as caught:
        Model(name or str(bundle))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{bundle / file}: ")
    return message.removeprefix(f"{bundle / file}: ")


def test_a_model_gives_a_score_between_0_and_1_for_each_label(commands):
    frontend = commands.frontend()
    scores = commands.windowed_network.score_window(np.tile(frontend.silence(), (commands.card.window, 1)))
    assert scores.shape == (len(commands.card.labels),)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert scores.sum() == pytest.approx(1, abs=1e-3)


def test_scores_stay_when_the_next_window_is_scored(commands):
    silence = np.tile(commands.frontend().silence(), (commands.card.window, 1))
    kept = commands.windowed_network.score_window(silence)
    before = kept.copy()
    commands.windowed_network.score_window(silence + 40)
    np.testing.assert_array_equal(kept, before)


def test_each_stream_has_a_front_end_of_its_own(commands, noise):
    one, other = commands.frontend(), commands.frontend()
    one.push(noise[:100])
    np.testing.assert_array_equal(other.push(noise), commands.frontend().push(noise))


def test_a_copy_of_a_bundle_works_from_any_folder(bundle):
    assert Model(str(bundle)).card == read_card(bundle)


def test_a_bundle_without_a_card_is_refused(bundle):
    (bundle / "card.json").unlink()
    assert refusal(bundle, "card.json") == "No such file or directory; a bundle needs card.json and model.tflite"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"name": "birds",}'])
def test_a_card_that_is_not_json_is_refused(bundle, content):
    (bundle / "card.json").write_bytes(content)
    assert refusal(bundle, "card.json").startswith("card: ")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda card: card.update(sampel_rate=1), "sampel_rate: is unknown"),
        (lambda card: card["debounce"]["yes"].update(on=2), "debounce.yes.on: must be less than 1"),
        (
            lambda card: card.update(window=0, hop_s=0, licence=None),
            "window: must be greater than or equal to 1; hop_s: must be greater than 0; "
            "licence: must be text in quotes",
        ),
    ],
    ids=["unknown key", "wrong value", "several"],
)
def test_the_wrong_field_of_a_card_is_named(bundle, change, reason):
    edit(bundle, change)
    assert refusal(bundle, "card.json") == reason


@pytest.mark.parametrize("name", ["model.tflite", "frontend.npz"])
def test_a_file_that_is_missing_or_not_the_cards_is_named(bundle, name):
    path = bundle / name
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"?")
    assert "sha256 differs" in refusal(bundle, name)
    path.unlink()
    assert refusal(bundle, name) == "No such file or directory"
    edit(bundle, lambda card: card["sha256"].pop(name))
    assert refusal(bundle, "card.json") == f"sha256: no hash of {name}"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("model.tflite", "not a TFLite model that runs here: "), ("frontend.npz", "not readable: ")],
)
@pytest.mark.parametrize(
    "content",
    [b"", b"no such file", b"\0" * 1_000, b"PK\x03\x04" + b"\0" * 100, half],
    ids=["empty", "text", "zeros", "zip", "half"],
)
def test_files_without_a_network_or_matrices_are_refused(bundle, name, reason, content):
    put(bundle, name, half(bundle, name) if content is half else content)
    assert refusal(bundle, name).startswith(reason)


def test_a_single_array_is_not_a_bundle_of_matrices(bundle):
    path = bundle / "window.npy"
    np.save(path, np.ones(512, np.float32))
    put(bundle, "frontend.npz", path.read_bytes())
    assert refusal(bundle, "frontend.npz").startswith("not readable: ")


def test_pickled_objects_are_never_loaded(bundle):
    replace_matrices(bundle, mel=np.array([{"an": "object"}], dtype=object))
    assert refusal(bundle, "frontend.npz").startswith("not readable: ")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mel": None}, "the front end needs a matrix named 'mel'"),
        ({"window": np.ones(1 << 15, np.float32)}, "mel matrix for 257 bins, but the transform gives 16385"),
        ({"mel": np.ones((41, 257))}, "made for frames of 512 samples and 41 numbers, the card says 512 and 40"),
    ],
    ids=["missing", "of another length", "of other bands"],
)
def test_matrices_that_do_not_fit_are_refused(bundle, changes, reason):
    replace_matrices(bundle, **changes)
    assert refusal(bundle, "frontend.npz") == reason


def test_a_window_that_does_not_fit_the_network_is_refused(bundle):
    card = read_card(bundle)
    edit(bundle, lambda fields: fields.update(window=card.window + 1))
    assert f"but the card's window of {card.window + 1} frames has" in refusal(bundle, "model.tflite")


def test_labels_that_do_not_fit_the_network_are_refused(bundle):
    edit(bundle, lambda card: card["labels"].append("maybe"))
    assert refusal(bundle, "model.tflite") == "gives 12 scores, but the card names 13 labels"


@pytest.mark.parametrize("name", ["no-such-model", "no/such/folder", "~nobody-of-that-name/model", "x" * 300])
def test_an_unknown_name_is_reported_with_the_known_ones(name, shipped):
    with pytest.raises(BundleError) as caught:
        Model(name)
    message = str(caught.value)
    assert "\n" not in message
    assert name in message
    assert "commands" in message


def test_a_folder_that_is_no_bundle_is_refused(tmp_path):
    assert refusal(tmp_path, "card.json").startswith("No such file")


def test_the_operating_point_selects_the_settings(bundle):
    def add(card):
        card["operating_points"] = {"strict": {label: {"on": 0.95} for label in card["debounce"]}}

    edit(bundle, add)
    assert {settings.on for settings in Model(str(bundle), "strict").card.debounce.values()} == {0.95}
    assert 0.95 not in {settings.on for settings in Model(str(bundle)).card.debounce.values()}
    with pytest.raises(BundleError, match="commands has no operating point 'eager'; use one of balanced, strict"):
        Model(str(bundle), "eager")


def test_a_card_is_read_as_far_as_cards_go(bundle):
    with (bundle / "card.json").open("r+b") as file:
        file.truncate(1 << 30)
    assert refusal(bundle, "card.json") == "over 16 MiB; a bundle needs card.json and model.tflite"


def test_matrices_that_are_not_finite_are_refused(bundle):
    with np.load(bundle / "frontend.npz") as archive:
        mel = archive["mel"]
    mel[3, 5] = np.nan
    replace_matrices(bundle, mel=mel)
    assert refusal(bundle, "frontend.npz") == "matrix 'mel' has values that are not finite numbers"


@pytest.mark.parametrize(
    "header", [b"'shape': (2305843009213693952,)", b"'shape': (1,", b"'descr': '|O'", b"'descr': '<U0'"]
)
def test_an_array_that_promises_what_it_does_not_hold_is_refused(bundle, header):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }"
        text = (header + text[1:] if header.startswith(b"'d") else text).replace(b"'shape': (4,)", header)
        file.writestr("mel.npy", b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text + bytes(16))
    put(bundle, "frontend.npz", content.getvalue())
    assert refusal(bundle, "frontend.npz").startswith("not readable: ")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
@pytest.mark.parametrize("name", ["card.json", "model.tflite"])
def test_a_pipe_in_a_bundle_is_not_waited_for(bundle, name):
    (bundle / name).unlink()
    os.mkfifo(bundle / name)
    assert refusal(bundle, name).startswith("not a regular file")


def test_loading_as_a_library_prints_nothing(shipped):
    code = f"from whipbird.models.model import Model; Model({str(shipped)!r})"
    shown = subprocess.run([sys.executable, "-c", code], env=os.environ | PLAIN, capture_output=True, timeout=LIMIT_S)
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, b"", b"")
