"""The moving picture: what is written to a terminal becomes cells, and cells become pixels."""

import pytest
from rich.console import Console

pytest.importorskip("PIL")
pytest.importorskip("matplotlib")

from draw_dashboard import CELL, HEIGHT, WIDTH, fonts, picture, screens

RED, BLUE = "\x1b[38;2;255;0;0m", "\x1b[48;2;0;0;255m"
ROW = f"{RED}{BLUE}▀\x1b[0m" + " " * (WIDTH - 1)


@pytest.fixture
def console():
    return Console(width=WIDTH, height=HEIGHT, color_system="truecolor")


def test_rows_stay_until_they_are_written_again(console):
    frames = [f"\x1b[1;1H{'one':<{WIDTH}}\x1b[3;1H{'three':<{WIDTH}}", f"\x1b[1;1H{'new':<{WIDTH}}"]
    shown = ["".join(letter for cells in screen for letter, _ in cells).split() for screen in screens(frames, console)]
    assert shown == [["one", "three"], ["new", "three"]]


def test_a_half_block_has_both_colours(console):
    (screen,) = screens([f"\x1b[2;1H{ROW}"], console)
    image = picture(screen, fonts())
    width, height = CELL
    assert image.size == (WIDTH * width, HEIGHT * height)
    assert image.getpixel((0, height)) == (255, 0, 0)
    assert image.getpixel((0, 2 * height - 1)) == (0, 0, 255)
