"""Clocks that are set."""

import time
from datetime import UTC, datetime, timedelta

from faults.checks import Fault, check_sums, events_in, feed, kept, keys, lost, outputs, playing, told
from real_places import SetClock
from stations import Running
from waiting import wait_until


def clock_set(folder, seconds, step_s=3600):
    """The system's clock is set forward, back, and to its original time."""
    clock = SetClock(folder)
    with playing() as server:
        text = feed("creek", server.address()) + outputs(folder, 'keep = "10min"')
        with Running(folder, text, environment=clock.environment) as station:
            wait_until(lambda: list((folder / "clips").glob("*.flac")))
            for offset_s in (step_s, -step_s, 0):
                count = len(station.events())
                clock.put(offset_s)
                wait_until(lambda count=count: len(station.events()) >= count + 2)
                time.sleep(seconds)
            wait_until(lambda: station.log.count("the system clock was set") == 3)
            assert station.end() == 0
            check_sums(station, folder / "heard.sqlite", "creek")
            events = station.events()
            assert keys(events) == kept(folder / "heard.sqlite")
            assert sum(map(events_in, (folder / "clips").glob("*.flac"))) >= len(
                events
            )  # no clip is taken for an old one
            assert station.source("creek")["lost_s"] == 0
            starts = [datetime.fromisoformat(one["time"]) - timedelta(seconds=one["begin_s"]) for one in events]
            offsets = {round((start - starts[0]).total_seconds() / step_s, 3) for start in starts}
            assert offsets == {0, 1, -1}
            return Fault(f"clock put by {step_s / 3600:g} h, forward and back", lost(station, "creek"), told(station))


def summer_time_ends(folder, seconds):
    """Daylight saving ends in the zone of the system, and in that of the settings, while the station runs."""
    change = datetime(2026, 10, 25, 1, tzinfo=UTC)
    found = []
    for name, station_zone, system_zone in (("system", None, "Europe/Zurich"), ("settings", "Europe/Zurich", "UTC")):
        (inside := folder / name).mkdir()
        clock = SetClock(inside)
        clock.put(change.timestamp() - (12 + seconds) - time.time())  # a busy machine starts slowly
        with playing() as server:
            text = feed("creek", server.address()) + f'[outputs]\nfiles = ["{inside}/heard.sqlite"]\n'
            environment = {**clock.environment, "TZ": system_zone}
            with Running(inside, text, environment=environment, zone=station_zone) as station:
                wait_until(
                    lambda station=station: {one["time"][-6:] for one in station.events()} >= {"+02:00", "+01:00"}
                )
                assert station.end() == 0
                check_sums(station, inside / "heard.sqlite", "creek")
                events = station.events()
                assert keys(events) == kept(inside / "heard.sqlite")
                times = [datetime.fromisoformat(one["time"]) for one in events]
                assert [time.utcoffset() == timedelta(hours=2) for time in times] == [time < change for time in times]
                assert times == sorted(times)
                found.append(
                    Fault(f"summer time ends, by the zone of the {name}", lost(station, "creek"), told(station))
                )
    return found
