"""Stations as processes: failing sources next to working ones, signals, and the totals of each source."""

import csv
import json
import os
import shutil
import signal
import sys
from datetime import datetime

import pytest

from command_line import LIMIT_S
from databases import rows
from feed_servers import LiveCounter, Station
from stations import Manager, Running, feed, folder
from waiting import wait_until
from whipbird.errors import error_text
from whipbird.station import run

pytest.importorskip("av")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are not the same there")


@pytest.fixture
def server():
    with Station(LiveCounter()) as station:
        yield station


def test_a_feed_that_dies_does_not_disturb_the_others(server, demo, tmp_path):
    (tmp_path / "card").mkdir()
    with Station(LiveCounter()) as other:
        text = feed("creek", server.address()) + feed("pond", other.address()) + folder(tmp_path / "card")
        text += f'[outputs]\nfiles = ["{tmp_path}/heard.sqlite"]\n'
        with Running(tmp_path, text) as station:
            wait_until(station.is_in("creek", "listening"))
            wait_until(station.is_in("pond", "listening"))
            server.stop()
            wait_until(station.is_in("creek", "away"))
            assert station.status()[0] == 1
            shutil.copy(demo, tmp_path / "card" / "a.flac")
            wait_until(lambda: len(station.events()) > 5)
            server.start()
            wait_until(station.is_in("creek", "listening"))
            wait_until(lambda: station.source("card").get("heard_s", 0) > 10)
            assert station.end() == 0
            creek, pond, card = (station.source(name) for name in ("creek", "pond", "card"))
    assert creek["lost_s"] > 0.5
    assert pond["lost_s"] == pond["outages"] == 0
    for one in (creek, pond):
        assert one["heard_s"] + one["lost_s"] == pytest.approx(one["elapsed_s"], abs=0.01)
    assert card["events"] == len(station.events(str(tmp_path / "card" / "a.flac")))
    database = tmp_path / "heard.sqlite"
    joined = "SELECT sum(lost_s) FROM recordings JOIN sources ON sources.id = source_id WHERE sources.name = 'creek'"
    assert rows(database, joined) == [(pytest.approx(creek["lost_s"], abs=0.01),)]
    assert rows(database, "SELECT min(finished) FROM recordings") == [(1,)]


def test_a_feed_that_refuses_at_first_counts_as_lost_until_it_connects(tmp_path):
    server = Station(LiveCounter())
    server.stop()
    with Running(tmp_path, feed("creek", server.address())) as station:
        wait_until(lambda: "trying again until it is back" in station.log)
        wait_until(station.is_in("creek", "away"))
        server.start()
        wait_until(station.is_in("creek", "listening"))
        assert station.status()[0] == 0
        station.end()
        creek = station.source("creek")
        server.stop()
    assert station.log.count("trying again") == 1
    assert station.log.count("creek: is back") == 1
    gap = next(one for one in station.out if "gap" in one)
    assert (gap["source"], gap["gap"]["begin_s"], gap["gap"]["reason"]) == ("creek", 0, "not there")
    assert gap["time"]
    lost_s = sum(one["gap"]["end_s"] - one["gap"]["begin_s"] for one in station.out if "gap" in one)
    assert creek["lost_s"] == pytest.approx(lost_s, abs=0.01)
    assert creek["heard_s"] + creek["lost_s"] == pytest.approx(creek["elapsed_s"], abs=0.01)


def test_reloading_does_not_disturb_unchanged_sources(server, tmp_path):
    with Station(LiveCounter()) as other, Running(tmp_path, feed("creek", server.address())) as station:
        wait_until(station.is_in("creek", "listening"))
        station.reload(feed("creek", server.address()) + feed("pond", other.address()))
        wait_until(station.is_in("pond", "listening"))
        assert server.asked == 1
        station.reload('[[source]]\nname = 3\nmodels = "digits"\n')
        wait_until(lambda: "keeping the previous settings" in station.log)
        assert "station.toml, source 1: name: must be text in quotes" in station.log
        station.reload(feed("pond", other.address(), 'sensitivity = "balanced"\nlabels = ["zero"]'))
        wait_until(lambda: "1 sources started, 1 stopped" in station.log)
        wait_until(lambda: station.source("pond").get("state") == "listening" and not station.source("creek"))
        assert other.asked == 2
        assert station.end() == 0
        pond = station.source("pond")
    reasons = [one["gap"]["reason"] for one in station.out if "gap" in one and one["source"] == "pond"]
    assert reasons == ["settings changed"]
    assert pond["heard_s"] + pond["lost_s"] == pytest.approx(pond["elapsed_s"], abs=0.01)


def test_settings_that_cannot_be_read_leave_the_station_as_it_was(server, tmp_path):
    text = feed("creek", server.address())
    with Running(tmp_path, text) as station:
        wait_until(station.is_in("creek", "listening"))
        station.reload(f'{text}[outputs]\nfiles = "{tmp_path}/{"x" * 300}.jsonl"\n')
        wait_until(lambda: "File name too long; keeping the previous settings" in station.log)
        station.settings.unlink()
        os.mkfifo(station.settings)
        station.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "station.toml: not a regular file; keeping the previous settings" in station.log)
        station.settings.unlink()
        station.reload(text)
        wait_until(lambda: "0 sources started, 0 stopped, 1 unchanged" in station.log)
        assert server.asked == 1
        assert station.end() == 0


@pytest.mark.parametrize("error", [RuntimeError("a bug"), MemoryError(), PermissionError(13, "Permission denied")])
def test_whatever_settings_raise_the_station_goes_on(tmp_path, monkeypatch, capfd, error):
    (tmp_path / "card").mkdir()
    settings = tmp_path / "station.toml"
    settings.write_text(f'station = {{ name = "test", state = "{tmp_path / "state"}" }}\n{folder(tmp_path / "card")}')
    first = iter([run.prepare(settings)])

    def prepare(path):
        if (prepared := next(first, None)) is None:
            os.kill(os.getpid(), signal.SIGTERM)
            raise error
        os.kill(os.getpid(), signal.SIGHUP)
        return prepared

    monkeypatch.setattr(run, "prepare", prepare)
    assert run.monitor(settings, "json") == 0
    assert f"station.toml: {error_text(error)}; keeping the previous settings" in capfd.readouterr().err


def test_after_a_kill_it_starts_again_and_reports_nothing_twice(server, demo, tmp_path):
    (tmp_path / "card").mkdir()
    text = feed("creek", server.address()) + folder(tmp_path / "card")
    text += f'[outputs]\nfiles = ["{tmp_path}/heard.sqlite", "{tmp_path}/heard.csv"]\n'
    shutil.copy(demo, tmp_path / "card" / f"{datetime.now():%Y%m%d}_120000.flac")
    with Running(tmp_path, text) as station:
        wait_until(station.is_in("creek", "listening"))
        wait_until(lambda: station.source("card").get("heard_s", 0) > 10)
        assert station.status()[0] == 0
        station.end(signal.SIGKILL)
        code, printed = station.status("--json")
        assert code == 2
        assert "stopped unexpectedly" in json.loads(printed)["reasons"][0]
        today = station.source("card")["today"]
    with Running(tmp_path, text) as station:
        wait_until(station.is_in("creek", "listening"))
        wait_until(station.is_in("card", "waiting"))
        assert station.source("card")["today"] == today
        assert station.end() == 0
        assert station.status()[0] == 2
    assert rows(tmp_path / "heard.sqlite", "SELECT count(*) FROM recordings WHERE path IS NOT NULL") == [(1,)]
    assert rows(tmp_path / "heard.sqlite", "PRAGMA integrity_check") == [("ok",)]
    assert len((tmp_path / "heard.csv").read_text().splitlines()) - 1 == sum(today.values())


def test_it_is_a_service(server, tmp_path):
    manager = Manager(tmp_path)
    environment = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "900000"}
    with Running(tmp_path, feed("creek", server.address()), "--plain", environment=environment) as station:
        wait_until(lambda: manager.has("READY=1"))
        wait_until(lambda: manager.has("WATCHDOG=1"))
        assert manager.has("STATUS=1 of 1 sources healthy, 0 events today, 0 s lost")
        server.stop()
        wait_until(station.is_in("creek", "away"))
        manager.forget()
        wait_until(lambda: manager.has(r"STATUS=0 of 1 sources healthy, 0 events today, ([2-9]|\d\d+) s lost"))
        assert not manager.has("WATCHDOG=1")
        server.start()
        wait_until(lambda: manager.has("WATCHDOG=1"))
        station.process.send_signal(signal.SIGHUP)
        wait_until(lambda: manager.has("RELOADING=1"))
        assert station.end() == 0
        assert manager.has("STOPPING=1")
        assert (
            manager.messages.index("RELOADING=1")
            < manager.messages.index("READY=1")
            < manager.messages.index("STOPPING=1")
        )
    manager.close()


def test_a_station_runs_only_once(server, tmp_path):
    with Running(tmp_path, feed("creek", server.address())) as station:
        wait_until(station.is_in("creek", "listening"))
        with Running(tmp_path, feed("creek", server.address())) as other:
            assert other.process.wait(LIMIT_S) == 1
            assert "this station is already running" in other.log


def test_outputs_change_while_it_listens(server, tmp_path):
    text = feed("creek", server.address())
    with Running(tmp_path, f'{text}[outputs]\nfiles = "{tmp_path}/one.sqlite"\n') as station:
        wait_until(station.is_in("creek", "listening"))
        station.reload(f'{text}[outputs]\nfiles = ["{tmp_path}/one.sqlite", "{tmp_path}/two.jsonl"]\n')
        wait_until(lambda: len((station.state() or {"outputs": []})["outputs"]) == 2)
        station.reload(f'{text}[outputs]\nfiles = "{tmp_path}/two.txt"\n')
        wait_until(lambda: "unknown extension; use one of" in station.log)
        station.reload(f'{text}[outputs]\nfiles = "{tmp_path}/two.jsonl"\n')
        wait_until(lambda: station.log.count("settings reloaded") == 2)
        assert station.end() == 0
        assert server.asked == 1
    summary = json.loads((tmp_path / "two.jsonl").read_text().splitlines()[-1])["summary"]
    assert (summary["source"], summary["lost_s"]) == ("creek", 0)


def test_all_times_are_in_the_stations_zone(server, demo, tmp_path):
    """Those of live sources and of recordings that name another zone, in every output."""
    (tmp_path / "card").mkdir()
    shutil.copy(demo, tmp_path / "card" / "20240501T040000Z.flac")
    files = f'[outputs]\nfiles = ["{tmp_path}/heard.csv", "{tmp_path}/heard.sqlite"]\n'
    text = feed("creek", server.address()) + folder(tmp_path / "card") + files
    with Running(tmp_path, text, zone="Asia/Kolkata") as station:
        wait_until(station.is_in("creek", "listening"))
        wait_until(lambda: station.source("card").get("heard_s", 0) > 10)
        station.zone = "UTC"
        station.reload(text)
        wait_until(lambda: "a new time zone of the station needs a restart; keeping" in station.log)
        assert station.end() == 0
        times = [event["time"] for event in station.events()]
    with (tmp_path / "heard.csv").open(newline="") as file:
        events = list(csv.DictReader(file))
    assert {event["zone"] for event in events} == {"+05:30"}
    assert {event["time"][:13] for event in events} == {"2024-05-01 09"}
    assert {time[-6:] for time in times} == {"+05:30"}
    assert rows(tmp_path / "heard.sqlite", "SELECT utc_offset_s FROM recordings") == [(19_800,)] * 2


def test_a_missing_folder_is_waited_for(demo, tmp_path):
    with Running(tmp_path, folder(tmp_path / "card")) as station:
        wait_until(station.is_in("card", "away"))
        assert station.status()[0] == 1
        (tmp_path / "card").mkdir()
        shutil.copy(demo, tmp_path / "card" / "a.flac")
        wait_until(lambda: station.source("card").get("heard_s", 0) > 10)
        wait_until(lambda: station.status()[0] == 0)
        assert station.end(signal.SIGINT) == 0


def test_invalid_settings_end_it_with_one_line(tmp_path):
    with Running(tmp_path, feed("creek", "http://127.0.0.1:9/", "chanel = 1")) as station:
        assert station.process.wait(LIMIT_S) == 1
        assert station.log.count("\n") == 1
        assert "station.toml, source 'creek': unknown key 'chanel', did you mean 'channel'?" in station.log
