import hashlib
import json
import sys

import numpy as np
import pytest

from stream.errors import BundleError
from stream.model import Model, find_bundles, read_card, shared_model, shipped_folder, user_folder


def edit(bundle, change):
    """Change the card of a bundle: ``change`` gets its fields."""
    path = bundle / "card.json"
    fields = json.loads(path.read_text())
    change(fields)
    path.write_text(json.dumps(fields))


def replace(bundle, name, content):
    """Put another file into a bundle, and its hash into the card."""
    (bundle / name).write_bytes(content)
    edit(bundle, lambda card: card["sha256"].update({name: hashlib.sha256(content).hexdigest()}))


def replace_matrices(bundle, **changes):
    with np.load(bundle / "frontend.npz") as archive:
        matrices = dict(archive) | changes
    path = bundle / "changed.npz"
    np.savez(path, **{name: matrix for name, matrix in matrices.items() if matrix is not None})
    replace(bundle, "frontend.npz", path.read_bytes())


def refusal(bundle, file, name=None):
    """The one line with which a bundle is refused; it names the file."""
    with pytest.raises(BundleError) as caught:
        Model(name or str(bundle))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{bundle / file}: ")
    return message.removeprefix(f"{bundle / file}: ")


def test_a_model_gives_a_score_between_0_and_1_for_each_label(commands):
    frontend = commands.frontend()
    scores = commands.windows.scores(np.tile(frontend.silence(), (commands.card.window, 1)))
    assert scores.shape == (len(commands.card.labels),)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert scores.sum() == pytest.approx(1, abs=1e-3)


def test_scores_stay_when_the_next_window_is_heard(commands):
    silence = np.tile(commands.frontend().silence(), (commands.card.window, 1))
    kept = commands.windows.scores(silence)
    before = kept.copy()
    commands.windows.scores(silence + 40)
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


def test_an_unknown_key_is_named(bundle):
    edit(bundle, lambda card: card.update(sampel_rate=1))
    assert refusal(bundle, "card.json") == "sampel_rate: Extra inputs are not permitted"


def test_a_wrong_value_is_named_by_its_path(bundle):
    edit(bundle, lambda card: card["debounce"]["yes"].update(on=2))
    assert refusal(bundle, "card.json") == "debounce.yes.on: Input should be less than 1"


def test_of_several_mistakes_the_first_is_told_and_the_others_are_counted(bundle):
    edit(bundle, lambda card: card.update(window=0, hop_s=0, licence=None))
    assert refusal(bundle, "card.json").endswith(" (and 2 more)")


@pytest.mark.parametrize("name", ["model.tflite", "frontend.npz"])
def test_a_missing_file_is_named(bundle, name):
    (bundle / name).unlink()
    assert refusal(bundle, name) == "No such file or directory"


@pytest.mark.parametrize("name", ["model.tflite", "frontend.npz"])
def test_a_file_that_was_changed_is_named(bundle, name):
    path = bundle / name
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert "sha256 differs" in refusal(bundle, name)


@pytest.mark.parametrize("name", ["model.tflite", "frontend.npz"])
def test_a_file_without_a_hash_is_refused(bundle, name):
    edit(bundle, lambda card: card["sha256"].pop(name))
    assert refusal(bundle, "card.json") == f"sha256: no hash of {name}"


@pytest.mark.parametrize("content", [b"", b"not a network", b"\0" * 1_000], ids=["empty", "text", "zeros"])
def test_what_is_not_a_network_is_refused(bundle, content):
    replace(bundle, "model.tflite", content)
    assert refusal(bundle, "model.tflite").startswith("not a TFLite model that runs here: ")


def test_half_a_network_is_refused(bundle):
    content = (bundle / "model.tflite").read_bytes()
    replace(bundle, "model.tflite", content[: len(content) // 2])
    assert refusal(bundle, "model.tflite").startswith("not a TFLite model that runs here: ")


@pytest.mark.parametrize("content", [b"", b"not matrices", b"PK\x03\x04" + b"\0" * 100], ids=["empty", "text", "zip"])
def test_what_holds_no_matrices_is_refused(bundle, content):
    replace(bundle, "frontend.npz", content)
    assert refusal(bundle, "frontend.npz").startswith("not readable: ")


def test_half_the_matrices_are_refused(bundle):
    content = (bundle / "frontend.npz").read_bytes()
    replace(bundle, "frontend.npz", content[: len(content) // 2])
    assert refusal(bundle, "frontend.npz").startswith("not readable: ")


def test_a_single_array_is_not_a_bundle_of_matrices(bundle):
    path = bundle / "window.npy"
    np.save(path, np.ones(512, np.float32))
    replace(bundle, "frontend.npz", path.read_bytes())
    assert refusal(bundle, "frontend.npz").startswith("not readable: ")


def test_pickled_objects_are_never_loaded(bundle):
    replace_matrices(bundle, mel=np.array([{"an": "object"}], dtype=object))
    assert refusal(bundle, "frontend.npz").startswith("not readable: ")


def test_a_missing_matrix_is_named(bundle):
    replace_matrices(bundle, mel=None)
    assert refusal(bundle, "frontend.npz") == "the front end needs a matrix named 'mel'"


def test_matrices_that_do_not_fit_each_other_are_refused(bundle):
    bins = read_card(bundle).frontend.fft // 2 + 1
    replace_matrices(bundle, window=np.ones(1 << 15, np.float32))
    assert refusal(bundle, "frontend.npz") == f"mel matrix for {bins} bins, but the transform gives {(1 << 14) + 1}"


def test_matrices_that_do_not_fit_the_card_are_refused(bundle):
    card = read_card(bundle)
    replace_matrices(bundle, mel=np.ones((card.frontend.bands + 1, card.frontend.fft // 2 + 1), np.float32))
    assert refusal(bundle, "frontend.npz") == (
        "made for frames of 512 samples and 41 numbers, the card says 512 and 40"
    )


def test_a_window_that_does_not_fit_the_network_is_refused(bundle):
    card = read_card(bundle)
    edit(bundle, lambda fields: fields.update(window=card.window + 1))
    assert f"but the card's window of {card.window + 1} frames has" in refusal(bundle, "model.tflite")


def test_labels_that_do_not_fit_the_network_are_refused(bundle):
    edit(bundle, lambda card: card["labels"].append("maybe"))
    assert refusal(bundle, "model.tflite") == "gives 12 scores, but the card names 13 labels"


@pytest.mark.parametrize("name", ["no-such-model", "no/such/folder", "~nobody-of-that-name/model", "x" * 300])
def test_a_name_that_is_not_found_is_told_with_those_that_are(name, shipped):
    with pytest.raises(BundleError) as caught:
        Model(name)
    message = str(caught.value)
    assert "\n" not in message
    assert name in message
    assert "commands" in message


def test_a_folder_that_is_no_bundle_is_refused(tmp_path):
    assert refusal(tmp_path, "card.json").startswith("No such file")


def test_shipped_bundles_are_found_by_name(shipped):
    assert find_bundles()["commands"] == shipped_folder() / "commands"
    assert Model("commands").card.name == "commands"


@pytest.mark.skipif(sys.platform != "linux", reason="$XDG_DATA_HOME moves a user's data on Linux alone")
def test_a_users_bundle_hides_a_shipped_one(bundle, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    assert user_folder() == tmp_path / "home" / "whipbird" / "models"
    assert find_bundles()["commands"].parent == shipped_folder()
    user_folder().mkdir(parents=True)
    edit(bundle, lambda card: card.update(version="my own"))
    bundle.rename(user_folder() / "commands")
    assert Model("commands").card.version == "my own"


@pytest.mark.skipif(sys.platform != "linux", reason="$XDG_DATA_HOME moves a user's data on Linux alone")
def test_a_folder_without_a_card_among_the_users_bundles_is_passed_over(tmp_path, monkeypatch, shipped):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (user_folder() / "commands").mkdir(parents=True)
    assert find_bundles()["commands"].parent == shipped_folder()


def test_a_model_can_be_more_or_less_easily_convinced(bundle):
    def add(card):
        card["operating_points"] = {"strict": {label: {"on": 0.95} for label in card["debounce"]}}

    edit(bundle, add)
    assert {settings.on for settings in Model(str(bundle), "strict").card.debounce.values()} == {0.95}
    assert 0.95 not in {settings.on for settings in Model(str(bundle)).card.debounce.values()}
    with pytest.raises(BundleError, match="commands cannot be 'eager'; it can be balanced, strict"):
        Model(str(bundle), "eager")


def test_a_model_is_loaded_once_until_its_card_changes(bundle, monkeypatch):
    model = shared_model(str(bundle))
    monkeypatch.chdir(bundle.parent)
    assert shared_model(f"./{bundle.name}") is model
    edit(bundle, lambda card: card.update(version="9.9"))
    changed = shared_model(str(bundle))
    assert (changed.card.version, changed is model) == ("9.9", False)
    assert shared_model(str(bundle)) is changed


def test_a_bundle_without_a_card_is_refused_where_models_are_shared(bundle):
    (bundle / "card.json").unlink()
    with pytest.raises(BundleError, match=r"card\.json: No such file"):
        shared_model(str(bundle))
