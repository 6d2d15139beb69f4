"""Every command in the pages exists, with the options that it is given there."""

import re
import shlex

import pytest

from command_line import ROOT
from command_reference import all_commands
from pages import PAGES, code_lines, inline_code

COMMAND = re.compile(r"(?:^|[\s|(])(?:\.venv/bin/)?whipbird (?=[a-z-])(.*)")
ENDS = {"|", ">", "&", "&&", ";", ">>"}
MAKE = re.compile(r"(?:^|`)make ([a-z]+)")


@pytest.fixture(scope="module")
def options():
    """The options of each command, by the words of its name."""
    return {
        tuple(name.split()[1:]): {option for parameter in command.get_params(context) for option in parameter.opts}
        | {option for parameter in command.get_params(context) for option in parameter.secondary_opts}
        for name, command, context in all_commands()
    }


def commands_in(page):
    """The words after ``whipbird`` of each command, without comments."""
    for line in [*code_lines(page), *inline_code(page)]:
        for found in COMMAND.findall(line):
            words = shlex.split(found, comments=True)
            yield words[: next((number for number, word in enumerate(words) if word in ENDS), len(words))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_their_options_exist(page, options):
    for words in commands_in(page):
        name = next(name for length in (2, 1, 0) if (name := tuple(words[:length])) in options)
        assert name or words[0].startswith("-"), f"whipbird {words[0]} does not exist"
        given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert given <= options[name], f"whipbird {' '.join(words)}: unknown {given - options[name]}"


def test_there_are_commands_to_check():
    assert sum(len(list(commands_in(page))) for page in PAGES) > 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_targets_of_make_and_extras_exist(page):
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    lines = [*code_lines(page), *inline_code(page)]
    assert {target for line in lines for target in MAKE.findall(line)} <= set(targets)
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for line in lines:
        for extras in re.findall(r"EXTRAS=([a-z,]+)", line):
            assert all(f"\n{extra} = [" in settings for extra in extras.split(",")), line
