"""``whipbird models update``: what is newer than the models that are installed."""

from command_line import as_objects, whipbird_here
from spoilt_bundles import edit
from whipbird.importers import birdnet


def update(*arguments):
    return whipbird_here("models", "update", *arguments)


def install(folder, **changes):
    """Install a card like BirdNET's; its files are never looked at."""
    fields = birdnet.birdnet_card(["Strix aluco"], "FP32") | {"sha256": birdnet.BUNDLE_SHA256} | changes
    folder.mkdir(parents=True)
    (folder / "card.json").write_text("{}")
    edit(folder, lambda card: card.update(fields))


def test_without_models_there_is_nothing_to_update(home):
    assert "you have no models of your own" in update().stdout


def test_a_current_model_needs_nothing(home):
    install(home / "birdnet")
    assert update().stdout.splitlines()[1].split() == ["birdnet", "2.4", "2.4", "nothing"]


def test_what_is_newer_and_what_becomes_of_thresholds_is_said(home):
    install(home / "birdnet", version="2.3", hop_s=3.0, sha256=birdnet.BUNDLE_SHA256 | {"names.csv": "0"})
    install(home / "mine", name="mine")
    shown = " ".join(update().stdout.split())
    assert "birdnet 2.3 2.4 names.csv, settings in the card (hop_s)" in shown
    assert "mine 2.4 not known: your own model" in shown
    assert "To update: whipbird models add birdnet --replace" in shown
    assert "keeps thresholds in station.toml and on the command line" in shown
    known, own = as_objects(update("--json").stdout)
    assert (known["newer"], known["files"], known["settings"]) == (True, ["names.csv"], ["hop_s"])
    assert (own["newer"], own["known"]) == (False, None)


def test_a_broken_card_is_one_line_and_the_others_follow(home):
    install(home / "birdnet")
    install(home / "broken", hop_s=-1)
    result = update()
    assert result.stderr.count("\n") == 1
    assert "birdnet" in result.stdout
