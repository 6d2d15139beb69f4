"""The figure of activity."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from made_mornings import end, event, opening
from whipbird.activity.figure import write_figure
from whipbird.activity.installed_names import InstalledNames
from whipbird.activity.stored import read_activity
from whipbird.database.writer import Database
from whipbird.errors import OutputError
from whipbird.events.reports import GapReport
from whipbird.system.extras import installation

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "heard.sqlite"
    one = Database(path, "hill")
    draw = random.Random(1)
    labels = [*(f"bird {number}" for number in range(9)), "one $with$ a rather long name, too long for a legend"]
    one.write([opening(labels=tuple(labels))])
    one.write([event(draw.uniform(0, 18 * 3600), label=labels[draw.randrange(10) // 2 * 2 % 9]) for _ in range(300)])
    one.write(
        [event(draw.uniform(0, 3600), label=label) for label in labels],
    )
    one.write([end(18 * 3600.0)])
    one.close()
    return path


def test_a_figure_is_written_and_replaced_but_no_other_file(database, tmp_path):
    pytest.importorskip("matplotlib")
    activity = read_activity(database)
    for _ in range(2):
        write_figure(activity, tmp_path / "activity.png", InstalledNames())
    assert (tmp_path / "activity.png").read_bytes().startswith(b"\x89PNG")
    (tmp_path / "notes.png").write_text("no picture")
    with pytest.raises(OutputError, match="is another kind of file"):
        write_figure(activity, tmp_path / "notes.png", InstalledNames())
    assert (tmp_path / "notes.png").read_text() == "no picture"


def test_without_times_there_is_none(tmp_path):
    pytest.importorskip("matplotlib")
    one = Database(tmp_path / "heard.sqlite", "hill")
    one.write([opening(start=None), event(1, start=None), end(10)])
    one.close()
    with pytest.raises(OutputError, match="the time of day is not known"):
        write_figure(read_activity(tmp_path / "heard.sqlite"), tmp_path / "activity.png", InstalledNames())


def test_unknown_times_have_a_bar_of_their_own(tmp_path, monkeypatch):
    """The times of copied files would else be one tall bar."""
    pytest.importorskip("matplotlib")
    from matplotlib.axes import Axes

    bars, draw = [], Axes.bar

    def bar(axes, places, heights, *arguments, **options):
        bars.append({place: height for place, height in zip(places, heights, strict=True) if height})
        return draw(axes, places, heights, *arguments, **options)

    monkeypatch.setattr(Axes, "bar", bar)
    one = Database(tmp_path / "heard.sqlite", "hill")
    quiet = GapReport("north", 900, 1800, "below trigger")
    one.write([opening(), event(1), quiet, end(900, below_trigger_s=900)])
    one.write([opening(time_from="modified"), *map(event, range(9)), end(1800)])
    one.close()
    write_figure(read_activity(tmp_path / "heard.sqlite"), tmp_path / "activity.png", InstalledNames())
    assert bars == [{5.5: 4.0, 26.5: 18.0}, {5.5: 0.25, 26.5: 0.5}, {5.5: 0.25}]


def test_without_matplotlib_one_line_says_how_to_get_it(database, tmp_path):
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        f"sys.argv = ['whipbird', 'report', {str(database)!r}, '--figure', {str(tmp_path / 'activity.png')!r}]\n"
        "from whipbird.__main__ import main\n"
        "main()"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith(f"(missing: matplotlib); install them with: {installation('inspect')}\n")
