"""The page of all commands, made from the command line."""

import pytest

from command_reference import all_commands, commands_page


@pytest.fixture(scope="module")
def page():
    return commands_page()


def test_groups_have_their_commands():
    names = [name for name, _, _ in all_commands()]
    assert names[0] == "whipbird"
    assert {"whipbird listen", "whipbird models", "whipbird models add", "whipbird train custom"} <= set(names)


def test_options_have_their_values_defaults_and_bounds(page):
    assert "| `--speed FACTOR` | Playback speed: 1 is real time, any factor, or `max`. Default: `1`. |" in page
    assert "How probable a species must be at the place. Default: `0.03`. 0 to 1. |" in page
    assert "| Number of channels of raw samples. At least 1. |" in page


def test_options_are_in_their_panels(page):
    assert page.index("**Clips of each event**") < page.index("`--clip-before SECONDS`")


def test_what_would_end_a_cell_is_escaped(page):
    assert "| `ADDRESS\\|-` |" in page


def test_examples_come_before_options_and_exit_codes_after_them(page):
    part = page.partition("## whipbird status\n")[2].partition("\n## ")[0]
    parts = [part.index(text) for text in ("Show the state", "```bash", "**Options**", "**Exit codes:** 0 healthy")]
    assert parts == sorted(parts)


def test_examples_are_commands_without_markup(page):
    assert "```bash\nwhipbird monitor --example > station.toml\n" in page
    assert "[bold]" not in page
