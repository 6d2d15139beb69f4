"""Links between files of the repository lead to files and headings that are there."""

import re

import pytest

from command_line import ROOT
from pages import FENCED, PAGES, text_of

FILES = [*PAGES, ROOT / "CHANGELOG.md", ROOT / "SECURITY.md"]
LINK = re.compile(r"\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]+))?\)")


def anchors(text):
    """The anchors of the headings, as GitHub and the site make them."""
    titles = re.findall(r"^#+ (.*)", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", FILES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target, anchor in LINK.findall(text_of(page)):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(text_of(file)), f"{target}#{anchor}"


def test_every_page_is_in_the_contents():
    contents = re.findall(r"^([a-z-]+)$", text_of(ROOT / "docs" / "index.md"), re.MULTILINE)
    assert sorted(contents) == sorted(page.stem for page in (ROOT / "docs").glob("*.md") if page.stem != "index")
