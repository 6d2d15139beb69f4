"""``whipbird models``: the installed models."""

import shutil

from command_line import as_objects, whipbird_here
from whipbird.cli.options import complete_models
from whipbird.importers.workplace import LOCK


def test_models_lists_what_is_installed_and_where_to_put_more(shipped, home):
    result = whipbird_here("models")
    assert result.returncode == 0
    assert "commands" in result.stdout
    assert "--model FOLDER" in result.stdout
    assert "whipbird models add birdnet" in result.stdout
    (listed, *_) = as_objects(whipbird_here("models", "--json").stdout)
    assert listed["card"]["labels"]


def test_thousands_of_labels_are_only_counted(owls):
    shown = whipbird_here("models").stdout
    assert "50 labels" in shown
    assert "owl 1" not in shown


def test_names_of_models_are_completed(owls):
    assert {"owls", "commands"} <= set(complete_models())


def test_what_a_killed_process_left_is_removed(owls):
    left = owls.with_name(".birds.partial")
    shutil.copytree(owls, left / "new")
    (left / LOCK).touch()
    assert ".birds" not in whipbird_here("models").stdout
    assert [path.name for path in owls.parent.iterdir()] == ["owls"]
