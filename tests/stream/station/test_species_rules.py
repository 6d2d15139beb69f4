import shutil

import pytest
import soundfile

from made_birds import BLACKBIRD, BOOBOOK, DOG, OWL, write_birds
from made_events import Reports
from many_labels import RATE_HZ, made_tones
from waiting import wait_until
from whipbird.errors import WhipbirdError
from whipbird.events.detection import Detection
from whipbird.events.reports import Summary
from whipbird.sinks.publisher import Publisher
from whipbird.station.settings.read import SettingsError, read_settings
from whipbird.station.station import Station, prepare


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    return write_birds(tmp_path_factory.mktemp("models") / "birds")


@pytest.fixture
def write(tmp_path, birds):
    """Write settings of a station with one folder; returns their path."""
    (tmp_path / "card").mkdir()
    soundfile.write(tmp_path / "20240510_060000.wav", made_tones(), RATE_HZ)

    def write(station="", source="", tables=""):
        path = tmp_path / "station.toml"
        path.write_text(
            f'[station]\nname = "test"\nstate = "{tmp_path / "state"}"\n{station}\n'
            f'[[source]]\nname = "card"\nfolder = "card"\nmodels = ["{birds}"]\nsettle = 0.1\nsweep = 0.1\n{source}\n'
            f"{tables}\n"
        )
        return path

    return write


def heard(path):
    """The events of a station whose folder gets a recording, and the summary of the recording."""
    reports = Reports()
    station = Station(*prepare(path), Publisher([reports], live=True))
    try:
        shutil.copy(path.parent / "20240510_060000.wav", path.parent / "card")
        wait_until(lambda: any(isinstance(report, Summary) for report in reports))
    finally:
        station.stop()
        station.close()
    (summary,) = (report for report in reports if isinstance(report, Summary))
    return [report for report in reports if isinstance(report, Detection)], summary


def test_a_station_reports_the_species_of_its_place_in_its_language(write):
    events, _ = heard(write('latitude = 47.6\nlongitude = 8.2\nnames = "de"'))
    assert [event.label for event in events] == [OWL, DOG, BLACKBIRD]
    assert [event.shown_name for event in events] == ["Waldkauz", "Hund", "Amsel"]


def test_labels_and_thresholds_have_any_name(write):
    path = write('names = "de"', 'labels = ["amsel", "tawowl1"]\nthreshold = { Waldkauz = 0.99 }')
    assert [event.label for event in heard(path)[0]] == [BLACKBIRD]


def test_lists_are_names_or_files_beside_the_settings(write, tmp_path):
    (tmp_path / "list.txt").write_text(f"{OWL}_Tawny Owl\n{BOOBOOK}_Australian Boobook\n")
    assert [event.label for event in heard(write('include = "list.txt"\nexclude = ["Dog", "tawowl1"]'))[0]] == [BOOBOOK]


def test_a_model_has_lists_of_its_own(write):
    path = write('include = ["tawny owl"]', tables='[models.birds]\ninclude = ["eurbla"]\nexclude = "dog"')
    assert [event.label for event in heard(path)[0]] == [BLACKBIRD]


def test_species_are_held_back_after_a_dog_and_counted(write):
    tables = '[models.birds]\nhold_back = { while = ["dog"], after = 6 }'
    events, summary = heard(write(tables=tables))
    assert [event.label for event in events] == [OWL, DOG, BLACKBIRD]
    assert (summary.events, summary.held_back) == (3, 1)


def test_a_score_of_its_own_decides_when_species_are_held_back(write):
    tables = '[models.birds]\nhold_back = { while = "dog", after = 6, score = 0.995 }'
    assert heard(write(tables=tables))[1].held_back == 0


@pytest.mark.parametrize(
    ("station", "tables", "message"),
    [
        ('names = "xx"', "", "[station]: no names in 'xx'; use one of de, en, scientific"),
        ('include = ["Tawny Owls"]', "", "[station]: no chosen model has 'Tawny Owls'; did you mean 'Tawny Owl'?"),
        ("", '[models.bird]\nexclude = "dog"', "[models.bird]: no source uses this model; did you mean 'birds'?"),
        ("", '[models.birds]\nexclude = "cat"', "[models.birds]: no chosen model has 'cat'"),
        (
            "",
            '[models.birds]\nhold_back = { while = "cat" }',
            "[models.birds]: hold_back: the model has no label 'cat'",
        ),
    ],
)
def test_settings_that_name_what_is_not_there_are_refused(write, station, tables, message):
    with pytest.raises(SettingsError) as caught:
        prepare(write(station, tables=tables))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ("[models.birds]\nhold_bak = {}", "[models.birds]: unknown key 'hold_bak', did you mean 'hold_back'?"),
        ("[models.birds]\nhold_back = { whle = 'Dog' }", "[models.birds.hold_back]: unknown key 'whle', did you mean"),
        ("[models.birds]\nhold_back = { score = 0.5 }", "[models.birds.hold_back]: 'while' is missing"),
        ("[models.birds]\nhold_back = { while = 'Dog', score = 5 }", "[models.birds.hold_back]: score: must be less"),
        ("[models.birds]\nhold_back = { while = [] }", "[models.birds.hold_back]: while: must not be empty"),
    ],
)
def test_wrong_keys_and_values_are_named(write, tables, message):
    with pytest.raises(SettingsError) as caught:
        read_settings(write(tables=tables))
    assert message in str(caught.value)


def test_other_species_start_the_sources_again(write):
    reports = Reports()
    station = Station(*prepare(write()), Publisher([reports], live=True))
    try:
        assert station.reload(*prepare(write())) == "settings reloaded: 0 sources started, 0 stopped, 1 unchanged"
        changed = prepare(write('exclude = ["dog"]'))
        assert station.reload(*changed) == "settings reloaded: 1 sources started, 0 stopped, 0 unchanged"
        with pytest.raises(WhipbirdError, match="no names in 'xx'"):
            station.reload(*prepare(write('names = "xx"')))
    finally:
        station.stop()
        station.close()
