"""Figures of results, a history and a sound."""

import warnings

import numpy as np
import pytest
from matplotlib.image import imread

from whipbird.figure_style import save_figure
from whipbird_train.evaluate.clip_results import ClipResults
from whipbird_train.reports import figures

RATE_HZ = 16_000


def random_results(labels, clips=200):
    rng = np.random.default_rng(1)
    names = tuple(f"folder/{number}.wav" for number in range(clips))
    truth = rng.integers(0, len(labels), clips)
    return ClipResults(tuple(labels), truth, rng.random((clips, len(labels))), names, names)


def texts(figure):
    """All texts in the panels of a figure, except titles and ticks."""
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def is_picture(path):
    """Whether a PNG can be read and shows more than one colour."""
    return np.ptp(imread(path)[..., :3]) > 0.5


@pytest.mark.parametrize(
    "labels", [("yes", "no"), [f"a very long name of label {number}" for number in range(35)], ("$x$", "_y^"), ("one",)]
)
def test_any_labels_can_be_drawn(labels, tmp_path):
    results = random_results(labels)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_figure(figures.confusion_figure(results), tmp_path / "figure.png")
    assert is_picture(tmp_path / "figure.png")


def test_the_confusion_matrix_shows_each_count_but_zeros():
    results = ClipResults(
        ("a", "b"), np.array([0, 0, 0, 1]), np.array([[1, 0], [1, 0], [0, 1], [0, 1]]), ("",) * 4, ("",) * 4
    )
    assert texts(figures.confusion_figure(results)) == ["2", "1", "1"]


def test_a_damaged_history_is_read(tmp_path):
    path = tmp_path / "history.csv"
    # Interrupted in the middle of a row, restarted with a header, an epoch repeated, a loss that is NaN
    path.write_text(
        "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.1,2.5,0.2,2.4\n1,0.3,2.0,0.\n"
        "epoch,accuracy,loss,val_accuracy,val_loss\n1,0.35,nan,0.4,1.9\n2,0.5,1.5"
    )
    history = figures.read_history(path)
    np.testing.assert_array_equal(history["epoch"], [0, 1, 2])
    np.testing.assert_array_equal(history["accuracy"], [0.1, 0.35, 0.5])
    np.testing.assert_array_equal(history["loss"], [2.5, np.nan, 1.5])
    np.testing.assert_array_equal(history["val_accuracy"], [0.2, 0.4, np.nan])
    _, accuracy = figures.learning_figure(path).axes
    assert accuracy.get_title(loc="right") == "best in validation: 40.0%, epoch 2"


@pytest.mark.parametrize(
    "content", ["", "epoch,loss\n", "something\nelse\n", "epoch,loss\n0,1.5\n", "epoch,val_accuracy\n0,\n"]
)
def test_learning_curves_of_little_or_nothing(content, tmp_path):
    (tmp_path / "history.csv").write_text(content)
    save_figure(figures.learning_figure(tmp_path / "history.csv"), tmp_path / "figure.png")
    assert is_picture(tmp_path / "figure.png")


def test_a_tone_is_loudest_in_its_band():
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    decibels = figures.mel_decibels(tone, RATE_HZ)
    assert decibels.shape == (64, 101)
    assert decibels.max() == pytest.approx(0, abs=1e-4)
    assert decibels.min() == pytest.approx(-80, abs=1e-4)
    centres_hz = figures.librosa.mel_frequencies(66, fmin=0, fmax=RATE_HZ / 2)[1:-1]
    assert centres_hz[decibels[:, 50].argmax()] == pytest.approx(1000, abs=30)


def test_digital_silence_is_dark():
    np.testing.assert_allclose(figures.mel_decibels(np.zeros(RATE_HZ, np.float32), RATE_HZ), -80)


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 96_000])
@pytest.mark.parametrize("seconds", [0.02, 0.5])
def test_short_clips_of_any_rate_have_a_spectrogram(rate_hz, seconds):
    noise = np.random.default_rng(1).normal(0, 0.1, int(rate_hz * seconds)).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(figures.mel_decibels(noise, rate_hz)).all()


def test_mistakes_show_both_labels_and_the_file(noise, tmp_path):
    mistakes = random_results(("cat", "dog")).mistakes(5)

    def sound(name):
        if name == mistakes[1].name:
            raise OSError("no such file")
        return noise, RATE_HZ

    figure = figures.mistakes_figure(mistakes, sound)
    worst = mistakes[0]
    assert figure.axes[0].get_title(loc="left") == f"{worst.truth} → {worst.chosen} {worst.score:.2f}"
    assert worst.name.removeprefix("folder/") in texts(figure)
    assert texts(figure).count("cannot be read") == 1
    save_figure(figure, tmp_path / "figure.png")
    assert is_picture(tmp_path / "figure.png")


def test_long_texts_lose_their_middle():
    assert figures.shortened("abcdefghij", 5) == "ab…ij"
    assert figures.shortened("abcde", 5) == "abcde"
