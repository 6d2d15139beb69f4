"""``whipbird train site``: verdicts on events of the real BirdNET make a model that is corrected at this site."""

import json
import shutil

import pytest
import soundfile

from birdnet_bundle import make_bundle
from command_line import check_refused, whipbird_here
from made_verdicts import NOON
from whipbird.database.verdicts import VerdictStore
from whipbird.events.verdict import Answer
from whipbird.models.bundle import read_card
from whipbird.review.judged_events import JudgedEvents
from whipbird.review.sampling import candidates_of
from whipbird.review.session import verdict_of
from whipbird_train.datasets.clips import load_clip

RATE_HZ, SECONDS = 48_000, 3
DOGS, OTHERS = 12, 12
LABEL, CRY = "Dog", "Human vocal"


@pytest.fixture(scope="module", autouse=True)
def _installed(tmp_path_factory):
    """Install BirdNET for the tests of this module."""
    home = tmp_path_factory.mktemp("home")
    make_bundle(home / "whipbird" / "models" / "birdnet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(home))
        yield


@pytest.fixture(scope="module")
def heard(data, tmp_path_factory):
    """A database of what BirdNET, at a low threshold, takes for dogs."""
    clips, folder = data / "noise" / "esc-10", tmp_path_factory.mktemp("heard")
    if not clips.is_dir():
        pytest.skip(f"no recordings in {clips}")
    (folder / "card").mkdir()
    for kind, count in (("dog-bark", DOGS), ("baby-cry", OTHERS)):
        for path in sorted((clips / kind).iterdir())[:count]:
            sound = load_clip(path, RATE_HZ)[: SECONDS * RATE_HZ]
            soundfile.write(folder / "card" / f"{kind}-{path.stem}.wav", sound, RATE_HZ)
    options = ("--label", LABEL, "--threshold", f"{LABEL}=0.001", "--speed", "max", "--plain")
    done = whipbird_here("replay", folder / "card", "--model", "birdnet", *options, "--out", folder / "heard.sqlite")
    assert done.returncode == 0, done.stderr
    return folder / "heard.sqlite"


def judge(database, folder, is_right, wrong=Answer.NO, **fields):
    """A copy of the database with a verdict on each event, by the name of its recording."""
    copy = shutil.copy(database, folder / "judged.sqlite")
    candidates = candidates_of(JudgedEvents(copy).recordings())
    store = VerdictStore(copy)
    for one in candidates:
        right = is_right(one.recording.source)
        store.add(
            [verdict_of(one, Answer.YES if right else wrong, "ada", NOON, drawn=True, **({} if right else fields))]
        )
    store.close()
    return copy, len(candidates)


def is_dog(source):
    return "dog-bark" in source


def test_verdicts_make_a_model_that_reports_what_is_right(heard, tmp_path):
    database, count = judge(heard, tmp_path, is_dog, Answer.OTHER, other=CRY)
    assert count >= DOGS + OTHERS - 2
    done = whipbird_here("train", "site", database, "--name", "garden", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"left out: {CRY}: {count - DOGS} right and 0 wrong" in done.stdout
    assert "next: whipbird scan RECORDINGS --model models/garden" in done.stdout
    card = read_card(tmp_path / "models" / "garden")
    assert (card.name, card.labels, card.base.model) == ("garden", [LABEL], "birdnet")
    own = card.results["site"]["species"][LABEL]
    assert own["chosen"]["precision"] >= 0.9
    assert own["yes"] + own["no"] == count
    assert card.debounce[LABEL].on == own["chosen"]["threshold"]
    page = (tmp_path / "models" / "garden" / "README.md").read_text()
    assert "Needs `birdnet`" in page

    options = ("--model", "models/garden", "--speed", "max", "--plain", "--json")
    done = whipbird_here("replay", heard.parent / "card", *options, cwd=tmp_path)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    sources = [one["source"] for one in events if "label" in one]
    assert len(set(filter(is_dog, sources))) >= 0.7 * DOGS
    assert sum(not is_dog(one) for one in sources) <= 2


def test_what_is_missing_is_said(heard, tmp_path, first_alone):
    check_refused(whipbird_here("train", "site", heard), 1, "no verdicts on species of birdnet; whipbird review")
    check_refused(whipbird_here("train", "site", tmp_path / "none.sqlite"), 1, "no such database")
    database, count = judge(heard, tmp_path, lambda source: True)
    done = whipbird_here("train", "site", database, cwd=tmp_path)
    check_refused(done, 1, f"no species can be corrected; {LABEL}: {count} right and 0 wrong; judge until there are 5")
    assert not (tmp_path / "models").exists()


def test_verdicts_on_another_model(demo, tmp_path, first_alone):
    path = tmp_path / "words.sqlite"
    whipbird_here("replay", demo, "--model", first_alone, "--speed", "max", "--out", path, "--plain")
    check_refused(whipbird_here("train", "site", path), 1, "no events of birdnet; use one of commands")


def test_birdnet_must_be_installed(tmp_path):
    done = whipbird_here("train", "site", tmp_path / "a.sqlite", env={"XDG_DATA_HOME": str(tmp_path)})
    check_refused(done, 1, "birdnet is not installed; add it with 'whipbird models add birdnet'")
