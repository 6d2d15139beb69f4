"""The documentation site builds without a warning, and its pages need no other server."""

import re
import subprocess
import sys

import pytest

from command_line import ROOT

pytest.importorskip("sphinx", reason="the extra docs is not installed")

FETCHED = re.compile(r"<(?:script|img|link|iframe|source)\b[^>]*\b(?:src|href)=\"((?:https?:)?//[^\"]*)\"")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going"]
    done = subprocess.run([*words, str(ROOT / "docs"), str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_built(site):
    assert {page.stem for page in (ROOT / "docs").glob("*.md")} <= {page.stem for page in site.glob("*.html")}


def test_pages_request_nothing_from_other_servers(site):
    for page in site.glob("*.html"):
        assert FETCHED.findall(page.read_text(encoding="utf-8")) == [], page.name
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//|@import", sheet.read_text(encoding="utf-8")), sheet.name


def test_the_reference_has_every_command(site):
    from command_reference import all_commands

    page = (site / "command-line.html").read_text(encoding="utf-8")
    for name, _, _ in all_commands():
        assert f">{name}<" in page


def test_pages_that_mirror_a_file_show_it(site):
    assert "How recordings become the bundles" in (site / "training.html").read_text(encoding="utf-8")
