"""The doctor on sound devices, folders, the terminal and programs."""

import os
import shutil
from collections import namedtuple

import pytest

from whipbird.doctor import computer
from whipbird.doctor.finding import Status
from whipbird.errors import SourceError
from whipbird.sources.devices import Device

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


def have_devices(monkeypatch, *devices):
    monkeypatch.setattr("whipbird.sources.devices.input_devices", lambda: list(devices))


def test_microphones(monkeypatch):
    have_devices(
        monkeypatch,
        Device(0, "USB Audio", "ALSA", 1, 48_000, default=False),
        Device(1, "Built-in", "ALSA", 2, 44_100, default=True),
    )
    (finding,) = computer.microphone()
    assert (finding.status, finding.next) == (Status.OK, "whipbird selftest")
    assert finding.text == "found Built-in (ALSA, 44100 Hz); 1 more; whether it records:"


def test_no_microphone_is_a_note(monkeypatch):
    have_devices(monkeypatch)
    (finding,) = computer.microphone()
    assert finding.status is Status.NOTE
    assert "no microphone is connected" in finding.text


def test_without_portaudio_the_command_that_installs_it_is_shown(monkeypatch):
    def fail():
        raise SourceError("the PortAudio library is not installed")

    monkeypatch.setattr("whipbird.sources.devices.input_devices", fail)
    (finding,) = computer.microphone()
    assert (finding.status, finding.next) == (Status.NOTE, "sudo apt install libportaudio2")


def test_folders_are_checked_and_not_made(home):
    found = list(computer.folders())
    assert [finding.status for finding in found] == [Status.OK] * 3
    assert str(home / "data" / "whipbird") in found[0].text
    assert list(home.iterdir()) == []


def test_a_file_in_place_of_a_folder(home):
    (home / "state").touch()
    finding = list(computer.folders())[1]
    assert (finding.check, finding.status) == ("folder state", Status.PROBLEM)
    assert f"{home / 'state'} is not a folder" in finding.text
    assert finding.next == f"ls -ld '{home / 'state'}'"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to(home):
    (home / "state").mkdir(mode=0o500)
    finding = list(computer.folders())[1]
    assert finding.status is Status.PROBLEM
    assert "you may not write to" in finding.text


@pytest.mark.parametrize(("free", "status"), [(500 << 20, Status.NOTE), (5 << 20, Status.PROBLEM)])
def test_little_free_disk(home, monkeypatch, free, status):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(free, 0, free))
    for finding in computer.folders():
        assert finding.status is status
        assert "MB free, which is little" in finding.text


def test_no_home_folder(monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("platformdirs.user_data_dir", fail)
    (finding,) = computer.folders()
    assert (finding.status, finding.next) == (Status.PROBLEM, "export HOME=/path/to/home")


def test_the_terminal():
    (finding,) = computer.terminal()
    assert finding.status is Status.OK
    assert "no terminal" in finding.text


def test_programs_that_are_missing(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    (finding,) = computer.programs()
    assert (finding.status, finding.next) == (Status.NOTE, "sudo apt install espeak-ng")
