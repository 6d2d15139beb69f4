"""The models that come with whipbird: whole, small, and as good at any loudness."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from whipbird.engine.classify import classify
from whipbird.models.model import Model

MODELS = Path(__file__).resolve().parent.parent / "models"
BUNDLES = sorted(path.parent.name for path in MODELS.glob("*/card.json"))
MOST_PARAMETERS = {"commands": 100_000, "capuchinbird": 100_000, "urbansound": 500_000}
LEVELS_DBFS = (-40, -20, 0)


def test_there_are_models():
    assert {"commands", "commands-lecture"} <= set(BUNDLES)


@pytest.fixture(scope="module", params=BUNDLES)
def model(request):
    return Model(str(MODELS / request.param))


def test_a_model_has_the_name_of_its_folder(model):
    assert model.card.name == model.folder.name


def test_a_model_runs_and_gives_a_score_for_each_label(model):
    card = model.card
    scores = model.windowed_network.score_window(np.zeros((card.window, model.frontend().width), np.float32))
    assert scores.shape == (len(card.labels),)
    assert np.isfinite(scores).all()


def test_the_bird_has_its_names():
    species = Model(str(MODELS / "capuchinbird")).card.species["capuchinbird"]
    assert (species.scientific, species.common) == ("Perissocephalus tricolor", "Capuchinbird")


def test_what_is_reported_are_labels(model):
    assert model.card.debounce
    assert set(model.card.debounce) <= set(model.card.labels)


def test_the_card_says_of_what_it_was_made(model):
    assert model.card.training
    assert all(data.recordings and data.licence for data in model.card.training)
    assert model.card.limits


def test_the_page_says_what_the_card_says(model):
    pages = pytest.importorskip("whipbird_train.reports.model_page")
    phrases = pytest.importorskip("whipbird_train.phrases.page")
    page = phrases.phrases_page if model.card.frontend.kind == "speech_embedding" else pages.model_page
    assert (model.folder / "README.md").read_text(encoding="utf-8") == page(model.card)


def test_the_licence_says_what_the_card_says(model):
    texts = pytest.importorskip("whipbird_train.reports.licence_text")
    assert (model.folder / "LICENSE").read_text(encoding="utf-8") == texts.licence_text(model.card)


@pytest.mark.parametrize("name", MOST_PARAMETERS)
def test_a_network_is_small(name):
    if name not in BUNDLES:
        pytest.skip(f"no bundle of {name}; make it with 'whipbird train {name}'")
    assert 0 < Model(str(MODELS / name)).card.results["parameters"] <= MOST_PARAMETERS[name]


def test_commands_are_recognised_as_well_at_any_loudness(data, commands):
    """Every third clip of the validation speakers, its loudest sample at -40, -20 and 0 dBFS."""
    speech_commands = pytest.importorskip("whipbird_train.datasets.speech_commands")
    listed = speech_commands.read_clips(data / "speech-commands")
    clips = [clip for clip in listed if clip.split == "validation"][::3]
    right = dict.fromkeys(LEVELS_DBFS, 0)
    for clip in clips:
        samples, rate_hz = soundfile.read(clip.path, dtype="float32")
        loudest = max(float(np.abs(samples).max()), 1e-6)
        for level in LEVELS_DBFS:
            scaled = samples * np.float32(10 ** (level / 20) / loudest)
            right[level] += classify(commands, scaled, rate_hz).label == clip.label
    shares = [count / len(clips) for count in right.values()]
    assert min(shares) > 0.8
    assert max(shares) - min(shares) <= 0.015
