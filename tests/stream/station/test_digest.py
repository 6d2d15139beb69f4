"""Digests: due once, also after a pause, with what was heard and a picture."""

import base64
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hook_server import serving
from made_forest import ZONE, make_forest
from waiting import wait_until
from whipbird.errors import OutputError
from whipbird.sinks.publisher import Publisher
from whipbird.station.alerts import Alerts, tell_digest
from whipbird.station.digest import MEMORY, Contents, Digests, latest
from whipbird.station.report_hub import ReportHub
from whipbird.station.settings.digest import DigestSettings
from whipbird.station.settings.read import SettingsError, read_settings
from whipbird.station.settings.schema import StationFile

TO = "json://127.0.0.1:9/"
SYDNEY = ZoneInfo("Australia/Sydney")
SUNDAY = datetime(2026, 5, 3, 7, tzinfo=ZONE)


@pytest.fixture(scope="module")
def forest(tmp_path_factory):
    return make_forest(tmp_path_factory.mktemp("digest"), days=2, every_h=3)


def made(folder, **settings):
    digest = DigestSettings(name="morning", to=[TO], **settings)
    return Digests([digest], Contents(folder / "none.sqlite", "Tallowwood", "en"), ZONE, folder)


def test_a_digest_is_due_once_a_day(tmp_path):
    digests = made(tmp_path)
    assert digests.due(SUNDAY - timedelta(minutes=1)) == []
    ((name, one),) = digests.due(SUNDAY)
    assert (name, one.id) == ("morning", "digest-morning-2026-05-03T07:00")
    assert (one.begin, one.end) == (SUNDAY - timedelta(days=1), SUNDAY)
    assert digests.due(SUNDAY + timedelta(hours=23)) == []
    assert len(digests.due(SUNDAY + timedelta(hours=25))) == 1


def test_after_a_pause_the_latest_digest_is_sent_once(tmp_path):
    made(tmp_path).due(SUNDAY)
    ((_, one),) = made(tmp_path).due(SUNDAY + timedelta(days=3, hours=5))
    assert one.end == SUNDAY + timedelta(days=3)
    assert made(tmp_path).due(SUNDAY + timedelta(days=3, hours=6)) == []


def test_a_week_ends_on_monday(tmp_path):
    digests = made(tmp_path, every="week", at="21:30")
    assert digests.due(SUNDAY) == []
    assert digests.due(SUNDAY + timedelta(hours=38)) == []
    ((_, one),) = digests.due(SUNDAY + timedelta(hours=39))
    assert f"{one.end:%A %H:%M}" == "Monday 21:30"
    assert one.end - one.begin == timedelta(weeks=1)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"morning": "soon"}', '{"morning": 3}', "\0"])
def test_a_damaged_memory_is_begun_anew(tmp_path, content):
    (tmp_path / MEMORY).write_text(content)
    assert made(tmp_path).due(SUNDAY) == []


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.sampled_from([UTC, SYDNEY])),
    st.sampled_from(["day", "week"]),
    st.times(),
)
def test_the_latest_is_never_later_and_at_most_one_length_ago(now, every, at):
    settings = DigestSettings(name="a", to=[TO], every=every, at=f"{at:%H:%M}")
    found = latest(settings, now, SYDNEY)
    assert found <= now
    assert now - found <= settings.length + timedelta(hours=1)  # when clocks go back


def test_it_says_what_was_heard(forest):
    contents = Contents(forest, "Tallowwood", "en")
    since, until = (datetime(2026, 5, 2, hour, tzinfo=ZONE) for hour in (0, 12))
    assert contents.title(since, until) == "Tallowwood: 02 May 2026"
    first, *_, _, last = contents.text(since, until).splitlines()
    assert first.partition(": ")[2].isdigit()
    assert last == "Since 02 May, 00:00; listened 0.1 h, lost 0.0 h."
    empty = contents.text(since - timedelta(days=9), since - timedelta(days=8))
    assert empty.startswith("Nothing was heard.\n")


def station(forest, address):
    source = {"name": "microphone", "microphone": "default", "models": ["commands"]}
    digest = {"name": "morning", "to": [address], "at": "07:00"}
    return StationFile.model_validate(
        {
            "station": {"time_zone": "Australia/Brisbane"},
            "source": [source],
            "digest": [digest],
            "outputs": {"files": [str(forest)]},
        }
    )


def test_a_service_gets_the_digest_with_its_picture(forest, tmp_path):
    from PIL import Image

    pytest.importorskip("apprise")
    pytest.importorskip("matplotlib")
    screen = Publisher([], live=True)
    hub = ReportHub(screen, tmp_path / "spool", "Tallowwood")
    with serving() as server:
        settings = station(forest, server.address.replace("http://", "json://"))
        alerts = Alerts.of(settings, [], [], "Tallowwood", tmp_path)
        hub.update(settings.outputs.model_copy(update={"files": []}), alerts)
        hub.tick()
        assert alerts.digests.due(SUNDAY) == []  # the first is due after the first start
        (tmp_path / MEMORY).write_text('{"morning": "2026-05-02T00:00:00+00:00"}')
        alerts = Alerts.of(settings, [], [], "Tallowwood", tmp_path)
        ((name, one),) = alerts.digests.due(SUNDAY)
        hub._outputs[alerts.keys["digest", name]].publish(one)
        wait_until(lambda: server.requests)
        body = server.requests[-1][2]
        hub.close()
    screen.close()
    assert body["title"] == "Tallowwood: 02 May 2026"
    assert "listened 0.1 h" in body["message"]
    (attached,) = body["attachments"]
    assert Image.open(io.BytesIO(base64.b64decode(attached["base64"]))).format == "PNG"


def test_a_digest_is_tried(forest):
    pytest.importorskip("apprise")
    with serving() as server:
        settings = station(forest, server.address.replace("http://", "json://"))
        assert tell_digest(settings.digest[0], settings)
        assert server.requests[-1][2]["message"].startswith("Nothing was heard.")
        server.answers = [500]
        assert not tell_digest(settings.digest[0], settings)
    (lost,) = settings.digest
    with pytest.raises(OutputError):
        tell_digest(lost.model_copy(update={"to": ["nothing"]}), settings)


@pytest.mark.parametrize(
    ("digest", "outputs", "reason"),
    [
        ('name = "a"\nto = "json://x"\nat = "25:00"', 'files = ["a.sqlite"]', "at: must be a time of day"),
        ('name = "a"\nto = "json://x"\nevery = "hour"', 'files = ["a.sqlite"]', "every: "),
        ('name = "a"', 'files = ["a.sqlite"]', "to: give addresses"),
        ('name = "a"\nto = "json://x"', 'files = ["a.csv"]', "add one to files in [outputs]"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path, digest, outputs, reason):
    path = tmp_path / "station.toml"
    source = '[[source]]\nname = "m"\nmicrophone = "default"\nmodels = ["commands"]\n'
    path.write_text(f"{source}[[digest]]\n{digest}\n[outputs]\n{outputs}\n")
    with pytest.raises(SettingsError) as caught:
        read_settings(path)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
