"""Models as settings want them."""

import pytest

from whipbird.engine.species_choice import names_of
from whipbird.station.settings.check import load_models
from whipbird.station.settings.read import SettingsError, read_settings
from whole_windows import whole_bundle


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("station")
    whole_bundle(folder / "whole", activation={"kind": "sigmoid", "slope": 1.0})
    return folder


def settings(folder, text):
    path = folder / "station.toml"
    path.write_text(f'[[source]]\nname = "card"\nfolder = "."\nmodels = ["./whole", "digits"]\n{text}')
    return read_settings(path), path


def test_a_model_runs_as_its_settings_say(folder):
    parsed, path = settings(
        folder,
        '[models.whole]\nsensitivity = 0.75\nhop_s = 1.0\nthreshold = 0.5\nlabels = ["yes", "no"]\n'
        "[models.whole.thresholds]\nyes = 0.6\n",
    )
    models = load_models(parsed, path)["card"]
    card = models[0].card
    assert (card.hop_s, card.reference_s, card.activation.slope) == (1.0, 0.0, 0.75)
    assert (card.debounce["yes"].on, card.debounce["no"].on) == (0.6, 0.5)
    assert models[1].card.hop_s == 0.06
    assert parsed.source[0].reported(names_of(models)) == {"yes", "no", *models[1].card.debounce}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[models.digits]\nhop_s = 1", "models: digits has a hop of 0.06 s, which cannot be changed"),
        ("[models.digits]\nsensitivity = 1", "models: digits has no sensitivity: its activation is no sigmoid"),
        ("[models.whole]\nhop_s = 2", "models: a hop of 2 s does not fit whole, whose windows last 1 s"),
        ('[models.whole]\nlabels = ["maybe"]', "labels: the model does not report 'maybe'"),
        ("[models.whole.thresholds]\nye = 0.5", "thresholds: the model does not report 'ye'"),
    ],
)
def test_settings_that_a_model_cannot_have_are_refused_in_one_line(folder, text, message):
    parsed, path = settings(folder, text)
    with pytest.raises(SettingsError) as caught:
        load_models(parsed, path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
