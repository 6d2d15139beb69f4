"""Pictures: of the right size, not empty, with axes in hertz and seconds that end where the sound does."""

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
    Lane("heard by birds", False, (Mark(0.5, 0.8, "cuckoo"), Mark(1.2, 1.4, "wren"))),
    Lane("noted", True, (Mark(0.5, 0.9, "$x_1$"),)),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "sound.wav"
    return facts(write(path, noise(2, RATE_HZ, 0.01) + sine(4000, 2, RATE_HZ, 0.3), RATE_HZ))


def pixels(figure):
    data = io.BytesIO()
    figure.savefig(data, dpi=100, format="png", facecolor="white")
    data.seek(0)
    return image.imread(data)[..., :3]


def titled(figure, name):
    return next(axes for axes in figure.axes if axes.get_title(loc="left").startswith(name))


def test_all_views_in_one_figure(told):
    figure = pictures.draw(*told, list(View), LANES)
    for name in ("waveform", "short-time Fourier", "mel spectrogram", "mel-frequency cepstral", "spectrum"):
        titled(figure, name)
    height, width, _ = pixels(figure).shape
    assert width == 1000
    assert 1000 < height < 1400


@pytest.mark.parametrize("view", list(View))
def test_each_view_alone_is_not_empty(told, view):
    picture = pixels(pictures.draw(*told, [view]))
    assert picture.shape[1] == 1000
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 50
    assert (picture[[0, -1]] == 1).all()  # a light ground


def test_axes_are_in_hertz_and_seconds(told):
    figure = pictures.draw(*told, list(View))
    for name in ("short-time Fourier", "mel spectrogram"):
        axes = titled(figure, name)
        assert axes.get_ylim() == (0, RATE_HZ / 2)
        assert axes.get_ylabel() == "hertz"
        assert axes.get_xlim() == (0, 2)
    assert titled(figure, "mel-frequency").get_xlabel() == "seconds"
    assert titled(figure, "spectrum").get_xlim() == (0, RATE_HZ / 2)
    assert "dB" in [axes.get_title() for axes in figure.axes]


def test_a_tone_is_where_it_belongs(told):
    axes = titled(pictures.draw(*told, [View.STFT]), "short-time Fourier")
    mesh = axes.collections[0]
    loudest = np.unravel_index(np.argmax(mesh.get_array()), mesh.get_array().shape)
    edges_hz = mesh.get_coordinates()[:, 0, 1]
    assert edges_hz[loudest[0]] <= 4000 <= edges_hz[loudest[0] + 1]


def test_a_part_keeps_its_times(tmp_path):
    told = facts(write(tmp_path / "sound.wav", noise(5, RATE_HZ), RATE_HZ), begin_s=2, end_s=3.5)
    figure = pictures.draw(*told, [View.WAVEFORM, View.MEL], LANES)
    assert titled(figure, "waveform").get_xlim() == (2, 3.5)
    assert titled(figure, "mel").collections[0].get_coordinates()[0, :, 0].min() == pytest.approx(2, abs=0.02)


def test_a_loud_line_is_not_lost_between_the_dots(tmp_path):
    """There are more frequencies than rows of dots; a pure tone at any of them is as bright as at any other."""
    for frequency_hz in (30_000, 30_046.875, 30_093.75):
        path = write(tmp_path / "line.wav", sine(frequency_hz, 1, 192_000, 0.5), 192_000)
        mesh = titled(pictures.draw(*facts(path), [View.STFT]), "short-time").collections[0]
        assert mesh.get_array().shape[0] <= 260
        assert mesh.get_array().max() == pytest.approx(-6, abs=1.5)


@pytest.mark.parametrize("sound", [np.zeros(16_000), np.array([0.5]), np.zeros(40)], ids=len)
def test_silence_and_the_shortest_of_sounds_can_be_drawn(tmp_path, sound):
    told = facts(write(tmp_path / "sound.wav", sound, RATE_HZ))
    assert pixels(pictures.draw(*told, list(View), LANES)).shape[1] == 1000


@pytest.mark.parametrize("rate_hz", [1000, 22_050, 384_000])
@pytest.mark.filterwarnings("error:Empty filters:UserWarning")
def test_every_rate_has_mel_bands_without_holes(tmp_path, rate_hz):
    told = facts(write(tmp_path / "sound.wav", noise(0.5, rate_hz), rate_hz))
    assert pixels(pictures.draw(*told, [View.MEL, View.MFCC])).shape[1] == 1000


def test_a_picture_is_the_same_file_each_time(told, tmp_path):
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    for path in (first, second):
        pictures.save(pictures.draw(*told, [View.STFT], LANES), path)
    assert first.read_bytes() == second.read_bytes()


def test_another_file_is_not_replaced(told, tmp_path):
    path = tmp_path / "notes.png"
    path.write_text("not a picture")
    with pytest.raises(OutputError, match="another file"):
        pictures.save(pictures.draw(*told, [View.WAVEFORM]), path)
    assert path.read_text() == "not a picture"
    with pytest.raises(OutputError, match="no known kind of picture"):
        pictures.save(pictures.draw(*told, [View.WAVEFORM]), tmp_path / "picture.gif")
