"""Notifications to systemd, and the unit file."""

import shutil
import subprocess
import sys

import pytest

from stations import Manager
from whipbird.errors import OutputError
from whipbird.station.systemd import Notifier, is_journal, unit


@pytest.mark.skipif(sys.platform == "win32", reason="no such sockets there")
def test_messages_arrive(tmp_path):
    manager = Manager(tmp_path)
    notifier = Notifier({"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "1"})
    notifier.ready()
    notifier.status("all well")
    notifier.status("all well")
    notifier.alive()
    notifier.stopping()
    assert manager.has("STOPPING=1")
    assert manager.messages == ["READY=1", "STATUS=all well", "WATCHDOG=1", "STOPPING=1"]
    manager.close()


def test_without_systemd_nothing_is_sent(tmp_path):
    for environment in ({}, {"NOTIFY_SOCKET": str(tmp_path / "nothing")}, {"NOTIFY_SOCKET": "x", "WATCHDOG_USEC": "a"}):
        notifier = Notifier(environment)
        notifier.ready()
        notifier.alive()


def test_the_watchdog_of_another_process_is_not_notified(tmp_path):
    notifier = Notifier({"WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"})
    assert notifier._interval_s is None


def test_the_journal_is_recognised_by_its_file(tmp_path):
    with (tmp_path / "journal").open("w") as file:
        status = (tmp_path / "journal").stat()
        assert is_journal(file, {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
        assert not is_journal(file, {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino + 1}"})
        assert not is_journal(file, {})


def test_the_unit(tmp_path):
    text = unit(tmp_path / 'my "100%" station.toml', "whip")
    assert "Type=notify" in text
    assert "User=whip" in text
    assert 'monitor "' in text
    assert '\\"100%%\\" station.toml" --plain' in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze judges the unit")
def test_systemd_understands_the_unit(tmp_path):
    path = tmp_path / "whipbird.service"
    path.write_text(unit(tmp_path / "station.toml", "root"))
    checked = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True)
    assert "whipbird.service" not in checked.stderr


def test_a_path_with_a_line_break_cannot_stand_in_a_unit(tmp_path):
    with pytest.raises(OutputError, match="line breaks"):
        unit(tmp_path / "a\nExecStartPre=evil\n.toml", "bird")
