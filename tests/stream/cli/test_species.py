import json
import sqlite3

import pytest
import soundfile

from command_line import as_objects, check_refused, whipbird_here
from made_birds import BLACKBIRD, BOOBOOK, DOG, OWL, write_birds
from many_labels import RATE_HZ, made_tones


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder of application data in which the birds are installed, and a recording of May."""
    folder = tmp_path_factory.mktemp("home")
    write_birds(folder / "whipbird" / "models" / "birds")
    soundfile.write(folder / "20240510_060000.wav", made_tones(), RATE_HZ)
    return folder


@pytest.fixture
def run(home, tmp_path):
    def run(*arguments):
        return whipbird_here(*arguments, env={"XDG_DATA_HOME": str(home), "XDG_STATE_HOME": str(tmp_path)}, cwd=home)

    return run


def replay(run, *arguments):
    return run("replay", "20240510_060000.wav", "--speed", "max", "--model", "birds", *arguments)


def labels_in(result):
    assert result.returncode == 0, result.stderr
    return [one["label"] for one in as_objects(result.stdout) if "label" in one]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--label", "tawny owl", "--label", "EURBLA"], [OWL, BLACKBIRD]),
        (["--label", "Waldkauz", "--names", "de"], [OWL]),
        (["--threshold", "0.7", "--threshold", "Australian Boobook=0.99"], [OWL, DOG, BLACKBIRD]),
        (["--place", "47.6,8.2"], [OWL, DOG, BLACKBIRD]),
        (["--place=-27.5, 153"], [DOG, BOOBOOK, BLACKBIRD]),
        (["--place", "1,8.2", "--range-threshold", "0.9"], [DOG, BLACKBIRD]),
        (["--include", "tawny owl,ninox boobook", "--exclude", "Dog"], [OWL, BOOBOOK]),
    ],
)
def test_replay_reports_what_is_chosen_by_any_name(run, arguments, expected):
    assert labels_in(replay(run, "--json", *arguments)) == expected


def test_lines_have_names_in_the_readers_language(run):
    shown = [line.split("  ")[1].strip() for line in replay(run, "--names", "de").stdout.splitlines()[:4]]
    assert shown == ["Waldkauz", "Hund", "Australian Boobook", "Amsel"]
    assert OWL in replay(run, "--names", "scientific").stdout


def test_json_keeps_the_label_and_adds_the_common_name(run):
    first = as_objects(replay(run, "--json", "--names", "de").stdout)[0]
    assert (first["label"], first["common_name"]) == (OWL, "Waldkauz")


def test_files_have_the_right_name_in_each_place(run, tmp_path):
    table, raven, database = (tmp_path / name for name in ("a.birdnet.csv", "a.raven.txt", "a.sqlite"))
    assert replay(run, "--names", "de", "--out", table, "--out", raven, "--out", database).returncode == 0
    assert [line.split(",")[2:4] for line in table.read_text().splitlines()][:2] == [
        ["Scientific name", "Common name"],
        [OWL, "Waldkauz"],
    ]
    header, first = (line.split("\t") for line in raven.read_text().splitlines()[:2])
    row = dict(zip(header, first, strict=True))
    assert (row["Label"], row["Common Name"]) == (OWL, "Waldkauz")
    with sqlite3.connect(database) as connection:
        stored = [label for (label,) in connection.execute("SELECT label FROM events ORDER BY begin_s")]
    assert stored == [OWL, DOG, BOOBOOK, BLACKBIRD]


def test_reports_and_exports_find_and_show_stored_labels_by_their_names(run, tmp_path):
    database = tmp_path / "a.sqlite"
    replay(run, "--out", database)
    report = run("report", database, "--names", "de").stdout
    assert "Amsel" in report
    assert "Other sounds" in report
    labels, others = report.split("Other sounds")
    others, hours = others.split("Hours of day")
    assert ("Hund" in labels, "Hund" in others, "Hund" in hours) == (False, True, False)
    assert "Hund" in run("report", database, "--names", "de", "--label", "dog").stdout.split("Hours of day")[1]
    chosen = json.loads(run("report", database, "--label", "eurbla", "--json").stdout)
    assert {row["label"] for row in chosen["labels"]} == {BLACKBIRD}
    check_refused(run("report", database, "--label", "Dodo"), 1, "'Dodo' was not listened for")
    assert run("export", database, "--form", "birdnet", "--names", "de", "--out", tmp_path / "out").returncode == 0
    (table,) = (tmp_path / "out").rglob("*.csv")
    assert f"{BLACKBIRD},Amsel" in table.read_text()


def test_watch_processes_again_only_with_other_species(run, home, tmp_path):
    watch = ["watch", home, "--once", "--model", "birds", "--json", "--ledger", tmp_path / "ledger"]
    assert labels_in(run(*watch, "--place", "47.6,8.2")) == [OWL, DOG, BLACKBIRD]
    assert labels_in(run(*watch, "--place", "47.6,8.2", "--names", "de", "--again")) == [OWL, DOG, BLACKBIRD]
    assert "1 recording skipped" in run(*watch, "--place=-27.5,153").stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--label", "Tawny Owls"], 2, "no chosen model reports 'Tawny Owls'; did you mean 'Tawny Owl'?"),
        (["--threshold", "Tawny Owls=0.5"], 2, "--threshold: no chosen model reports 'Tawny Owls'"),
        (["--threshold", "Tawny Owl=0.5", "--threshold", "tawowl1=0.6"], 2, "another threshold for 'Strix aluco'"),
        (["--names", "xx"], 2, "no names in 'xx'; use one of de, en, scientific"),
        (["--place", "somewhere"], 2, "--place 'somewhere': give latitude and longitude"),
        (["--place", "91,0"], 2, "--place '91,0': give latitude and longitude"),
        (["--place", "nan,0"], 2, "--place 'nan,0': give latitude and longitude"),
        (["--include", "Dodo"], 2, "no chosen model has 'Dodo'"),
        (["--place", "1,2", "--model", "commands"], 2, "--place: no chosen model has a range model"),
    ],
)
def test_errors_say_what_to_do(run, arguments, code, message):
    arguments = arguments if "--model" in arguments else [*arguments, "--model", "birds"]
    check_refused(run("replay", "20240510_060000.wav", "--speed", "max", *arguments), code, message)


def test_the_species_of_a_place_and_a_week(run):
    found = as_objects(run("species", "--model", "birds", "--place", "47.6,8.2", "--week", "18", "--json").stdout)
    assert {one["label"] for one in found} == {OWL, BLACKBIRD}
    assert found[0]["code"] in ("tawowl1", "eurbla")
    assert [one["probability"] for one in found] == sorted((one["probability"] for one in found), reverse=True)
    shown = run("species", "--model", "birds", "--place", "47.6,8.2", "--day", "2024-11-02", "--names", "de").stdout
    assert "Waldkauz" in shown
    assert "Amsel" not in shown
    assert "1 species at 47.6, 8.2 in week 41 of 48" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "give a place: --place LAT,LON"),
        (["--place", "1,2", "--week", "5", "--day", "2024-01-01"], 2, "--week and --day: give one of them"),
        (["--place", "1,2", "--day", "May"], 2, "--day 'May': give a date"),
        (["--place", "1,2", "--model", "commands"], 1, "commands has no range model"),
        (["--place", "1,2", "--names", "xx"], 2, "no names in 'xx'"),
    ],
)
def test_errors_of_species_say_what_to_do(run, arguments, code, message):
    arguments = arguments if "--model" in arguments else [*arguments, "--model", "birds"]
    check_refused(run("species", *arguments), code, message)
