import numpy as np
import pytest
import soundfile

from command_line import only_line, whipbird_here


def tone(*arguments):
    return whipbird_here("tone", *arguments, env={"COLUMNS": "200"})


def spectrum(path):
    sound, rate_hz = soundfile.read(path)
    levels = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return levels / levels.max(), np.fft.rfftfreq(len(sound), 1 / rate_hz)


def test_tones_together(tmp_path):
    path = tmp_path / "chord.wav"
    done = tone(500, 1000, 5000, "--together", "--level", -20, "--out", path)
    assert (done.returncode, done.stderr) == (0, "")
    levels, frequencies_hz = spectrum(path)
    assert set(np.round(frequencies_hz[levels > 0.5], -2)) == {500, 1000, 5000}
    sound, rate_hz = soundfile.read(path)
    assert (len(sound), rate_hz) == (48_000, 48_000)
    assert 20 * np.log10(np.abs(sound).max()) == pytest.approx(-20, abs=0.01)
    assert abs(sound[[0, -1]]).max() < 1e-4


def test_one_after_the_other(tmp_path):
    path = tmp_path / "all.flac"
    options = ("--sweep", 100, 8000, "--clicks", 2, "--seconds", 0.5, "--rate", 44_100)
    assert tone(500, 1000, *options, "--out", path).returncode == 0
    assert soundfile.info(path).frames == 4 * 22_050
    first, second = soundfile.read(path)[0][: 2 * 22_050].reshape(2, -1)
    assert [np.argmax(np.abs(np.fft.rfft(part))) * 2 for part in (first, second)] == [500, 1000]


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_the_same_arguments_make_the_same_file(tmp_path, suffix):
    paths = [tmp_path / f"{name}.{suffix}" for name in "ab"]
    for path in paths:
        assert tone(440, "--clicks", 3, "--out", path).returncode == 0
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_file_is_replaced_only_when_asked(tmp_path):
    path = tmp_path / "recording.wav"
    path.write_text("precious")
    done = tone(440, "--out", path)
    assert done.returncode == 1
    assert str(path) in only_line(done.stderr)
    assert "--replace" in done.stderr
    assert path.read_text() == "precious"
    assert tone(440, "--out", path, "--replace").returncode == 0
    assert soundfile.info(path).frames == 48_000
    assert [file.name for file in tmp_path.iterdir()] == ["recording.wav"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "nothing to make"),
        ((30_000, "--out", "x.wav"), "less than half of the sample rate"),
        ((0, "--out", "x.wav"), "less than half of the sample rate"),
        (("nan", "--out", "x.wav"), "less than half of the sample rate"),
        (("--sweep", 0, 100, "--out", "x.wav"), "less than half of the sample rate"),
        (("--clicks", 0, "--out", "x.wav"), "up to 500"),
        ((440, "--out", "x.mp3"), "unknown extension"),
        ((440, "--seconds", 3600, "--out", "x.wav"), "too long"),
    ],
)
def test_wrong_arguments_are_usage_errors(tmp_path, monkeypatch, arguments, text):
    monkeypatch.chdir(tmp_path)
    done = tone(*arguments)
    assert done.returncode == 2
    assert text in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist(tmp_path):
    done = tone(440, "--out", tmp_path / "nowhere" / "x.wav")
    assert done.returncode == 1
    assert done.stderr.startswith("whipbird: cannot write ")


def test_playing_needs_a_loudspeaker():
    """There may be one here, but none of this name."""
    done = tone(440, "--device", "none such")
    assert done.returncode == 1
    assert only_line(done.stderr)
