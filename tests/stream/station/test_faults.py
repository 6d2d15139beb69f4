"""Faults made for real while a station listens; for how long they last in the field, see ``benchmarks.faults``."""

import sys

import pytest

import faults

pytest.importorskip("av")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are not the same there")


def test_servers_that_die_and_come_back(tmp_path):
    faults.servers_killed(tmp_path, 1)


def test_a_pause_that_tcp_makes_up_for(tmp_path):
    faults.servers_paused(tmp_path, 3)


def test_a_network_that_is_cut_for_a_moment(tmp_path):
    faults.network_cut(tmp_path, 2)


def test_a_disk_that_is_full_and_pulled_out_and_a_database_that_is_locked(tmp_path):
    faults.places_to_write_fail(tmp_path, 1)


def test_a_clock_that_is_set(tmp_path):
    faults.clock_set(tmp_path, 0)


def test_a_kill(tmp_path):
    faults.killed(tmp_path, 1)
