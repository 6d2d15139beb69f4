"""``whipbird classify``: labels of clips."""

import pytest
import soundfile

from command_line import as_objects, check_refused, whipbird_here


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


def test_a_missing_clip_is_one_line(shipped, tmp_path):
    check_refused(whipbird_here("classify", "nowhere.wav", cwd=tmp_path), 1, "nowhere.wav")


def test_odd_names_are_shown_safely(demo, shipped, tmp_path):
    odd = tmp_path / "a[bold]\n\x1b[31mß😀.flac"
    odd.symlink_to(demo)
    assert "a[bold]··[31mß😀.flac:" in whipbird_here("classify", odd).stdout
