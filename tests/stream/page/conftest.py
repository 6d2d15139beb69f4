"""A page over a synthetic forest, and visitors to it."""

import pytest
import soundfile

pytest.importorskip("starlette", reason="starlette is not installed (extra 'page')")
pytest.importorskip("jinja2", reason="jinja2 is not installed (extra 'page')")

from made_forest import make_forest
from page_visitors import PASSWORD, Visit
from whipbird.page.observations import Observations
from whipbird.page.password import Passwords


@pytest.fixture(scope="session")
def forest(tmp_path_factory):
    """Path of the database of a synthetic forest, which nobody changes."""
    return make_forest(tmp_path_factory.mktemp("forest"), days=1, every_h=3)


@pytest.fixture
def own_forest(tmp_path):
    """Path of a database that may be changed."""
    return make_forest(tmp_path, days=1, every_h=6)


@pytest.fixture
def state(tmp_path):
    """A state folder with a password."""
    Passwords(tmp_path / "state").set(PASSWORD)
    return tmp_path / "state"


@pytest.fixture
def data(forest):
    return Observations(forest)


@pytest.fixture
def visit(own_forest, state):
    """Visits to a page with a password; see `Visit`."""
    return Visit(own_forest, state)


@pytest.fixture(scope="module")
def spoken(demo):
    """Three seconds of synthetic voices at 16 kHz, shape (n, 1)."""
    samples, rate_hz = soundfile.read(demo, dtype="float32", always_2d=True)
    assert rate_hz == 16_000
    return samples[: 3 * rate_hz]
