"""Settings in the pages are valid."""

import pytest

from command_line import ROOT
from pages import FENCED, text_of
from whipbird.station.settings.read import read_settings

BLOCKS = [
    (page, block)
    for page in ("tutorial-station.md", "models.md", "birds.md")
    for language, block in FENCED.findall(text_of(ROOT / "docs" / page))
    if language == "toml"
]
SOURCE = '\n[[source]]\nname = "porch"\nmicrophone = "default"\nmodels = ["birdnet"]\n'


@pytest.mark.parametrize(("page", "block"), BLOCKS, ids=[page for page, _ in BLOCKS])
def test_settings_in_a_page(page, block, tmp_path):
    (tmp_path / "lists").mkdir()
    for name in ("rare.txt", "garden.txt"):
        (tmp_path / "lists" / name).write_text("Strix aluco\n", encoding="utf-8")
    path = tmp_path / "station.toml"
    path.write_text(block + ("" if "[[source]]" in block else SOURCE), encoding="utf-8")
    assert [source.models for source in read_settings(path).source] == [["birdnet"]]
