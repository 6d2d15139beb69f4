"""Real faults while a station runs; ``benchmarks.faults`` makes them last as long as in the field."""

import sys

import pytest

from faults import brokers, clocks, disks, feeds, kills

pytest.importorskip("av")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are not the same there")


def test_servers_killed_and_restarted(tmp_path):
    feeds.servers_killed(tmp_path, 1)


def test_a_pause_that_tcp_bridges(tmp_path):
    feeds.servers_paused(tmp_path, 3)


def test_a_network_cut(tmp_path):
    feeds.network_cut(tmp_path, 2)


def test_a_full_disk_a_locked_database_and_a_removed_disk(tmp_path):
    disks.places_to_write_fail(tmp_path, 1)


def test_a_card_that_breaks(tmp_path):
    disks.card_breaks(tmp_path, 1)


def test_a_broker_that_is_away_refuses_and_has_another_certificate(tmp_path):
    brokers.broker_fails(tmp_path, 2)


def test_a_set_clock(tmp_path):
    clocks.clock_set(tmp_path, 0)


def test_the_end_of_summer_time(tmp_path):
    clocks.summer_time_ends(tmp_path, 0)


def test_a_kill(tmp_path):
    kills.killed(tmp_path, 1)
