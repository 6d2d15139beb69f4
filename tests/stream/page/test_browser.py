"""The page in a real browser: playing, endless lists, reviewing by keys and by touch, and what is live."""

import os
import shutil
import threading
from dataclasses import asdict

import numpy as np
import pytest

from made_forest import make_forest
from page_visitors import PASSWORD, Visit
from waiting import wait_until
from whipbird.audio.ring import Ring
from whipbird.page.listening import ListenState, LiveSounds
from whipbird.page.live import LiveHub
from whipbird.page.server import PageServer
from whipbird.sources.base import RunningSource, Source

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed (extra 'page')")

CHROMIUM = os.environ.get("WHIPBIRD_CHROMIUM") or shutil.which("chromium")
OPTIONS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]
RATE_HZ = 16_000
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; apt-get install chromium")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as own:
        browser = own.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_forest(tmp_path_factory.mktemp("browser"), days=1)


@pytest.fixture
def served(made, state, tmp_path):
    """Address of a page over a database of its own."""
    database = shutil.copy(made, tmp_path / "forest.sqlite")
    server = PageServer(Visit(tmp_path / os.path.basename(database), state, listen="127.0.0.1:0").page)
    yield server.address
    server.close()


@pytest.fixture
def screen(browser, served):
    """Opens screens of some width; nothing may go wrong in them, and nothing may come from elsewhere."""
    contexts, wrong = [], []

    def opened(path="", width=1280, address=served, **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, locale="en", **options)
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(address) else wrong.append(request.url))
        page.goto(f"{address}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def until(page, expression):
    """Wait for something; the page forbids what Playwright does to wait."""
    wait_until(lambda: page.evaluate(expression))


def sign_in(page, served):
    page.goto(f"{served}login")
    page.fill("input[type=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_selector("text=Sign out")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(
    "path", ["events", "events/1", "day", "labels", "label?name=Pied+Currawong", "station", "login"]
)
def test_no_screen_is_wider_than_the_window(screen, width, path):
    page = screen(path, width)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("h1").count() == 1


def test_a_tap_plays_the_clip_under_its_spectrogram(screen):
    page = screen("events", 360)
    page.locator("[data-play]").first.click()
    until(page, "document.querySelector('.event audio')?.currentTime > 0.2")
    until(page, "document.querySelector('.cursor').getAttribute('x1') > 10")
    assert page.evaluate("document.querySelector('.event .player img').naturalWidth") == 900
    page.locator("[data-play]").nth(1).click()
    until(page, "document.querySelectorAll('.event .player').length === 1")


def test_the_list_goes_on_when_its_end_comes_near(screen):
    page = screen("events?limit=20")

    def scrolled_to_the_end():
        page.mouse.wheel(0, 20_000)  # each time again: the list goes on as often as its end comes into view
        return not page.locator(".more").count()

    wait_until(scrolled_to_the_end)
    numbers = page.eval_on_selector_all(".event", "rows => rows.map((row) => row.dataset.number)")
    assert len(numbers) == len(set(numbers)) > 60
    days = page.eval_on_selector_all(".group", "parts => parts.map((part) => part.dataset.day)")
    assert days == ["2026-05-02"]


def test_twenty_events_are_reviewed_by_keys_and_taken_back(screen, served):
    page = screen("events")
    sign_in(page, served)
    page.goto(f"{served}review?label=Pied+Currawong")
    seen = [page.locator("[data-review]").get_attribute("data-review")]
    for number in range(20):
        page.keyboard.press("ynu"[number % 3])
        until(page, f"document.querySelector('[data-review]')?.dataset.review !== '{seen[-1]}'")
        seen.append(page.locator("[data-review]").get_attribute("data-review"))
    assert len(set(seen)) == 21
    page.keyboard.press("z")
    until(page, f"document.querySelector('[data-review]')?.dataset.review === '{seen[-2]}'")
    page.goto(f"{served}events?verdict=no")
    assert page.locator(".event").count() == 6  # of seven, one was taken back


def test_a_swipe_answers(screen, served):
    page = screen("events", 390, has_touch=True, is_mobile=True)
    sign_in(page, served)
    page.goto(f"{served}review?label=Pied+Currawong")
    first = page.locator("[data-review]").get_attribute("data-review")
    page.evaluate("""() => {
      const card = document.querySelector("[data-review] h2");
      const touch = (x) => new Touch({ identifier: 1, target: card, clientX: x, clientY: 200 });
      const send = (name, touches, changedTouches) =>
        card.dispatchEvent(new TouchEvent(name, { bubbles: true, touches, changedTouches }));
      send("touchstart", [touch(50)], [touch(50)]);
      send("touchend", [], [touch(250)]);
    }""")
    until(page, f"document.querySelector('[data-review]').dataset.review !== '{first}'")
    page.goto(f"{served}events/{first}")
    assert page.locator("h1 .chip").inner_text() == "confirmed"


def test_everything_can_be_reached_by_keyboard(screen):
    page = screen("events")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_events_can_be_read_without_javascript(screen):
    page = screen("events?limit=20", java_script_enabled=False)
    page.click("text=Earlier events")
    assert page.locator(".event").count() == 20
    page.locator(".event .what").first.click()
    assert page.locator("audio").count() == 1


@pytest.fixture
def live(made, state):
    """The page of a station with one source, and the ring of that."""
    sounds = LiveSounds()
    health = [{"name": "porch", "state": "listening", "heard_s": 3.0, "lost_s": 0.0, **asdict(ListenState())}]
    hub = LiveHub(lambda: [one | asdict(sounds.states()["porch"]) for one in health])
    ring = Ring(10 * RATE_HZ, 1)
    visit = Visit(made, state, listen="127.0.0.1:0")
    visit.page.live, visit.page.listening, visit.page.state = hub, sounds, lambda: {"sources": health}
    for one in (hub, sounds):
        one.attach(RunningSource(Source("porch", True, RATE_HZ, 1), ring, lambda: ring.position))
    server = PageServer(visit.page)
    yield server.address, ring
    server.close()
    hub.close()
    sounds.close()


def tone(seconds):
    wave = 0.5 * np.sin(2 * np.pi * 2000 * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)
    return wave.astype(np.float32)[:, None]


def test_live_sound_is_drawn(screen, live):
    address, ring = live
    ring.write(tone(2))
    page = screen("", 1280, address)
    until(page, "document.querySelector('[data-decibels]').textContent === '-9 dB'")
    until(
        page,
        """() => {
      const canvas = document.querySelector("canvas"), x = canvas.width - 10;
      const column = canvas.getContext("2d").getImageData(x, 0, 1, canvas.height).data;
      return new Set([...column].filter((_, i) => i % 4 === 0)).size > 3;
    }""",
    )
    page.close()


def test_live_sound_is_played_until_it_is_stopped(screen, live):
    address, ring = live
    stop = threading.Event()

    def fill():
        while not stop.wait(0.25):
            ring.write(tone(0.25))

    filler = threading.Thread(target=fill)
    filler.start()
    try:
        page = screen("", 360, address)
        page.click("[data-listen]")
        until(page, "document.querySelector('[data-listen]').getAttribute('aria-pressed') === 'true'")
        until(page, "document.querySelector('[data-listening]').textContent === ''")
        until(page, "document.querySelector('[data-listeners]').textContent === '1 listener'")
        page.click("[data-listen]")
        until(page, "document.querySelector('[data-listeners]').textContent === ''")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.close()
    finally:
        stop.set()
        filler.join()
