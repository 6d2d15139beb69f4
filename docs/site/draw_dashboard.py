"""Draw the moving picture of the dashboard: what `make demo` shows, cell by cell, as an animated GIF.

    .venv/bin/python docs/site/draw_dashboard.py            # 18 s, in real time; needs the extra inspect

The dashboard is the real one. It runs beside a replay of the demo at its own speed, and every `FRAME_S` what it
has written is kept. The font is DejaVu Sans Mono, which comes with matplotlib.
"""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont
from rich.ansi import AnsiDecoder
from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import MONOKAI

from whipbird.engine.pipeline import Pipeline
from whipbird.engine.run import run_source
from whipbird.models.model import Model
from whipbird.sessions.dashboard import Dashboard
from whipbird.sessions.session import REFRESH_S
from whipbird.sources.replay import Replay

ROOT = Path(__file__).resolve().parents[2]
WIDTH, HEIGHT = 80, 24  # cells of the screen
CELL = (9, 19)  # pixels
FONT_SIZE = 15
FRAME_S = 0.45
LAST_FRAME_S = 3.0
COLOURS = 32

ROW = re.compile(r"\x1b\[(\d+);1H")  # moves to the start of a row

Cell = tuple[str, Style]
Screen = list[list[Cell]]
Fonts = dict[bool, ImageFont.FreeTypeFont]  # by whether they are bold


class Recorder:
    """Keeps what a dashboard writes to its terminal while a pipeline runs: one text for each frame."""

    def __init__(self) -> None:
        self._file = io.StringIO()
        self.console = Console(
            file=self._file, force_terminal=True, color_system="truecolor", width=WIDTH, height=HEIGHT
        )
        self.dashboard = Dashboard(self.console)
        self.frames: list[str] = []
        self._kept_s = time.monotonic()

    def refresh(self, _: Pipeline) -> None:
        """Draw the dashboard, and start another frame if it is time for one."""
        self.dashboard.refresh()
        if time.monotonic() - self._kept_s >= FRAME_S:
            self._kept_s += FRAME_S
            self.frames.append(self._file.getvalue())
            self._file.seek(0)
            self._file.truncate()


def screens(frames: list[str], console: Console) -> Iterator[Screen]:
    """The screen after each frame."""
    screen: Screen = [[(" ", Style.null())] * WIDTH for _ in range(HEIGHT)]
    for frame in frames:
        _, *written = ROW.split(frame)
        for number, text in zip(written[::2], written[1::2], strict=True):
            screen[int(number) - 1] = [
                (letter, segment.style or Style.null())
                for segment in AnsiDecoder().decode_line(text).render(console)
                for letter in segment.text
            ]
        yield screen


def picture(screen: Screen, fonts: Fonts) -> Image.Image:
    """A screen as a picture; half blocks are rectangles, which fonts draw with seams."""
    width, height = CELL
    image = Image.new("RGB", (WIDTH * width, HEIGHT * height), MONOKAI.background_color)
    draw = ImageDraw.Draw(image)
    for row, cells in enumerate(screen):
        for column, (letter, style) in enumerate(cells):
            ink, paper = colours(style)
            left, top = column * width, row * height
            draw.rectangle((left, top, left + width - 1, top + height - 1), paper)
            if letter == "▀":
                draw.rectangle((left, top, left + width - 1, top + height // 2 - 1), ink)
            elif letter == "█":
                draw.rectangle((left, top, left + width - 1, top + height - 1), ink)
            elif letter != " ":
                draw.text((left, top + 1), letter, ink, fonts[bool(style.bold)])
    return image


def fonts() -> Fonts:
    """DejaVu Sans Mono from matplotlib, plain and bold."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    names = {False: "DejaVuSansMono.ttf", True: "DejaVuSansMono-Bold.ttf"}
    return {bold: ImageFont.truetype(folder / name, FONT_SIZE) for bold, name in names.items()}


def colours(style: Style) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Ink and paper of a cell."""
    ink = triplet(style.color, True)
    paper = triplet(style.bgcolor, False)
    if style.reverse:
        ink, paper = paper, ink
    if style.dim:
        ink = tuple((2 * one + other) // 3 for one, other in zip(ink, paper, strict=True))
    return ink, paper


def triplet(colour: Color | None, is_ink: bool) -> tuple[int, int, int]:
    if colour is None:
        return tuple(MONOKAI.foreground_color if is_ink else MONOKAI.background_color)
    return tuple(colour.get_truecolor(MONOKAI, is_ink))


def main() -> None:
    recorder = Recorder()
    os.chdir(ROOT)
    source = Replay("examples/demo.flac", speed=1.0)
    source.open()
    run_source(
        source,
        [Model("commands")],
        recorder.dashboard.write,
        attach=recorder.dashboard.show,
        poll=recorder.refresh,
        poll_s=REFRESH_S,
    )
    letters = fonts()
    pictures = [picture(screen, letters) for screen in screens(recorder.frames, recorder.console)]
    palette = pictures[len(pictures) // 2].quantize(COLOURS)
    frames = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in pictures]
    durations = [round(1000 * FRAME_S)] * (len(frames) - 1) + [round(1000 * LAST_FRAME_S)]
    path = ROOT / "docs" / "dashboard.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True)
    print(f"{path}: {len(frames)} frames, {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
