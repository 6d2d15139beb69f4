"""A whole study on a small scale: tones instead of words."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from tones import LABELS, RATE_HZ, make_recipe, make_sounds, make_tone
from whipbird.engine.classify import classify
from whipbird.errors import WhipbirdError
from whipbird.formats.annotation import Annotation
from whipbird.models.model import Model
from whipbird_train.evaluate.calibration import calibrated
from whipbird_train.evaluate.clip_results import ClipResults
from whipbird_train.evaluate.matching import Matching
from whipbird_train.evaluate.recorded_scores import record_sound_scores
from whipbird_train.fitting.fit import fit, history
from whipbird_train.study.recipe import Recipe
from whipbird_train.study.run import run_study
from whipbird_train.study.work import Study


@pytest.fixture(scope="module", autouse=True)
def float32():
    """Ship the float32 network, which was tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("whipbird_train.export.convert.WORTH", 0.0)
        yield


@pytest.fixture(scope="module")
def recipe(sounds):
    return make_recipe(sounds)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    return Study(folder / "data", folder / "run", folder / "bundle", epochs=6)


@pytest.fixture(scope="module")
def card(recipe, study):
    return run_study(recipe, study)


def test_the_bundle_runs(card, study, sounds):
    model = Model(str(study.bundle))
    assert model.card == card
    result = classify(model, sounds.waves[-1], RATE_HZ)
    assert list(result.scores) == list(LABELS)
    assert sum(result.scores.values()) == pytest.approx(1, abs=1e-3)


def test_tones_are_told_apart(card):
    assert card.results["experiments"]["tones alone"]["accuracy"] > 0.6


def test_the_judgement_is_what_classify_says(card, study, sounds):
    """This holds for each unseen clip, also for those longer than the window."""
    judged = ClipResults.load(study.run / "validation" / "judgement.npz")
    unseen = sounds.chosen(np.array([split == "validation" for split in sounds.splits]))
    assert judged.names == unseen.names
    assert judged.groups == ("speaker3",) * len(unseen)
    model = Model(str(study.bundle))
    for wave, scores in zip(unseen.waves, judged.scores, strict=True):
        said = classify(model, wave, RATE_HZ).scores
        np.testing.assert_allclose(list(said.values()), scores, atol=1e-4)


class Calibrated(Recipe):
    """Thresholds are chosen on quiet with the shipped model, and on a tone with the networks of the experiments."""

    asked = ()

    def measured(self, card, data, model, unseen):
        quiet = np.random.default_rng(1).normal(0, 0.001, 4 * RATE_HZ).astype(np.float32)
        sound = np.concatenate((quiet, make_tone(300, seed=3), quiet))
        annotated = [(record_sound_scores(quiet, RATE_HZ, model), [])]
        for sounds, other in unseen:
            Calibrated.asked += ((data, set(sounds.groups), other.folder),)
            annotated.append((record_sound_scores(sound, RATE_HZ, other), [Annotation(4.0, 5.0, LABELS[2])]))
        return calibrated(card, annotated, Matching(1.0, "middle"), 1.0)


def test_thresholds_may_be_chosen_in_whole_recordings(sounds, study, card, tmp_path, monkeypatch):
    """The card gets operating points, and the page their results."""
    monkeypatch.setattr("whipbird_train.evaluate.calibration.TIMES", ((1.0, 1.0),))
    leave_out_pictures(monkeypatch)
    made = run_study(make_recipe(sounds, Calibrated), replace(study, bundle=tmp_path / "bundle"))
    assert {(data, *groups) for data, groups, _ in Calibrated.asked} == {(study.data, "speaker3")}
    assert made.results["operating_points"]["balanced"]["sounds"] == len(Calibrated.asked)
    assert not any(folder.exists() for _, _, folder in Calibrated.asked)
    assert set(made.operating_points) == {"strict", "eager"}
    assert Model(str(tmp_path / "bundle"), "strict").card.debounce == made.operating_points["strict"]
    assert "| strict |" in (tmp_path / "bundle" / "README.md").read_text()
    assert made.sha256 == Model(str(tmp_path / "bundle")).card.sha256


def test_without_recordings_a_card_keeps_its_thresholds(card):
    assert calibrated(card, [], Matching(1.0), 1.0) is card


def leave_out_pictures(patch):
    """Write one variant of the network, and no report."""
    patch.setattr("whipbird_train.study.run.write_report", lambda *_: [])
    patch.setattr("whipbird_train.export.write_bundle.KINDS", ("float32",))


@pytest.fixture
def quick(recipe, monkeypatch):
    """Run the first of the experiments for one epoch, without pictures."""
    leave_out_pictures(monkeypatch)

    def run(folder, sounds, recipe=recipe, **differing):
        alone = replace(recipe, read=lambda folder: sounds, experiments=lambda sounds: recipe.experiments(sounds)[:1])
        study = Study(folder, folder / "run", folder / "bundle", epochs=1)
        return run_study(alone, replace(study, **differing))

    return run


def test_an_experiment_may_be_of_some_labels_alone(card, study):
    judged = ClipResults.load(study.run / "tones" / "judgement.npz")
    assert judged.labels == LABELS[2:]
    assert {name.split("/")[0] for name in judged.names} == set(LABELS[2:])
    assert card.results["experiments"]["tones alone"]["clips"] == 6
    assert card.results["experiments"]["unseen speakers"]["clips"] == 10


def test_the_card_says_of_what_it_was_made(card, recipe):
    assert card.training[0].recordings == 30
    assert set(card.debounce) == set(recipe.reported)
    assert card.results["epochs"] == 6
    assert card.results["shipped_unseen"]


def test_page_and_report_are_written(card, study):
    page = (study.bundle / "README.md").read_text()
    assert (study.bundle / "LICENSE").read_text().startswith(f"{card.licence}\n")
    for text in ("Of tones alone", "unseen speakers", *LABELS):
        assert text in page
    for picture in ("confusion.png", "learning.png"):
        assert f"({picture})" in page
        assert (study.bundle / picture).read_bytes() == (study.run / picture).read_bytes()
    assert (study.run / "tones-alone-confusion.png").is_file()
    assert (study.run / "mistakes.csv").is_file()


def test_cached_epochs_are_not_kept(card, study):
    assert {path.name for path in (study.run / "validation").iterdir()} == {
        *("backup", "history.csv", "final.weights.h5", "judgement.npz", "key", "training.json")
    }


def dated(study):
    """Files of the run's trainings, and when they were written."""
    return {path: path.stat().st_mtime_ns for path in study.run.glob("*/*") if path.is_file()}


@pytest.fixture(scope="module")
def again(card, recipe, study, tmp_path_factory):
    """Files before the study ran again, and the card of the second run."""
    before = dated(study)
    with pytest.MonkeyPatch.context() as patch:
        leave_out_pictures(patch)
        return before, run_study(recipe, replace(study, bundle=tmp_path_factory.mktemp("again") / "bundle"))


def test_a_study_that_is_done_is_not_done_again(again, card, study):
    before, card_again = again
    assert dated(study) == before
    assert card_again.sha256["frontend.npz"] == card.sha256["frontend.npz"]
    assert card_again.results["experiments"] == card.results["experiments"]


@pytest.fixture
def done(card, study, tmp_path):
    """A copy of the folder of the finished study."""
    shutil.copytree(study.run, tmp_path / "run")
    return tmp_path


def test_a_network_that_ships_may_be_trained_on_everything(quick, recipe, done, sounds):
    card = quick(done, sounds, replace(recipe, shipped=None))
    assert card.training[0].recordings == len(sounds)
    assert not card.results["shipped_unseen"]
    assert len(history(done / "run" / "shipped")) == 1
    assert card.results["experiments"]["unseen speakers"]["clips"] == 10


@pytest.mark.parametrize(
    ("change", "clips"),
    [({}, 10), ({"epochs": 2}, 10), ({"takes": 3}, 15)],
    ids=["nothing", "epochs", "recordings"],
)
def test_what_was_trained_otherwise_is_trained_anew(quick, done, sounds, change, clips, monkeypatch):
    trained = []
    monkeypatch.setattr("whipbird_train.study.work.fit", lambda *said: trained.append(said[-1]) or short(*said))
    others = make_sounds(**change) if "takes" in change else sounds
    card = quick(done, others, **{"epochs": 6} | {key: change[key] for key in change if key != "takes"})
    assert card.results["experiments"]["unseen speakers"]["clips"] == clips
    assert trained == (["tones, validation"] if change else [])
    assert card.results["epochs"] == (1 if change else 6)


def short(network, batches, validation, settings, folder, title):
    """Train for a single epoch."""
    fit(network, batches, validation, replace(settings, epochs=1), folder, title)


def test_the_card_says_how_many_epochs_there_were(quick, recipe, sounds, tmp_path):
    """Nothing is learnt, so training stops after the second of nine epochs."""
    hopeless = replace(recipe, settings=replace(recipe.settings, patience=1, peak_rate=0.0))
    card = quick(tmp_path, sounds, hopeless, epochs=9)
    assert card.results["epochs"] == len(history(tmp_path / "run" / "validation")) == 2


def test_several_networks_vote_as_one(quick, recipe, sounds, tmp_path):
    card = quick(tmp_path, sounds, replace(recipe, members=2))
    folder = tmp_path / "run" / "validation"
    assert {path.name for path in folder.iterdir()} == {
        *("member-1", "member-2", "judgement.npz", "key", "training.json")
    }
    members = []
    for number in (1, 2):
        members.append(recipe.network(len(LABELS)))
        members[-1].load_weights(folder / f"member-{number}" / "final.weights.h5")
    assert card.results["parameters"] == 2 * members[0].count_params()
    assert not np.array_equal(*(member.get_weights()[0] for member in members))
    windows = np.random.default_rng(1).normal(-40, 10, (3, *members[0].input_shape[1:])).astype(np.float32)
    model = Model(str(tmp_path / "bundle"))
    expected = np.mean([member.predict_on_batch(windows) for member in members], axis=0)
    np.testing.assert_allclose([model.windowed_network.score_window(window) for window in windows], expected, atol=1e-4)


def test_a_folder_that_is_no_bundle_is_refused_before_anything_is_trained(quick, sounds, tmp_path):
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "notes.txt").touch()
    with pytest.raises(WhipbirdError, match="is not a model"):
        quick(tmp_path, sounds)
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_training_that_was_broken_off_goes_on(quick, sounds, tmp_path):
    """The network was trained, but its training.json was not written."""
    quick(tmp_path, sounds)
    folder = tmp_path / "run" / "validation"
    weights = (folder / "final.weights.h5").read_bytes()
    (folder / "training.json").unlink()
    (folder / "judgement.npz").unlink()
    assert quick(tmp_path, sounds).training[0].recordings == 30
    assert (folder / "final.weights.h5").read_bytes() == weights
    assert not (folder / "epochs").exists()
