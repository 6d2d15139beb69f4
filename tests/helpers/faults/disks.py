"""Disks and databases that cannot be written."""

import os
import sqlite3
import time
from pathlib import Path

from faults.checks import Fault, check_sums, events_in, feed, hear_more, kept, keys, lost, outputs, playing, told
from real_places import Card, Disk
from stations import Running
from waiting import wait_until


def places_to_write_fail(folder, seconds):
    """The disk of all outputs is full, then the database is locked, then the disk is pulled out; a fault for each."""
    found = []
    beneath = folder / "disk" / "clips"
    beneath.mkdir(parents=True)  # this folder is visible when the disk is removed
    with Disk(folder / "disk", 16 << 20) as disk, playing() as server:
        names = [f"{disk.folder}/{name}" for name in ("heard.sqlite", "heard.csv", "heard.jsonl", "clips")]
        with Running(folder, feed("creek", server.address()) + outputs(disk.folder)) as station:
            hear_more(station, "creek")
            wait_until(station.state)

            def failing():
                return {output["name"] for output in station.state()["outputs"] if output["failing_s"]}

            def during(name, which, make, end):
                before, waiting, begun_s = len(told(station)), len(station.events()), time.monotonic()
                make()
                wait_until(lambda: failing() >= set(which))
                assert station.status()[0] == 1
                time.sleep(max(0.0, seconds - (time.monotonic() - begun_s)))
                meanwhile = len(station.events()) - waiting
                end()
                wait_until(lambda: not failing())
                lines = [line.replace(f"{disk.folder}/", "") for line in told(station)[before:]]
                found.append(Fault(f"{name} for {seconds:g} s", {}, lines, [f"{meanwhile} events meanwhile"]))

            during("disk full", (names[0], names[3]), disk.fill, disk.free)
            locked = sqlite3.connect(names[0], isolation_level=None)
            during(
                "database locked",
                names[:1],
                lambda: locked.execute("BEGIN IMMEDIATE"),
                lambda: locked.execute("ROLLBACK"),
            )
            locked.close()
            aside = []

            def put_in():
                assert not os.listdir(beneath)
                disk.put_in(aside[0])

            during("card pulled out", names, lambda: aside.append(disk.pull_out()), put_in)
            assert station.end() == 0
            heard = station.events()
            check_sums(station, names[0], "creek")
            assert keys(heard) == kept(names[0])
            csv, jsonl = (Path(name).read_text().splitlines() for name in names[1:3])
            assert len(set(csv)) - 1 == len(csv) - 1 == sum('"label"' in line for line in jsonl) == len(heard)
            assert sum(events_in(clip) for clip in Path(names[3]).glob("*.flac")) >= len(heard)
            for fault in found:
                fault.lost = lost(station, "creek")
    return found


def card_breaks(folder, seconds):
    """The memory card of all outputs cannot be written any more; its file system is repaired while the station runs."""
    with Card(folder / "card", 12 << 20) as card, playing() as server:
        names = [f"{card.folder}/{name}" for name in ("heard.sqlite", "heard.csv", "heard.jsonl", "clips")]
        with Running(folder, feed("creek", server.address()) + outputs(card.folder)) as station:
            hear_more(station, "creek")
            wait_until(station.state)

            def failing():
                return {output["name"] for output in station.state()["outputs"] if output["failing_s"]}

            card.wear_out()
            wait_until(lambda: failing() == set(names))
            begun, waiting = time.monotonic(), len(station.events())
            assert station.status()[0] == 1
            time.sleep(max(0.0, seconds - (time.monotonic() - begun)))
            meanwhile = len(station.events()) - waiting
            card.repair()
            wait_until(lambda: not failing())
            assert station.end() == 0
            check_sums(station, names[0], "creek")
            heard = station.events()
            assert keys(heard) == kept(names[0])
            lines = [line.replace(f"{card.folder}/", "") for line in told(station)]
            notes = [f"{meanwhile} events meanwhile"]
            return Fault(f"card worn out, repaired after {seconds:g} s", lost(station, "creek"), lines, notes)
