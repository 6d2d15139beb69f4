"""Pictures have the right size, are not empty, and have axes in hertz and seconds that end with the sound."""

import io

import numpy as np
import pytest
from matplotlib import image

from made_recordings import facts, noise, sine, write
from whipbird.errors import OutputError
from whipbird.inspect import figure as pictures
from whipbird.inspect.marks import Lane, Mark
from whipbird.inspect.view import View

RATE_HZ = 16_000
LANES = [
    Lane("detected by birds", False, (Mark(0.5, 0.8, "cuckoo"), Mark(1.2, 1.4, "wren"))),
    Lane("annotations", True, (Mark(0.5, 0.9, "$x_1$"),)),
]


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "sound.wav"
    return facts(write(path, noise(2, RATE_HZ, 0.01) + sine(4000, 2, RATE_HZ, 0.3), RATE_HZ))


def pixels(figure):
    data = io.BytesIO()
    figure.savefig(data, dpi=100, format="png", facecolor="white")
    data.seek(0)
    return image.imread(data)[..., :3]


def titled(figure, name):
    return next(axes for axes in figure.axes if axes.get_title(loc="left").startswith(name))


def test_all_views_in_one_figure(surveyed):
    figure = pictures.draw(*surveyed, list(View), LANES)
    for name in ("waveform", "short-time Fourier", "mel spectrogram", "mel-frequency cepstral", "spectrum"):
        titled(figure, name)
    height, width, _ = pixels(figure).shape
    assert width == 1000
    assert 1000 < height < 1400


@pytest.mark.parametrize("view", list(View))
def test_each_view_alone_is_not_empty(surveyed, view):
    picture = pixels(pictures.draw(*surveyed, [view]))
    assert picture.shape[1] == 1000
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 50
    assert (picture[[0, -1]] == 1).all()  # a light ground


def test_axes_are_in_hertz_and_seconds(surveyed):
    figure = pictures.draw(*surveyed, list(View))
    for name in ("short-time Fourier", "mel spectrogram"):
        axes = titled(figure, name)
        assert axes.get_ylim() == (0, RATE_HZ / 2)
        assert axes.get_ylabel() == "hertz"
        assert axes.get_xlim() == (0, 2)
    assert titled(figure, "mel-frequency").get_xlabel() == "seconds"
    assert titled(figure, "spectrum").get_xlim() == (0, RATE_HZ / 2)
    assert "dB" in [axes.get_title() for axes in figure.axes]


def test_a_tone_is_at_its_frequency(surveyed):
    axes = titled(pictures.draw(*surveyed, [View.STFT]), "short-time Fourier")
    mesh = axes.collections[0]
    loudest = np.unravel_index(np.argmax(mesh.get_array()), mesh.get_array().shape)
    edges_hz = mesh.get_coordinates()[:, 0, 1]
    assert edges_hz[loudest[0]] <= 4000 <= edges_hz[loudest[0] + 1]


def test_a_part_keeps_its_times(tmp_path):
    surveyed = facts(write(tmp_path / "sound.wav", noise(5, RATE_HZ), RATE_HZ), begin_s=2, end_s=3.5)
    figure = pictures.draw(*surveyed, [View.WAVEFORM, View.MEL], LANES)
    assert titled(figure, "waveform").get_xlim() == (2, 3.5)
    assert titled(figure, "mel").collections[0].get_coordinates()[0, :, 0].min() == pytest.approx(2, abs=0.02)


def test_a_loud_line_is_not_lost_between_pixels(tmp_path):
    """There are more frequencies than rows of pixels; a pure tone is equally bright at each of them."""
    for frequency_hz in (30_000, 30_046.875, 30_093.75):
        path = write(tmp_path / "line.wav", sine(frequency_hz, 1, 192_000, 0.5), 192_000)
        mesh = titled(pictures.draw(*facts(path), [View.STFT]), "short-time").collections[0]
        assert mesh.get_array().shape[0] <= 260
        assert mesh.get_array().max() == pytest.approx(-6, abs=1.5)


@pytest.mark.parametrize("sound", [np.zeros(16_000), np.array([0.5]), np.zeros(40)], ids=len)
def test_silence_and_the_shortest_sounds_can_be_drawn(tmp_path, sound):
    surveyed = facts(write(tmp_path / "sound.wav", sound, RATE_HZ))
    assert pixels(pictures.draw(*surveyed, list(View), LANES)).shape[1] == 1000


@pytest.mark.parametrize("rate_hz", [1000, 22_050, 384_000])
@pytest.mark.filterwarnings("error:Empty filters:UserWarning")
def test_every_rate_has_mel_bands_without_holes(tmp_path, rate_hz):
    surveyed = facts(write(tmp_path / "sound.wav", noise(0.5, rate_hz), rate_hz))
    assert pixels(pictures.draw(*surveyed, [View.MEL, View.MFCC])).shape[1] == 1000


def test_a_picture_is_the_same_file_each_time(surveyed, tmp_path):
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    for path in (first, second):
        pictures.save(pictures.draw(*surveyed, [View.STFT], LANES), path)
    assert first.read_bytes() == second.read_bytes()


def test_another_file_is_not_replaced(surveyed, tmp_path):
    path = tmp_path / "notes.png"
    path.write_text("not a picture")
    with pytest.raises(OutputError, match="another kind of file"):
        pictures.save(pictures.draw(*surveyed, [View.WAVEFORM]), path)
    assert path.read_text() == "not a picture"
    with pytest.raises(OutputError, match="unknown picture format"):
        pictures.save(pictures.draw(*surveyed, [View.WAVEFORM]), tmp_path / "picture.gif")
