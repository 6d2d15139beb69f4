import sys

import numpy as np
import pytest
import soundfile

from lossy import encoded
from triggered import write_wav as write_triggered
from whipbird.engine.classify import classify, clip_windows, combine, read_clip
from whipbird.errors import SourceError

RATE_HZ = 16_000


def test_most_clips_of_an_easy_word_are_recognised(commands, clips):
    paths = sorted((clips / "yes").iterdir())[:20]
    found = [classify(commands, *read_clip(str(path))).label for path in paths]
    assert found.count("yes") >= 15


def test_the_label_is_the_one_with_the_highest_score(commands, noise):
    result = classify(commands, noise, RATE_HZ)
    assert list(result.scores) == commands.card.labels
    assert result.score == max(result.scores.values()) == result.scores[result.label]


def test_silence_is_silence(commands):
    assert classify(commands, np.zeros(RATE_HZ, np.float32), RATE_HZ).label == "_silence_"


@pytest.mark.parametrize("samples", [1, 100, 15_871, 15_872, 15_873, 40_000])
def test_a_clip_may_be_shorter_or_longer_than_the_window(commands, noise, samples):
    assert classify(commands, np.resize(noise, samples), RATE_HZ).label in commands.card.labels


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 384_000])
def test_a_clip_may_have_another_rate(commands, rate_hz):
    assert classify(commands, np.zeros(rate_hz // 2, np.float32), rate_hz).label == "_silence_"


def test_a_short_clip_is_in_the_middle_of_silence(commands, noise):
    window = commands.frontend().span(commands.card.window)
    short = noise[:8_000]
    padded = np.pad(short, ((window - 8_000) // 2, (window - 8_000 + 1) // 2))
    assert classify(commands, short, RATE_HZ) == classify(commands, padded, RATE_HZ)


@pytest.mark.parametrize("extra", [0, 1, 160, 959, 960, 961, 2_500])
def test_windows_are_centred_on_the_middle(commands, noise, extra):
    frontend, window, hop = commands.frontend(), commands.card.window, commands.card.hop
    sound = np.tile(noise, 2)[: frontend.span(window) + extra]
    windows = clip_windows(frontend, sound, window, hop)
    assert len(windows) == 1 + extra // hop
    rest = extra % hop
    middle = sound[rest // 2 : len(sound) - (rest - rest // 2)]
    np.testing.assert_array_equal(windows, clip_windows(frontend, middle, window, hop))
    np.testing.assert_array_equal(windows[0], commands.frontend().whole(middle)[:window])


@pytest.mark.parametrize(("samples", "windows"), [(1, 1), (8_000, 1), (8_001, 2), (12_000, 2), (15_999, 3)])
def test_whole_windows_begin_with_the_clip(lecture, noise, samples, windows):
    sound = np.resize(noise, samples)
    found = clip_windows(lecture.frontend(), sound, 8_000, 4_000, from_start=True)
    padded = np.pad(sound, (0, 20_000))
    assert len(found) == windows
    for number, window in enumerate(found):
        np.testing.assert_array_equal(window[:, 0], padded[number * 4_000 :][:8_000])


def test_in_a_long_clip_the_word_counts_not_the_silence_around_it(commands, clips):
    best = max(
        (read_clip(str(path))[0] for path in sorted((clips / "yes").iterdir())[:5]),
        key=lambda clip: classify(commands, clip, RATE_HZ).scores["yes"],
    )
    long = np.concatenate((np.zeros(3 * RATE_HZ, np.float32), best, np.zeros(3 * RATE_HZ, np.float32)))
    assert classify(commands, long, RATE_HZ).label == "yes"


# Scores of five windows: background, a spike of the first label, the second one for a while.
WINDOWS = np.array([[0.9, 0.05, 0.05], [0.1, 0.9, 0.0], [0.9, 0.1, 0.0], [0.3, 0.0, 0.7], [0.2, 0.0, 0.8]], np.float32)


@pytest.mark.parametrize(
    ("smooth", "windows"),
    [(0, [1]), (1, [1]), (2, [3, 4]), (3, [2, 3, 4]), (5, [0, 1, 2, 3, 4]), (99, [0, 1, 2, 3, 4])],
)
def test_the_windows_count_in_which_a_label_scores_highest(smooth, windows):
    np.testing.assert_allclose(combine(WINDOWS, [1, 2], smooth), WINDOWS[windows].mean(axis=0), rtol=1e-6)


@pytest.mark.parametrize("reported", [[0, 1, 2], []])
def test_all_windows_count_where_there_is_no_background(reported):
    for smooth in (1, 2, 99):
        np.testing.assert_allclose(combine(WINDOWS, reported, smooth), WINDOWS.mean(axis=0), rtol=1e-6)


def test_a_clip_is_read_as_the_mean_of_its_channels_or_as_one(tmp_path):
    path = tmp_path / "clip.wav"
    stereo = np.stack((np.full(100, 0.5), np.full(100, -0.25)), axis=1)
    soundfile.write(path, stereo, 22_050, subtype="FLOAT")
    for channel, level in ((None, 0.125), (1, 0.5), (2, -0.25)):
        samples, rate_hz = read_clip(str(path), channel)
        assert rate_hz == 22_050
        np.testing.assert_allclose(samples, np.full(100, level))


def test_other_channels_do_not_spoil_the_chosen_one(tmp_path):
    path = tmp_path / "clip.wav"
    write(path, np.stack((np.full(100, 0.5), np.full(100, np.nan)), axis=1))
    np.testing.assert_array_equal(read_clip(str(path), 1)[0], np.full(100, 0.5, np.float32))


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text are possible on Linux alone")
def test_the_name_of_a_clip_need_not_be_text(tmp_path):
    path = tmp_path / "dawn\udcff.wav"  # the byte 255, which no character starts with
    write(tmp_path / "dawn.wav", np.zeros(100))
    (tmp_path / "dawn.wav").rename(path)
    assert read_clip(str(path))[0].shape == (100,)


def test_what_a_triggered_recorder_left_out_is_no_part_of_a_clip(tmp_path):
    sound = np.full(1_000, 999, np.int16)
    path = write_triggered(tmp_path / "20240501_060000T.WAV", RATE_HZ, sound, 100, sound)
    assert read_clip(str(path))[0].shape == (2_000,)


def write(path, samples, rate_hz=RATE_HZ):
    soundfile.write(path, samples, rate_hz, subtype="FLOAT")


@pytest.mark.parametrize("suffix", [".mp3", ".ogg", ".flac", ".wav"])
def test_a_clip_of_several_files_joined_is_read_to_its_end(tmp_path, suffix):
    content = encoded(tmp_path / f"one{suffix}", 1, 16_000)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content + content)
    samples, rate_hz = read_clip(str(path))
    assert len(samples) == pytest.approx(2 * rate_hz, abs=0.1 * rate_hz)
    path.write_bytes(content + encoded(tmp_path / f"other{suffix}", 1, 24_000))
    with pytest.raises(
        SourceError, match=r"another recording follows after .* s, at 24000 Hz with 1 channel, which is not processed"
    ):
        read_clip(str(path))


def test_a_clip_that_is_damaged_inside_is_refused(tmp_path):
    content = encoded(tmp_path / "a.mp3", 4, 16_000)
    half = len(content) // 2
    (tmp_path / "a.mp3").write_bytes(content[:half] + bytes(1000) + content[half + 1000 :])
    with pytest.raises(SourceError, match=r"a\.mp3: damaged: .* s cannot be decoded"):
        read_clip(str(tmp_path / "a.mp3"))


@pytest.mark.parametrize(
    ("make", "channel", "reason"),
    [
        (lambda path: None, None, "No such file"),
        (lambda path: path.mkdir(), None, "no recordings in this folder"),
        (lambda path: path.write_bytes(b""), None, "the file is empty"),
        (lambda path: path.write_bytes(b"no sound at all"), None, "not a recording that can be read"),
        (lambda path: write(path, np.zeros(0)), None, "holds no sound"),
        (lambda path: write(path, np.array([0, np.nan, 0])), None, "has samples that are not finite numbers"),
        (lambda path: write(path, np.array([0, np.inf, 0])), None, "has samples that are not finite numbers"),
        (lambda path: write(path, np.zeros(100)), 2, "has 1 channels, not 2"),
        (lambda path: write(path, np.zeros(100), 100), None, "a rate of 100 Hz is out of range"),
        (lambda path: write(path, np.zeros(600_001), 1_000), None, "is longer than ten minutes"),
    ],
    ids=["missing", "folder", "empty", "text", "no samples", "nan", "inf", "channel", "rate", "long"],
)
def test_a_clip_that_cannot_be_used_is_refused_in_one_line(tmp_path, make, channel, reason):
    path = tmp_path / "clip.wav"
    make(path)
    with pytest.raises(SourceError) as caught:
        read_clip(str(path), channel)
    assert str(caught.value).startswith(f"{path}: {reason}")
    assert "\n" not in str(caught.value)
