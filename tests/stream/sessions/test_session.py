"""A session: several sources in turn, their totals, and the exit code."""

import io
import json
import re
from functools import partial
from pathlib import Path

import pytest

from command_line import only_line
from databases import rows
from waiting import wait_until
from whipbird.sessions.session import Session
from whipbird.sinks import publisher
from whipbird.sinks.files.open import open_outputs
from whipbird.sinks.messages.message_publisher import MessagePublisher
from whipbird.sinks.messages.spool import Spool
from whipbird.sinks.messages.transport import Transport
from whipbird.sources.replay import Replay


def session(commands, output, **options):
    return Session([commands], output, channel=None, labels=None, live=False, **options)


def test_sources_in_turn_and_their_total(demo, commands, capsys, tmp_path):
    other = tmp_path / "again.flac"
    other.symlink_to(demo)
    code = session(commands, "json").run([Replay(str(demo)), Replay(str(other))])
    summaries = [json.loads(line)["summary"] for line in capsys.readouterr().out.splitlines() if "summary" in line]
    assert code == 0
    assert [summary["source"] for summary in summaries] == [str(demo), str(other), None]
    assert summaries[2]["events"] == 2 * summaries[0]["events"]
    assert summaries[2]["delay_p50_s"] == summaries[0]["delay_p50_s"]


def test_a_source_that_does_not_open_is_reported_and_has_a_summary(demo, commands, capsys):
    code = session(commands, "json").run([Replay("nowhere.wav"), Replay(str(demo))])
    assert code == 1
    written = capsys.readouterr()
    assert "nowhere.wav: No such file" in written.err
    first = json.loads(written.out.splitlines()[0])["summary"]
    assert (first["source"], first["heard_s"], first["events"]) == ("nowhere.wav", 0, 0)


class Faulty(Replay):
    """A recording whose reader has a bug."""

    def __init__(self, path, method):
        super().__init__(path)
        setattr(self, method, self._fail)

    def _fail(self, *_):
        raise UnicodeError("a bug in a reader")


@pytest.mark.parametrize("method", ["open", "run", "close"])
def test_whatever_a_source_raises_is_its_error_and_the_others_are_processed(demo, commands, capsys, method):
    source = Faulty(str(demo), method)
    code = session(commands, "json").run([source, Replay(str(demo))])
    written = capsys.readouterr()
    assert code == 1
    assert written.err.splitlines() == [f"whipbird: {demo}: UnicodeError: a bug in a reader"]
    summaries = [json.loads(line)["summary"] for line in written.out.splitlines() if "summary" in line]
    assert summaries[1]["events"] > 0
    assert summaries[2]["events"] == summaries[0]["events"] + summaries[1]["events"]


def test_plain_lines_have_no_summary_of_a_source_that_did_not_open(commands, capsys):
    assert session(commands, "plain").run([Replay("nowhere.wav")]) == 1
    assert capsys.readouterr().out == ""


def test_each_source_can_be_limited(demo, commands, capsys):
    session(commands, "json").run([Replay(str(demo))], duration_s=1.5)
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["summary"]["heard_s"] == 1.5


def test_files_get_everything_even_of_a_broken_recording(demo, commands, capsys, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_text("no sound")
    names = [str(tmp_path / name) for name in ("heard.jsonl", "heard.sqlite")]
    assert session(commands, "plain", files=open_outputs(names, recordings=True, station="hill")).run(
        [Replay(str(broken)), Replay(str(demo))]
    )
    reports = [json.loads(line) for line in Path(names[0]).read_text().splitlines()]
    summaries = [report["summary"] for report in reports if "summary" in report]
    assert [summary["source"] for summary in summaries] == [str(broken), str(demo), None]
    ((events,),) = rows(names[1], "SELECT count(*) FROM events")
    assert events == summaries[1]["events"] > 0
    recordings = rows(names[1], "SELECT path, elapsed_s > 17, finished FROM recordings ORDER BY id")
    assert recordings == [(str(broken), 0, 1), (str(demo), 1, 1)]


def test_a_file_that_cannot_be_written_does_not_stop_listening(demo, commands, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(publisher, "GIVE_UP_S", 0.1)
    folder = tmp_path / "stick"
    folder.mkdir()
    files = open_outputs([str(folder / "heard.csv")], recordings=True, station="hill")
    folder.rename(tmp_path / "unmounted")
    code = session(commands, "json", files=files).run([Replay(str(demo))])
    written = capsys.readouterr()
    assert code == 1
    assert json.loads(written.out.splitlines()[-1])["summary"]["events"] == len(written.out.splitlines()) - 1
    assert "heard.csv: No such file or directory; listening continues" in written.err
    assert re.search(r"heard.csv: \d+ reports were not written$", written.err.strip())


@pytest.mark.parametrize("where", ["open", "run"])
def test_whatever_a_source_raises_costs_that_source_alone(demo, commands, capsys, where):
    class Broken(Replay):
        def fail(self, *_):
            raise RuntimeError("a bug")

    broken = Broken(str(demo))
    setattr(broken, where, broken.fail)
    code = session(commands, "json").run([broken, Replay(str(demo))])
    written = capsys.readouterr()
    assert code == 1
    assert only_line(written.err) == f"whipbird: {demo}: RuntimeError: a bug"
    summaries = [json.loads(line)["summary"] for line in written.out.splitlines() if "summary" in line]
    assert [summary["heard_s"] > 17 for summary in summaries] == [False, True, True]


class Slow(Transport):
    """A broker that takes a message only when its text has been printed."""

    def __init__(self, printed, text):
        super().__init__("mqtt pond", "forest")
        self._printed, self._text = printed, text

    def send(self, messages, ending):
        wait_until(lambda: self._text in self._printed.getvalue())


def test_the_end_says_what_it_waits_for(demo, commands, monkeypatch):
    monkeypatch.setattr("whipbird.sessions.session.HINT_S", 0.1)
    printed = io.StringIO()
    monkeypatch.setattr("sys.stderr", printed)
    slow = Slow(printed, "waiting for mqtt pond (12 messages are not delivered yet); Ctrl-C ends this")
    opener = partial(MessagePublisher, slow, Spool(None, "mqtt"))
    assert session(commands, "plain", others=[opener]).run([Replay(str(demo))]) == 0
    assert only_line(printed.getvalue()).startswith("whipbird: waiting for ")
