"""The command that completes clips."""

import csv
import json

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from made_takes import CUT, RATE_HZ, hums, sines
from whipbird.errors import WhipbirdError
from whipbird_train.cli.app import app
from whipbird_train.extrapolate.methods import METHODS
from whipbird_train.extrapolate.takes import find_takes, read_takes
from whipbird_train.extrapolate.task import Cut


def whipbird(*arguments):
    result = CliRunner().invoke(app, ["extrapolate", *map(str, arguments)], env={"COLUMNS": "120"})
    if isinstance(result.exception, WhipbirdError):
        assert "\n" not in str(result.exception)
        return str(result.exception)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def folder(tmp_path):
    """Write clips into a temporary folder."""

    def write(waves, name="clips", file="{}.wav", rate_hz=RATE_HZ):
        (tmp_path / name).mkdir(exist_ok=True)
        for number, wave in enumerate(waves):
            soundfile.write(tmp_path / name / file.format(number), wave, rate_hz, subtype="FLOAT")
        return tmp_path / name

    return write


def test_sounds_scores_and_pictures(folder, tmp_path):
    waves = sines(6, longer=0)
    out = tmp_path / "new" / "out"
    shown = whipbird("--data", folder(waves), "--out", out)
    assert "6 takes: 0.150 s given, 0.150 s completed" in shown
    assert all(kind.name in shown for kind in METHODS.values())
    names = {f"{number}.wav" for number in range(6)}
    for part in ("original", "provided", *(f"completed/{method}" for method in METHODS)):
        assert {path.name for path in (out / part).iterdir()} == names
    original, rate_hz = soundfile.read(out / "original" / "2.wav")
    assert rate_hz == RATE_HZ
    assert np.allclose(original, waves[2], atol=1e-4)
    provided, _ = soundfile.read(out / "provided" / "2.wav")
    assert np.allclose(provided[: CUT.provided], waves[2][: CUT.provided], atol=1e-4)
    assert not provided[CUT.provided :].any()
    completed, _ = soundfile.read(out / "completed" / "linear" / "2.wav")
    assert len(completed) == CUT.length
    assert (completed[: CUT.provided] == provided[: CUT.provided]).all()
    assert len(list((out / "examples").glob("*.png"))) == 3
    assert (out / "scores.png").is_file()
    with (out / "takes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6 * len(METHODS)
    assert json.loads((out / "scores.json").read_text(encoding="utf-8"))["takes"] == 6


def test_what_is_there_is_not_overwritten(folder, tmp_path):
    out = folder(hums(1), "out")
    before = sorted(out.iterdir())
    assert "is not overwritten" in whipbird("--data", folder(hums(7)), "--out", out)
    assert "is not overwritten" in whipbird("--data", folder(hums(7)), "--out", out / "0.wav")
    assert sorted(out.iterdir()) == before


def test_scores_for_programs(folder):
    said = json.loads(whipbird("--data", folder(hums(6)), "--share", 0.25, "--json"))
    assert (said["provided_s"], said["missing_s"], said["rate_hz"]) == (0.075, 0.225, RATE_HZ)
    assert said["methods"]["silence"]["snr_db"] == [0, 0, 0]
    assert set(said["methods"]) == set(METHODS)


def test_speakers_and_digits_are_distinguished(folder):
    folder(hums(7), file="3_ann_{}.wav")
    place = folder(hums(8), file="4_bob_{}.wav")
    assert len(find_takes(place, "bob", 4)) == 8
    assert len(find_takes(place, None, 3)) == 7  # the first speaker
    assert "no speaker 'eve'" in whipbird("--data", place, "--speaker", "eve")
    assert "ann, bob" in whipbird("--data", place, "--speaker", "eve")
    assert "no 'three' by bob" in whipbird("--data", place, "--speaker", "bob", "--digit", 3)


@pytest.mark.parametrize(
    ("count", "options", "says"),
    [
        (0, (), "no recordings in"),
        (5, (), "only 5 recordings"),
        (7, ("--speaker", "ann"), "leave out --speaker and --digit"),
        (7, ("--share", 0), "leaves less than 0.032 s"),
        (7, ("--share", 0.99), "leaves less than 0.032 s"),
        (501, (), "501 recordings are too many"),
    ],
)
def test_what_cannot_be_completed_is_one_line(count, options, says, folder):
    assert says in whipbird("--data", folder([np.ones(2400)] * count), *options)


def test_long_clips_are_one_line(folder):
    assert "longer than 5 s" in whipbird("--data", folder([np.ones(41_000)] * 6))


def test_no_folder_is_one_line(tmp_path, monkeypatch):
    assert "is not a folder" in whipbird("--data", tmp_path / "nowhere")
    monkeypatch.setenv("WHIPBIRD_DATA", str(tmp_path))
    assert "no folder" in whipbird()


def test_damaged_and_silent_clips_are_left_out(folder, caplog):
    place = folder([*hums(7), np.zeros(2400)])
    (place / "broken.wav").write_bytes(b"RIFF")
    assert len(read_takes(find_takes(place, None, None), 0.5, RATE_HZ)) == 7
    assert "broken.wav" in caplog.text
    assert "digital silence" in caplog.text


def test_clips_of_one_name_in_two_formats_keep_it_apart(folder):
    place = folder(hums(6))
    soundfile.write(place / "3.flac", hums(1)[0], RATE_HZ)
    names = read_takes(find_takes(place, None, None), 0.5, RATE_HZ).names
    assert names == ("0", "1", "2", "3.flac", "3.wav", "4", "5")


def test_all_takes_are_cut_to_the_shortest(folder):
    place = folder([*hums(6), hums(1)[0][:2000]])
    assert read_takes(find_takes(place, None, None), 0.25, RATE_HZ).cut == Cut(500, 2000, RATE_HZ)
    assert read_takes(find_takes(place, None, None), 0.5, 16_000).cut == Cut(2000, 4000, 16_000)


def test_real_digits(data, tmp_path):
    """Regression on samples is no better than silence; regression on spectra is closer in spectrum."""
    place = tmp_path / "digits"
    place.mkdir()
    for take in range(12):
        source = data / "spoken-digits" / f"0_jackson_{take}.flac"
        (place / source.name).write_bytes(source.read_bytes())
    methods = json.loads(whipbird("--data", place, "--json"))["methods"]
    distance = {name: scores["log_spectral_distance_db"][0] for name, scores in methods.items()}
    assert methods["linear"]["snr_db"][2] < -1
    assert methods["ridge"]["snr_db"][0] > -1
    assert distance["spectral"] < distance["linear"] < distance["silence"]
    assert distance["neighbours"] < distance["linear"]
