"""``whipbird models``: the installed models."""

from command_line import as_objects, whipbird_here


def test_models_lists_what_is_installed_and_where_to_put_more(shipped, tmp_path):
    result = whipbird_here("models", env={"XDG_DATA_HOME": str(tmp_path)})
    assert result.returncode == 0
    assert "commands" in result.stdout
    assert "--model FOLDER" in result.stdout
    (listed, *_) = as_objects(whipbird_here("models", "--json").stdout)
    assert listed["card"]["labels"]
