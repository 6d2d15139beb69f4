"""Sphinx extension: a page of all commands with their arguments and options, read from the command line itself.

The page that contains `<!-- commands -->` gets them in its place. Typer's own generator (``typer utils docs``) leaves
out the names of groups of commands, and the panels of options.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import typer.main
from rich.text import Text

from whipbird.cli.app import app as command_line
from whipbird.cli.command import EXIT_CODES

__all__ = ["all_commands", "commands_page", "setup"]

PLACE = "<!-- commands -->"
NO_PANEL = "Options"


def all_commands() -> Iterator[tuple[str, Any, Any]]:
    """Each command with its name, such as ``whipbird models add``, and its context."""
    root = typer.main.get_command(command_line)
    yield from _below(root, root.make_context("whipbird", [], resilient_parsing=True))


def _below(command: Any, context: Any) -> Iterator[tuple[str, Any, Any]]:
    yield context.command_path, command, context
    for name in getattr(command, "list_commands", lambda _: [])(context):
        under = command.get_command(context, name)
        yield from _below(under, under.context_class(under, parent=context, info_name=name))


def commands_page() -> str:
    """All commands as Markdown."""
    return "\n\n".join(part for name, command, context in all_commands() for part in _command(name, command, context))


def _command(name: str, command: Any, context: Any) -> Iterator[str]:
    level = "##" if context.parent is None or context.parent.parent is None else "###"
    yield f"{level} {name}"
    yield _markdown(command.summary)
    if command.examples:
        yield _examples(command.examples)
    if command.details:
        yield _markdown(command.details)
    yield "```text\n" + " ".join([name, *command.collect_usage_pieces(context)]) + "\n```"
    panels: dict[str, list[str]] = defaultdict(list)
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is None or parameter.name == "help":
            continue
        is_option = parameter.param_type_name == "option"
        panel = getattr(parameter, "rich_help_panel", None) or (NO_PANEL if is_option else "Arguments")
        panels[panel].append(_row(*record))
    for panel, rows in panels.items():
        yield f"**{panel}**"
        yield "\n".join(["| | |", "|---|---|", *rows])
    if command.exit_codes != EXIT_CODES:
        yield _markdown(command.exit_codes)


def _row(names: str, text: str) -> str:
    text, _, hints = text.rpartition("  [") if text.endswith("]") else (text, "", "")
    sentences = [_markdown(text), *(_hint(hint) for hint in hints.rstrip("]").split("; ") if hint)]
    cells = (cell.replace("|", "\\|") for cell in (f"`{names}`", " ".join(sentences)))
    return f"| {' | '.join(cells)} |"


def _hint(hint: str) -> str:
    """What Typer adds to the help of a parameter, such as ``default: 1`` or ``0<=x<=1``, as a sentence."""
    if hint.startswith("default: "):
        return f"Default: `{hint.removeprefix('default: ')}`."
    if bounds := re.fullmatch(r"(?:(.+)<=)?x(?:<=(.+))?|x>=(.+)", hint):
        low, high, least = bounds.groups()
        return f"At least {least}." if least else f"{low} to {float(high):g}."
    return f"{hint.capitalize()}."


def _examples(examples: list[str]) -> str:
    """Examples as a block of shell commands."""
    return "\n".join(["```bash", *(Text.from_markup(line).plain for line in examples), "```"])


def _markdown(text: str) -> str:
    """Rich's markup as Markdown: what is bold in the terminal is a name or a value."""
    text = re.sub(r"\[bold\](.*?)\[/bold\]", r"`\1`", text)
    text = re.sub(r"`([A-Z][a-z ]+)`:", r"**\1:**", text)  # a heading
    return re.sub(r"(?<![`\w])(--[a-z][a-z-]*\w)(?!`)", r"`\1`", text)


def _read_page(app: Any, name: str, source: list[str]) -> None:
    if PLACE in source[0]:
        source[0] = source[0].replace(PLACE, commands_page())


def setup(app: Any) -> dict[str, bool]:
    app.connect("source-read", _read_page)
    return {"parallel_read_safe": True}
