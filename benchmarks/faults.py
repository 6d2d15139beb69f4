"""Real faults of a station, lasting as long as in the field: what was lost, and what the station reported.

Each fault has its own station and servers. The checks: processed and lost time add up to all the time that has passed,
to the sample; all events are in every output; all loss is reported. A failed check ends the benchmark with an error.
The tests make the same faults, for moments each (``tests/helpers/faults``).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from benchmarks.common import Unavailable, finish, run
from faults import brokers, clocks, disks, feeds, kills

FAULTS = {  # with the duration of each in seconds, or a number of kills or recordings
    "servers_killed": (feeds.servers_killed, 15),
    "network_cut": (feeds.network_cut, 40),
    "servers_paused": (feeds.servers_paused, 60),
    "places_to_write_fail": (disks.places_to_write_fail, 30),
    "card_breaks": (disks.card_breaks, 30),
    "broker_fails": (brokers.broker_fails, 850),
    "clock_set": (clocks.clock_set, 10),
    "summer_time_ends": (clocks.summer_time_ends, 10),
    "killed": (kills.killed, 50),
    "scan_killed": (kills.scan_killed, 50),
}


def main() -> None:
    known = ", ".join(FAULTS)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {known}; all when not given")
    parser.add_argument(
        "--amount", type=int, metavar="N", help="duration in seconds, or how often, in place of its own"
    )
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.names) - set(FAULTS)):
        parser.error(f"no fault {unknown[0]!r}; there are {known}")
    table = Table("fault", "lost", "what the log says", title="faults", show_lines=True)
    found: list[dict[str, Any]] = []
    for name in arguments.names or FAULTS:
        function, amount = FAULTS[name]
        with tempfile.TemporaryDirectory() as folder, Console().status(f"{name} …"):
            for fault in made(function, Path(folder), arguments.amount or amount):
                lost = [f"{source}: {seconds:.1f} s" for source, seconds in fault.lost.items()]
                table.add_row(fault.name, "\n".join(lost + fault.notes), "\n".join(fault.told))
                found.append({"fault": fault.name, "lost_s": fault.lost, "notes": fault.notes, "told": fault.told})
    finish("faults", "faults", [], table, faults=found)


def made(fault: Callable[[Path, int], Any], folder: Path, amount: int) -> list[Any]:
    """Make a fault.

    Raises
    ------
    Unavailable
    """
    try:
        outcome = fault(folder, amount)
    except pytest.skip.Exception as reason:
        raise Unavailable(str(reason)) from None
    return outcome if isinstance(outcome, list) else [outcome]


if __name__ == "__main__":
    run(main)
