"""The pages for people: README, the documentation and the other pages of the repository, and the code in them."""

import re

from command_line import ROOT

PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "train/README.md", "benchmarks/README.md")),
        *(ROOT / "docs").glob("*.md"),
    ]
)

FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def text_of(page):
    return page.read_text(encoding="utf-8")


def code_lines(page):
    """Lines that are typed into a shell: indented blocks, and fenced ones of the language ``bash``."""
    text = text_of(page)
    for language, block in FENCED.findall(text):
        if language == "bash":
            yield from block.replace("\\\n", " ").splitlines()
    for line in FENCED.sub("", text).splitlines():
        if line.startswith("    "):
            yield line.strip()


def inline_code(page):
    """What is between backquotes within the text; line breaks count as spaces."""
    text = FENCED.sub("", text_of(page))
    text = "\n".join(line for line in text.splitlines() if not line.startswith("    "))
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", text)]


def names_in(cell):
    """The names between backquotes in the cell of a table."""
    return re.findall(r"`([^`]+)`", cell)


def table_rows(text):
    """The rows of all tables in a text: lists of cells."""
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("| ")
    ]
