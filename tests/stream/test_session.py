"""A session: several sources in turn, and what it makes of their ends."""

import json

from stream.session import Session
from stream.sources.replay import Replay


def session(commands, output, **options):
    return Session([commands], output, channel=None, labels=None, live=False, **options)


def test_sources_in_turn_and_their_sum(demo, commands, capsys, tmp_path):
    other = tmp_path / "again.flac"
    other.symlink_to(demo)
    code = session(commands, "json").run([Replay(str(demo)), Replay(str(other))])
    summaries = [json.loads(line)["summary"] for line in capsys.readouterr().out.splitlines() if "summary" in line]
    assert code == 0
    assert [summary["source"] for summary in summaries] == [str(demo), str(other), None]
    assert summaries[2]["events"] == 2 * summaries[0]["events"]
    assert summaries[2]["delay_p50_s"] == summaries[0]["delay_p50_s"]


def test_a_source_that_does_not_open_is_told_and_summed_up(demo, commands, capsys):
    code = session(commands, "json").run([Replay("nowhere.wav"), Replay(str(demo))])
    assert code == 1
    written = capsys.readouterr()
    assert "nowhere.wav: No such file" in written.err
    first = json.loads(written.out.splitlines()[0])["summary"]
    assert (first["source"], first["heard_s"], first["events"]) == ("nowhere.wav", 0, 0)


def test_plain_lines_do_not_tell_of_what_was_not_heard(commands, capsys):
    assert session(commands, "plain").run([Replay("nowhere.wav")]) == 1
    assert capsys.readouterr().out == ""


def test_each_source_can_be_limited(demo, commands, capsys):
    session(commands, "json").run([Replay(str(demo))], duration_s=1.5)
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["summary"]["heard_s"] == 1.5
