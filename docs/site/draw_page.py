"""Draw the picture of the page: a synthetic forest, on a phone and on a wide screen, as one PNG.

    .venv/bin/python docs/site/draw_page.py            # needs the extra page, Playwright and Chromium

The page is the real one, over recordings and a database that ``tests/helpers/made_forest.py`` makes.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from made_forest import make_forest  # noqa: E402
from whipbird.page.events import EventFilter  # noqa: E402
from whipbird.page.observations import Observations  # noqa: E402
from whipbird.page.opening import open_page  # noqa: E402
from whipbird.page.server import PageServer  # noqa: E402
from whipbird.page.settings import PageSettings  # noqa: E402

PHONE, WIDE = (390, 760), (1180, 760)
GAP = 24
GROUND = (216, 218, 210)
LABEL = "Eastern Whipbird"


def shot(browser: Browser, address: str, size: tuple[int, int], scheme: str) -> Image.Image:
    """A picture of one screen."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, locale="en", device_scale_factor=1
    )
    screen = context.new_page()
    screen.goto(address)
    screen.wait_for_timeout(2000)
    picture = Image.open(io.BytesIO(screen.screenshot()))
    context.close()
    return picture.convert("RGB")


def draw(path: Path) -> None:
    """Draw the picture into a file."""
    with tempfile.TemporaryDirectory() as folder:
        data = Observations(make_forest(Path(folder), days=2))
        settings = PageSettings(listen="127.0.0.1:0")
        server = PageServer(open_page(data, None, settings, Path(folder) / "state", data.title))
        with data.look() as look:
            (event,) = look.events(EventFilter(label=LABEL), None, 1).events
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            shots = [
                shot(browser, f"{server.address}day", WIDE, "light"),
                shot(browser, f"{server.address}events/{event.number}", PHONE, "dark"),
            ]
            browser.close()
        server.close()
    width = sum(one.width for one in shots) + GAP * (len(shots) + 1)
    sheet = Image.new("RGB", (width, WIDE[1] + 2 * GAP), GROUND)
    left = GAP
    for one in shots:
        sheet.paste(one, (left, GAP))
        left += one.width + GAP
    sheet.quantize(96).save(path, optimize=True)


if __name__ == "__main__":
    draw(ROOT / "docs" / "page.png")
