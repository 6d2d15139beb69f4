"""The page in real browsers: how quickly its first view comes, and a station that loses nothing while browsers watch.

A station hears four feeds on this computer, each with spoken commands in noise. Two browsers (Chromium without a
window) watch its page for ``--minutes``; one of them also listens to a feed. At the end, the station must have heard
all of the time that passed, and written everything. Everything runs on the same cores, and browsers draw in software.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import Measure, Unavailable, finish, run
from benchmarks.monitored import Monitored
from benchmarks.programme import spoken_minute
from feed_servers import LiveSound, Station

RATE_HZ = 16_000
FEEDS = ("garden", "pond", "barn", "roof")
VIEWS = 7  # of which the quickest and the median count
FIRST_VIEW_S, FIRST_VIEW_KB = 0.5, 100.0
OPTIONS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
SETTLED_S = 20.0
LOOK_S = 30.0
PATIENCE_MS = 120_000.0
TIMING = """() => {
  const own = performance.getEntriesByType("navigation")[0];
  const paints = performance.getEntriesByName("first-contentful-paint");
  const sizes = [own, ...performance.getEntriesByType("resource")].map((one) => one.transferSize);
  return {
    loaded: own.loadEventEnd,
    painted: paints.length ? paints[0].startTime : own.loadEventEnd,
    bytes: sizes.reduce((sum, one) => sum + one, 0),
  };
}"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page_browsers", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    minutes = parser.parse_args().minutes
    path = shutil.which("chromium")
    if path is None:
        raise Unavailable("needs chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise Unavailable("needs playwright") from error
    with (
        tempfile.TemporaryDirectory() as name,
        feeds() as addresses,
        Monitored(settings(Path(name), addresses)) as station,
        sync_playwright() as playwright,
    ):
        address = served(station)
        browsers = [playwright.chromium.launch(executable_path=path, args=OPTIONS) for _ in range(2)]
        views = [first_view(browsers[0], address) for _ in range(VIEWS)]
        pages, problems = [browser.new_page() for browser in browsers], []
        for page in pages:
            page.on("console", lambda one: problems.append(one.text) if one.type == "error" else None)
            page.on("pageerror", lambda one: problems.append(str(one)))
            page.set_default_timeout(PATIENCE_MS)
            page.goto(address)
        pages[0].locator("[data-listen]").first.click()
        begun_s, first, cpu = time.monotonic(), sums(station), station.look().cpu_s
        while time.monotonic() - begun_s < 60 * minutes:
            pages[0].wait_for_timeout(1000 * LOOK_S)
            pages[1].wait_for_timeout(100)
            station.look()
        passed_s = time.monotonic() - begun_s
        cores = (station.look().cpu_s - cpu) / passed_s
        last = sums(station)
        shown = pages[1].locator("[data-heard]").first.inner_text()
        listeners = pages[1].locator("[data-listeners]").first.inner_text()
        for browser in browsers:
            browser.close()
        state = station.stop()
    loaded, painted, sizes = ([view[key] for view in views] for key in ("loaded", "painted", "bytes"))
    heard_s = (last["heard_s"] - first["heard_s"]) / len(FEEDS)
    measures = [
        Measure("first view, painted, quickest", min(painted) / 1000, "s", FIRST_VIEW_S),
        Measure("first view, painted, median", statistics.median(painted) / 1000, "s"),
        Measure("first view, loaded, median", statistics.median(loaded) / 1000, "s"),
        Measure("first view", max(sizes) / 1000, "kB", FIRST_VIEW_KB),
        Measure("watched", passed_s / 60, "min"),
        Measure("heard of the time that passed", 100 * heard_s / passed_s, "%"),
        Measure("sound lost", sum(one["lost_s"] for one in state["sources"]), "s", 0.0),
        Measure("reports lost", sum(one["lost"] for one in state["outputs"]), "", 0.0),
        Measure("events", sum(one["events"] for one in state["sources"])),
        Measure("errors in the browsers", len(problems), "", 0.0),
        Measure("the station's process", 100 * cores, "% of a core"),
    ]
    finish(
        "page_browsers",
        "the page in two browsers, beside four sources",
        measures,
        problems=problems[:20],
        shown={"heard": shown, "listeners": listeners},
    )


@contextlib.contextmanager
def feeds() -> Iterator[list[str]]:
    """Addresses of feeds that play the same minute, each from another second on."""
    sound = np.rint(spoken_minute(RATE_HZ).sound * 32_767).astype(np.int16)
    with contextlib.ExitStack() as stack:
        servers = [Station(LiveSound(np.roll(sound, 7 * RATE_HZ * n), RATE_HZ)) for n in range(len(FEEDS))]
        yield [stack.enter_context(server).address() for server in servers]


def settings(folder: Path, addresses: list[str]) -> Path:
    """Write the settings of the station."""
    sources = "".join(
        f'[[source]]\nname = "{name}"\nfeed = "{address}"\nmodels = ["commands"]\n'
        for name, address in zip(FEEDS, addresses, strict=True)
    )
    path = folder / "station.toml"
    path.write_text(
        f'station = {{ name = "browsers", state = "{folder / "state"}" }}\n{sources}[outputs]\n'
        f'files = ["heard.sqlite"]\n[outputs.clips]\nfolder = "clips"\nreserve = "0MB"\n'
        '[page]\nlisten = "127.0.0.1:0"\n',
        encoding="utf-8",
    )
    return path


def served(station: Monitored) -> str:
    """The address of the page, when all feeds have been heard for some time."""
    while True:
        station.look()
        found = re.search(r"the page is at (\S+)", station.log)
        sources = station.state().get("sources", [])
        if found and sources and all(one["heard_s"] > SETTLED_S for one in sources):
            return found[1]
        time.sleep(1)


def first_view(browser: Any, address: str) -> dict[str, float]:
    """Milliseconds and bytes of a visit by a browser that has never been there."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address, wait_until="load")
    page.wait_for_timeout(500)
    found: dict[str, float] = page.evaluate(TIMING)
    context.close()
    return found


def sums(station: Monitored) -> dict[str, float]:
    """Sums over all sources."""
    sources = station.state()["sources"]
    return {key: sum(one[key] for one in sources) for key in ("heard_s", "lost_s")}


if __name__ == "__main__":
    run(main)
