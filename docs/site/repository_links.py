"""Links between pages and files of the repository: they work on the site as they do in the repository.

Some files outside `docs` are pages of the site too: `MIRRORED` names the page that shows each of them. In `docs`, that
page is only a pointer to the file.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["MIRRORED", "at_docs"]

MIRRORED = {
    "benchmarks": "benchmarks/README.md",
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
    "security": "SECURITY.md",
    "training": "train/README.md",
}

PAGES = {path: f"{name}.md" for name, path in MIRRORED.items()} | {"README.md": "index.md"}
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)")


def at_docs(text: str, folder: Path, docs: Path) -> str:
    """Text of a page, with the links of a file in `folder` made links of a page in `docs`.

    Folders and files that are not in the repository cannot be shown: their links become plain text.
    """

    def link(match: re.Match[str]) -> str:
        words, target, place = match[1], match[2], match[3] or ""
        path = (folder / target).resolve()
        inside = os.path.relpath(path, docs.parent)
        if inside in PAGES:
            return f"[{words}]({PAGES[inside]}{place})"
        if not path.is_file():
            return words
        return f"[{words}]({os.path.relpath(path, docs)}{place})"

    return LINK.sub(link, text)
