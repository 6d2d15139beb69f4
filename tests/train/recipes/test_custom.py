"""A custom model, from a folder of few clips."""

import shutil
from collections import Counter
from dataclasses import replace

import keras
import numpy as np
import pytest
import soundfile

from tones import make_tone, small_network
from whipbird.engine.classify import classify
from whipbird.errors import DataError, WhipbirdError
from whipbird.models.card import Card
from whipbird.models.model import Model
from whipbird_train.examples.speech_windows import speech_windows, words_in
from whipbird_train.export.write_bundle import EMBEDDINGS, KERAS, write_bundle
from whipbird_train.frontend_matrices import make_matrices
from whipbird_train.recipes import custom
from whipbird_train.recipes.load import load_recipe
from whipbird_train.soundscapes import own_words
from whipbird_train.study.run import run_study
from whipbird_train.study.work import Study
from whipbird_train.synthesis import espeak

RATE_HZ = 16_000


@pytest.fixture(scope="module", autouse=True)
def plain(tmp_path_factory):
    """Export one variant of each network, write no report, and find no data sets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WHIPBIRD_DATA", str(tmp_path_factory.mktemp("empty")))
        patch.setattr(own_words, "SENTENCES", 3)
        patch.setattr("whipbird_train.study.run.write_report", lambda *_: [])
        patch.setattr("whipbird_train.export.write_bundle.KINDS", ("float32",))
        yield


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder of shipped models, in which `commands` is a small network with the front end of the real one."""
    folder = tmp_path_factory.mktemp("shipped")
    like = load_recipe("commands")
    keras.utils.set_random_seed(1)
    network = small_network(like.window, like.frontend.bands)(2)
    card = Card(
        name="commands",
        version="0",
        description="A test.",
        labels=["a", "b"],
        sample_rate_hz=RATE_HZ,
        window=like.window,
        hop_s=like.hop_s,
        reference_s=like.reference_s,
        report="begin",
        frontend=like.frontend,
        debounce={},
        training=[],
        licence="none",
        limits="",
        results={},
        sha256={},
    )
    windows = np.zeros((2, like.window, like.frontend.bands), np.float32)
    matrices = make_matrices(like.frontend, RATE_HZ)
    known = {"names": np.array(["hum/1.flac", "cat/2.flac", "_unknown_/low_3.flac", "_silence_/4.flac"])}
    known |= {"activations": np.arange(32, dtype=np.uint8).reshape(4, 8), "steps": np.ones(8, np.float32)}
    (folder / "commands").mkdir()
    write_bundle(folder / "commands", card, network, None, matrices, windows, np.array([0, 1]), {EMBEDDINGS: known})
    return folder


@pytest.fixture
def parent(installed, monkeypatch):
    monkeypatch.setattr(custom, "shipped_folder", lambda: installed)


@pytest.fixture
def own(tmp_path):
    """Write a number of tones into the folder of each label."""

    def write(counts, seconds=1.0):
        for number, (label, count) in enumerate(counts.items()):
            (tmp_path / "own" / label).mkdir(parents=True)
            for take in range(count):
                tone = make_tone(400 * 2**number + 10 * take, RATE_HZ, seconds, seed=take)
                soundfile.write(tmp_path / "own" / label / f"{take}.wav", tone, RATE_HZ)
        return tmp_path / "own"

    return write


def taught(folder, name="own", epochs=1, **settings):
    """Train without synthetic voices; return model and card."""
    made = custom.recipe(folder, name, None, False, 1)
    made = replace(made, settings=replace(made.settings, cached_epochs=1, **settings))
    out = folder.parent
    card = run_study(made, Study(folder, out / "run", out / "bundle", epochs=epochs))
    return Model(str(out / "bundle")), card


def test_ten_clips_of_two_tones_are_heard(parent, own):
    folder = own({"low hum": 10, "whistle": 10})
    model, card = taught(folder, epochs=4, peak_rate=0.02, warmup_epochs=0, weight_decay=0.0)
    assert card.labels == ["_silence_", "_unknown_", "low hum", "whistle"]
    assert list(card.debounce) == ["low hum", "whistle"]
    assert card.training[0].recordings == 20
    assert card.results["experiments"]["clips kept aside"]["clips"] == 4
    assert set(card.operating_points) == {"strict", "eager"}
    point = card.results["operating_points"]["balanced"]
    assert point["sounds"] == 3 * 4  # the clips kept aside, in quiet and at two levels of noise
    assert point["background_hours"] > 0
    assert "strangers" not in card.results
    for label, hz in (("low hum", 405), ("whistle", 805)):
        scores = classify(model, make_tone(hz, RATE_HZ, seed=99), RATE_HZ).scores
        assert max(card.debounce, key=scores.get) == label


def test_too_few_to_keep_some_aside_are_judged_by_themselves(parent, own):
    folder = own({"hum": 2, "whistle": 3}, seconds=2.5)
    made = custom.recipe(folder, "own", None, False, 1)
    (experiment,) = made.experiments(made.read(folder))
    assert experiment.protocol == "the clips that it was trained on"
    assert experiment.train.all()
    assert experiment.test.sum() == 5


@pytest.mark.parametrize(
    ("name", "becomes"),
    [("my words", "my-words"), ("../a/b", "a-b"), ("häuser", "h-user"), ("言葉", "custom"), (".x", "x")],
)
def test_any_name_becomes_one_for_a_folder(parent, own, name, becomes):
    assert custom.recipe(own({"hum": 2}), name, None, False, 1).name == becomes


def test_every_label_has_many_examples_however_few_its_clips(parent, own):
    folder = own({"hum": 2, "whistle": 7})
    made = custom.recipe(folder, "own", None, False, 1)
    examples = made.examples(folder, made.read(folder), made.labels, 1)
    labels = [examples(index, np.random.default_rng(index))[1] for index in range(len(examples))]
    assert labels.count(0) == custom.SILENCES
    assert 45 <= labels.count(2) <= custom.CLIPS  # some are cut, and so unknown
    assert 45 <= labels.count(3) <= custom.CLIPS


def test_the_loudest_second_of_a_long_clip_is_taken():
    wave = np.concatenate((np.zeros(9_000), make_tone(500, 8_000), np.zeros(5_000))).astype(np.float32)
    np.testing.assert_allclose(custom._loudest(wave, 8_000), wave[9_000:17_000], atol=0.05)
    assert len(custom._loudest(wave[:100], 8_000)) == 100


@pytest.mark.parametrize("label", ["silence", "synthetic"])
def test_any_label_is_ones_own(parent, own, label):
    folder = own({label: 3, "hum": 3})
    made = custom.recipe(folder, "own", None, False, 1)
    assert made.examples(folder, made.read(folder), made.labels, 1).training[0].recordings == 6


def test_a_folder_of_damaged_clips_is_one_line(parent, own, tmp_path):
    folder = own({"hum": 3})
    for path in folder.glob("*/*.wav"):
        path.write_text("no sound")
    with pytest.raises(DataError, match=r"none of the recordings in .* can be read"):
        taught(folder)
    assert not (tmp_path / "run").exists()


def test_nothing_to_report_is_one_line(parent, own):
    with pytest.raises(DataError, match=r"no labels in .* but _silence_ and _unknown_"):
        custom.recipe(own({"_unknown_": 3}), "own", None, False, 1)


def test_voices_say_the_labels_that_are_words_and_much_else(parent, own, monkeypatch, noise):
    said = Counter()
    monkeypatch.setattr(espeak, "speak", lambda text, *_: said.update([text]) or noise)
    folder = own({"hum": 2, "bird 2": 3})
    made = custom.recipe(folder, "own", None, True, 1)
    sounds = made.read(folder)
    voices = [data.recordings for data in made.examples(folder, sounds, made.labels, 1).training]
    assert said["hum"] == custom.VOICES
    assert not said["bird 2"]
    assert voices == [5, custom.VOICES + custom.OTHER_WORDS + custom.SENTENCES + custom.FOREIGN]


def test_without_voices_it_goes_on(parent, own, monkeypatch, caplog):
    monkeypatch.setenv("PATH", "")
    folder = own({"hum": 2})
    assert len(custom.recipe(folder, "own", None, True, 1).read(folder)) == 2 + custom.SILENCES
    assert "install espeak-ng" in caplog.text


def test_only_the_last_layers_learn(parent, own, installed):
    model, card = taught(own({"hum": 10}), epochs=1)
    before = keras.models.load_model(installed / "commands" / KERAS, compile=False)
    after = keras.models.load_model(model.folder / KERAS, compile=False)
    for old, new in zip(before.get_weights()[:-2], after.get_weights(), strict=False):
        np.testing.assert_array_equal(old, new)
    assert card.results["parameters"] > sum(weight.size for weight in before.get_weights()[:-2])


@pytest.mark.parametrize(
    ("labels", "left"),
    [(["bird"], [0, 1, 2]), (["hum"], [1, 2]), (["Low hum"], [1]), (["cat", "low"], [0])],
)
def test_real_words_that_are_no_label_are_unknown(parent, own, labels, left):
    base = custom.recipe(own(dict.fromkeys(labels, 2)), "own", None, False, 1).base
    activations, numbers = base.known
    np.testing.assert_array_equal(activations, np.arange(32.0).reshape(4, 8)[left])
    assert numbers.tolist() == [1] * len(left)


@pytest.mark.parametrize("lost", [KERAS, EMBEDDINGS])
def test_without_what_it_goes_on_from_it_says_so(own, tmp_path, monkeypatch, installed, lost):
    shutil.copytree(installed, tmp_path / "shipped")
    (tmp_path / "shipped" / "commands" / lost).unlink()
    monkeypatch.setattr(custom, "shipped_folder", lambda: tmp_path / "shipped")
    with pytest.raises(WhipbirdError, match=rf"no {lost} to start training from"):
        custom.recipe(own({"hum": 2}), "own", None, False, 1)


@pytest.mark.parametrize(("seconds", "warned"), [(1.0, False), (2.5, True)])
def test_sounds_that_are_longer_than_words_are_named(parent, own, caplog, seconds, warned):
    folder = own({"hum": 3}, seconds)
    custom.recipe(folder, "own", None, False, 1).read(folder)
    assert ("whipbird train calls" in caplog.text) == warned


def test_thresholds_are_chosen_on_readers_and_ones_own_background(parent, own, tmp_path, monkeypatch, noise):
    folder = own({"hum": 10})
    (folder / "background").mkdir()
    soundfile.write(folder / "background" / "room.wav", np.resize(noise, 60 * RATE_HZ) / 10, RATE_HZ)
    readers = tmp_path / "data" / "read-speech" / "some"
    for reader in ("1", "2", "3"):
        (readers / reader).mkdir(parents=True)
        soundfile.write(readers / reader / f"{reader}-1.flac", np.resize(noise, 30 * RATE_HZ), RATE_HZ)
    (readers / "splits.csv").write_text("reader,sex,split\n1,f,train\n2,f,validation\n3,m,validation\n")
    (readers / "words.tsv").write_text("utt\tword\tstart_s\tend_s\n2-1\tHUM\t1.0\t1.5\n")
    monkeypatch.setenv("WHIPBIRD_DATA", str(tmp_path / "data"))
    _, card = taught(folder)
    hours = card.results["operating_points"]["balanced"]["background_hours"]
    assert hours == pytest.approx((60 + 2 * 30.4) / 3600, rel=0.05)
    assert card.results["strangers"]["balanced"]["persons"] == 2


def test_seconds_of_speech_are_named_by_their_words(tmp_path, noise):
    readers = tmp_path / "read-speech" / "some" / "1"
    readers.mkdir(parents=True)
    soundfile.write(readers / "1-1.flac", np.resize(noise, 3 * RATE_HZ // 2), RATE_HZ)
    (readers.parent / "splits.csv").write_text("reader,sex,split\n1,f,train\n")
    (readers.parent / "words.tsv").write_text("utt\tword\tstart_s\tend_s\n1-1\tA\t0.0\t0.6\n1-1\tHUM\t0.6\t1.2\n")
    windows = speech_windows(tmp_path, 5, RATE_HZ)
    assert set(windows.names) <= {"speech/a-hum", "speech/hum"}
    assert {word for name in windows.names for word in words_in(name)} >= {"hum"}
    assert all(len(wave) == RATE_HZ for wave in windows.waves)
    assert speech_windows(tmp_path / "nowhere", 5, RATE_HZ) is None
    assert words_in("clips/hum/1.flac") == []
