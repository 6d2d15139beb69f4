from dataclasses import replace
from datetime import UTC, datetime

import pytest
import soundfile

from made_birds import BLACKBIRD, BOOBOOK, DOG, OWL, write_birds
from many_labels import RATE_HZ, made_tones
from whipbird.engine.report_rules import HoldBack, Place
from whipbird.engine.run import run_source
from whipbird.engine.species_choice import EVERY_SPECIES, SpeciesChoice, choose_species
from whipbird.errors import WhipbirdError
from whipbird.events.detection import Detection
from whipbird.events.reports import Notice
from whipbird.models.model import Model
from whipbird.scan.workers.process_recording import process_recording
from whipbird.sources.replay import Replay

NORTH, SOUTH = Place(47.6, 8.2), Place(-27.5, 153.0)
IN_MAY, IN_NOVEMBER, UNDATED = "20240510_060000.wav", "20241110_060000.wav", "undated.wav"


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    return Model(str(write_birds(tmp_path_factory.mktemp("models") / "birds")))


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """The tones of an owl, a dog, a boobook and a blackbird, one after the other, in recordings of several times."""
    folder = tmp_path_factory.mktemp("recordings")
    for name in (IN_MAY, IN_NOVEMBER, UNDATED):
        soundfile.write(folder / name, made_tones(), RATE_HZ)
    return folder


def heard(recordings, name, rules, models, labels=None, speed=None):
    """The reports of a recording, and their summary."""
    reports = []
    source = Replay(str(recordings / name), speed)
    source.open()
    outcome = run_source(source, models, reports.append, labels=labels, rules=rules)
    assert outcome.failure is None
    return reports, outcome.summary


def labels_of(reports):
    return [report.label for report in reports if isinstance(report, Detection)]


def test_without_a_choice_everything_is_reported_with_english_names(birds, recordings):
    reports, summary = heard(recordings, IN_MAY, None, [birds])
    assert labels_of(reports) == [OWL, DOG, BOOBOOK, BLACKBIRD]
    names = [report.common_name for report in reports if isinstance(report, Detection)]
    assert names == ["Tawny Owl", "Dog", "Australian Boobook", "Eurasian Blackbird"]
    assert (summary.events, summary.held_back) == (4, 0)


def test_names_are_in_the_readers_language(birds, recordings):
    reports, _ = heard(recordings, IN_MAY, SpeciesChoice("de").rules([birds]), [birds])
    shown = [report.shown_name for report in reports if isinstance(report, Detection)]
    assert shown == ["Waldkauz", "Hund", "Australian Boobook", "Amsel"]


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        (IN_MAY, NORTH, [OWL, DOG, BLACKBIRD]),
        (IN_NOVEMBER, NORTH, [OWL, DOG]),
        (IN_MAY, SOUTH, [DOG, BOOBOOK, BLACKBIRD]),
        (UNDATED, NORTH, [OWL, DOG, BLACKBIRD]),
    ],
)
def test_species_outside_the_range_at_the_events_time_are_not_reported(birds, recordings, name, place, expected):
    rules = choose_species([birds], place=place).rules([birds])
    reports, summary = heard(recordings, name, rules, [birds])
    assert labels_of(reports) == expected
    assert summary.events == len(expected)


def test_the_whole_year_counts_once_said_where_the_time_is_not_known(birds, recordings):
    rules = SpeciesChoice(place=NORTH).rules([birds])
    notices = []
    for _ in range(2):
        reports, _ = heard(recordings, UNDATED, rules, [birds])
        notices += [report.text for report in reports if isinstance(report, Notice)]
    assert len(notices) == 1
    assert notices[0].endswith("when it was recorded is not known; species of the whole year count")


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"include": ["tawny owl"]}, [OWL, DOG]),
        ({"exclude": ["eurbla", "dog"]}, [OWL, BOOBOOK]),
        ({"include": ["tawowl1", "eurbla"], "exclude": ["Eurasian Blackbird"]}, [OWL, DOG]),
        ({"place": SOUTH, "include": ["tawowl1"]}, [OWL, DOG, BOOBOOK, BLACKBIRD]),
        ({"place": SOUTH, "exclude": ["souboo2"]}, [DOG, BLACKBIRD]),
    ],
)
def test_lists_add_to_the_range_and_take_from_it(birds, recordings, choice, expected):
    rules = choose_species([birds], **choice).rules([birds])
    assert labels_of(heard(recordings, IN_MAY, rules, [birds])[0]) == expected


@pytest.mark.parametrize("name", [IN_MAY, IN_NOVEMBER, UNDATED])
def test_a_scan_reports_the_same(birds, recordings, name):
    species = choose_species([birds], place=NORTH, exclude=["dog"])
    replayed, _ = heard(recordings, name, species.rules([birds]), [birds])
    scanned = process_recording(str(recordings / name), [birds], species=species).detections
    assert [event for event in replayed if isinstance(event, Detection)] == scanned


def test_a_list_does_not_concern_models_of_other_labels(birds, recordings, commands):
    models = [birds, commands]
    rules = choose_species(models, include=["tawny owl"], exclude=["yes"]).rules(models)
    event = Detection("go", 0, 0, 1, 1, 0.9, "x", "commands", 0, None)
    assert rules[1].allows(event)
    assert not rules[1].allows(replace(event, label="yes"))


def test_the_week_is_that_of_the_events_own_day(birds):
    (rules,) = SpeciesChoice(place=NORTH).rules([birds])
    event = Detection(BLACKBIRD, 0, 0, 1, 1, 0.9, "x", "birds", 0, datetime(2024, 6, 30, tzinfo=UTC), "guano")
    assert rules.allows(event)
    assert not rules.allows(replace(event, time=datetime(2024, 7, 1, tzinfo=UTC)))
    assert rules.allows(replace(event, time=datetime(2024, 7, 1, tzinfo=UTC), time_from="modified"))


def test_species_are_held_back_while_another_sound_is_heard_and_counted(birds, recordings):
    hold_back = {"birds": HoldBack({DOG: 0.6})}
    rules = EVERY_SPECIES.rules([birds], hold_back)
    reports, summary = heard(recordings, IN_MAY, rules, [birds])
    assert labels_of(reports) == [OWL, DOG, BOOBOOK, BLACKBIRD]  # no two of these sounds overlap
    late = EVERY_SPECIES.rules([birds], {"birds": HoldBack({DOG: 0.6}, after_s=6)})
    reports, summary = heard(recordings, IN_MAY, late, [birds])
    assert labels_of(reports) == [OWL, DOG, BLACKBIRD]
    assert (summary.events, summary.held_back) == (3, 1)


def test_the_sound_that_holds_back_need_not_be_reported(birds, recordings):
    late = EVERY_SPECIES.rules([birds], {"birds": HoldBack({DOG: 0.6}, after_s=6)})
    reports, summary = heard(recordings, IN_MAY, late, [birds], labels=frozenset({OWL, BOOBOOK}))
    assert labels_of(reports) == [OWL]
    assert summary.held_back == 1


def test_what_is_left_out_is_described_for_comparison(birds):
    assert EVERY_SPECIES.rules([birds])[0].as_object() == {}
    (rules,) = choose_species([birds], "de", NORTH, ["tawny owl"], ["dog"]).rules([birds])
    assert rules.as_object() == {"place": [47.6, 8.2, 0.03], "include": [OWL], "exclude": [DOG]}


def test_a_language_and_a_range_that_are_not_there_are_refused(birds, tmp_path):
    with pytest.raises(WhipbirdError, match="no names in 'xx'"):
        choose_species([birds], "xx")
    folder = write_birds(tmp_path / "spoilt")
    (folder / "range.tflite").write_bytes(b"")
    with pytest.raises(WhipbirdError, match=r"range\.tflite: is not the file"):
        choose_species([Model(str(folder))], place=NORTH)
