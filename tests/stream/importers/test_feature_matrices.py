"""Matrices equal those of the programs that train networks."""

import json

import librosa
import numpy as np
import pytest

from made_frontends import MEL, RATE_HZ, SIZES
from whipbird.errors import DataError
from whipbird.importers.feature_matrices import MatrixChoice, make_matrices, read_frontend
from whipbird.models.frontends.mfcc import MfccSettings
from whipbird.models.frontends.raw import RawSettings
from whipbird_train import frontend_matrices

SETTINGS = MfccSettings(**SIZES[0], **MEL, coefficients=13)


def test_librosas_matrices_are_the_default():
    ours = make_matrices(SETTINGS, MatrixChoice(), RATE_HZ)
    librosas = frontend_matrices.make_matrices(SETTINGS, RATE_HZ)
    assert ours.keys() == librosas.keys() == {"window", "mel", "dct"}
    for name, matrix in librosas.items():
        np.testing.assert_allclose(ours[name], matrix, atol=1e-6)
        assert ours[name].dtype == np.float32


def test_htks_bands_are_librosas():
    ours = make_matrices(SETTINGS, MatrixChoice(mel="htk"), RATE_HZ)["mel"]
    expected = librosa.filters.mel(sr=RATE_HZ, n_fft=512, n_mels=40, fmin=20, fmax=8000, htk=True, norm=None)
    np.testing.assert_allclose(ours, expected, atol=1e-6)


def test_tensorflows_bands_and_cosines():
    tensorflow = pytest.importorskip("tensorflow")
    ours = make_matrices(SETTINGS, MatrixChoice(mel="tensorflow", dct="tensorflow"), RATE_HZ)
    bands = tensorflow.signal.linear_to_mel_weight_matrix(40, 257, RATE_HZ, 20.0, 8000.0).numpy()
    np.testing.assert_allclose(ours["mel"], bands.T, atol=1e-4)
    cosines = tensorflow.signal.mfccs_from_log_mel_spectrograms(np.eye(40, dtype=np.float32)).numpy()
    np.testing.assert_allclose(ours["dct"], cosines.T[:13], atol=1e-6)


def test_a_symmetric_hamming_window_with_a_gain():
    window = make_matrices(SETTINGS, MatrixChoice(window="hamming", periodic=False, gain=0.5), RATE_HZ)["window"]
    np.testing.assert_allclose(window[16:496], np.hamming(480) / 2, atol=1e-6)
    assert not window[:16].any()


def test_samples_need_no_matrices():
    assert make_matrices(RawSettings(), MatrixChoice(), RATE_HZ) == {}


def test_a_file_holds_the_settings_of_a_card_and_how_matrices_are_made(tmp_path):
    path = tmp_path / "frontend.json"
    path.write_text(json.dumps({"kind": "mfcc", **SIZES[0], **MEL, "coefficients": 13, "matrices": {"mel": "htk"}}))
    assert read_frontend(path) == (SETTINGS, MatrixChoice(mel="htk"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "frontend.json: not JSON"),
        ("[]", "frontend.json: not the settings of a front end"),
        ('{"kind": "cepstrum"}', "frontend.json: frontend: "),
        ('{"kind": "raw", "matrices": {"mel": "bark"}}', "frontend.json: mel: "),
        ('{"kind": "stft", "frame": 512, "step": 160}', "frontend.json: stft.fft: "),
    ],
)
def test_what_is_wrong_in_a_file_is_named(text, message, tmp_path):
    path = tmp_path / "frontend.json"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        read_frontend(path)
    assert message in str(caught.value)
