"""``whipbird models``: the installed models."""

import shutil

from command_line import as_objects, whipbird_here


def test_models_lists_what_is_installed_and_where_to_put_more(shipped, tmp_path):
    result = whipbird_here("models", env={"XDG_DATA_HOME": str(tmp_path)})
    assert result.returncode == 0
    assert "commands" in result.stdout
    assert "--model FOLDER" in result.stdout
    (listed, *_) = as_objects(whipbird_here("models", "--json").stdout)
    assert listed["card"]["labels"]


def test_of_thousands_of_labels_the_number_is_shown(many, tmp_path):
    folder = tmp_path / "whipbird" / "models" / "many"
    shutil.copytree(many, folder)
    result = whipbird_here("models", env={"XDG_DATA_HOME": str(tmp_path)})
    assert "6,522 labels" in result.stdout
    assert "Strix" not in result.stdout
