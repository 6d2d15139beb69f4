"""The map of days and hours."""

from datetime import date, timedelta

import numpy as np
import pytest

from made_mornings import DAWN, end, event, opening
from whipbird.activity.day_map import days_listened, rates_by_day
from whipbird.activity.figure import write_figure
from whipbird.activity.installed_names import InstalledNames
from whipbird.activity.stored import read_activity
from whipbird.database.writer import Database


@pytest.fixture
def activity(tmp_path):
    """Two mornings of an hour and a half from half past five, a month apart."""
    one = Database(tmp_path / "heard.sqlite", "hill")
    for days, label in ((0, "yes"), (30, "no")):
        start = DAWN + timedelta(days=days)
        one.write([opening(start=start), event(60, label=label, start=start), event(70, start=start), end(5400)])
    one.close()
    return read_activity(tmp_path / "heard.sqlite")


def test_a_rate_is_that_of_all_labels_in_the_time_listened(activity):
    days = days_listened(activity)
    assert days == [date(2024, 5, 1), date(2024, 5, 31)]
    rates = rates_by_day(activity, days)
    assert rates[:, 5].tolist() == [4, 4]  # two events in half an hour
    assert rates[:, 6].tolist() == [0, 0]
    assert np.isnan(rates[:, [4, 7]]).all()


def test_the_figure_grows_with_the_days(activity, tmp_path):
    image = pytest.importorskip("matplotlib.image")
    write_figure(activity, tmp_path / "two.png", InstalledNames())
    one = Database(tmp_path / "heard.sqlite", "hill")
    for days in range(1, 20):
        start = DAWN + timedelta(days=days)
        one.write([opening(start=start), end(5400)])
    one.close()
    write_figure(read_activity(tmp_path / "heard.sqlite"), tmp_path / "many.png", InstalledNames())
    two, many = (image.imread(tmp_path / name) for name in ("two.png", "many.png"))
    assert many.shape[1] == two.shape[1]
    assert many.shape[0] > two.shape[0]
