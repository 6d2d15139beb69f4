"""The doctor on the settings of a station."""

from stations import folder
from whipbird.doctor.finding import Status
from whipbird.doctor.station import station


def examined(path, text):
    path.write_text(text)
    return list(station(path))


def test_valid_settings(tmp_path, shipped):
    (tmp_path / "card").mkdir()
    (finding,) = examined(tmp_path / "station.toml", folder(tmp_path / "card"))
    assert finding.status is Status.OK
    assert finding.text.endswith("the settings are valid, and 1 source can be used")
    assert finding.next == f"whipbird monitor {tmp_path / 'station.toml'}"


def test_a_source_that_is_not_there(tmp_path, shipped):
    (finding,) = examined(tmp_path / "station.toml", folder(tmp_path / "card"))
    assert finding.status is Status.PROBLEM
    assert "source 'card': no folder" in finding.text
    assert finding.next == f"whipbird monitor {tmp_path / 'station.toml'} --check"


def test_invalid_settings(tmp_path):
    (finding,) = examined(tmp_path / "station.toml", folder(tmp_path).replace("models", "modles"))
    assert finding.status is Status.PROBLEM
    assert "did you mean 'models'?" in finding.text
