"""``whipbird classify``: labels of clips."""

from pathlib import Path

import pytest
import soundfile

from command_line import as_objects, check_refused, only_line, whipbird_here
from many_labels import heard_labels
from unreadable import unreadable_folder


def test_classify(demo, shipped, tmp_path):
    samples, rate_hz = soundfile.read(demo)
    yes = tmp_path / "yes.wav"
    soundfile.write(yes, samples[round(0.5 * rate_hz) : round(1.5 * rate_hz)], rate_hz)
    result = whipbird_here("classify", yes, "nowhere.wav", "--json")
    assert result.returncode == 1  # one clip does not exist
    (found,) = as_objects(result.stdout)
    assert list(found) == ["path", "label", "score", "scores"]
    assert found["label"] == "yes"
    assert found["score"] == found["scores"]["yes"]
    assert sum(found["scores"].values()) == pytest.approx(1, abs=1e-4)
    assert "yes" in whipbird_here("classify", yes).stdout


def test_of_thousands_of_labels_those_that_score_are_given(many, tones):
    (found,) = as_objects(whipbird_here("classify", tones, "--model", many, "--json").stdout)
    assert found["label"] in heard_labels()
    assert found["scores"].keys() <= set(heard_labels())
    assert len(found["scores"]) < 10


def test_a_clip_below_the_threshold_has_no_label(demo, shipped, tmp_path):
    samples, rate_hz = soundfile.read(demo)
    soundfile.write(tmp_path / "yes.wav", samples[round(0.5 * rate_hz) : round(1.5 * rate_hz)], rate_hz)

    def label(*options):
        (found,) = as_objects(whipbird_here("classify", tmp_path / "yes.wav", "--json", *options).stdout)
        return found["label"]

    assert label("--threshold", "0.5") == label("--threshold", "0.99999", "--threshold", "yes=0.5") == "yes"
    assert label("--threshold", "yes=0.99999") is None
    assert "no label; yes" in whipbird_here("classify", tmp_path / "yes.wav", "--threshold", "0.99999").stdout


def test_folders_are_searched_like_everywhere(demo, shipped, tmp_path):
    (tmp_path / "clips" / "more").mkdir(parents=True)
    for name in ("b.flac", "more/a.flac", ".hidden.flac", "b.flac.part", "notes.txt"):
        (tmp_path / "clips" / name).symlink_to(demo)
    unreadable = unreadable_folder(tmp_path / "clips" / "more")
    result = whipbird_here("classify", "clips", "clips/*.flac", "--json", cwd=tmp_path)
    assert [found["path"] for found in as_objects(result.stdout)] == ["clips/b.flac", "clips/more/a.flac"]
    assert only_line(result.stderr).startswith(f"whipbird: clips/more/{Path(unreadable).name}")
    assert result.returncode == 1


def test_a_missing_clip_is_one_line(shipped, tmp_path):
    check_refused(whipbird_here("classify", "nowhere.wav", cwd=tmp_path), 1, "nowhere.wav")


def test_odd_names_are_shown_safely(demo, shipped, tmp_path):
    odd = tmp_path / "a[bold]\n\x1b[31mß😀.flac"
    odd.symlink_to(demo)
    assert "a[bold]··[31mß😀.flac:" in whipbird_here("classify", odd).stdout
