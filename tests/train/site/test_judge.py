"""Which species verdicts suffice for, and how a correction is judged: by recordings that it did not learn from."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from made_events import event
from made_verdicts import recorded, verdict
from whipbird.review.sampling import Candidate
from whipbird_train.site.correction import Correction
from whipbird_train.site.judge import judged_site
from whipbird_train.site.sounds import JudgedSound

SIZE = 60
SPECIES = Correction(np.eye(SIZE)[0], 0.0)


def sound(number, right, vector, recording=None, drawn=True):
    """A judged event in a recording of its own, or in a named one."""
    source = recording or f"/card/{number}.wav"
    own = verdict("yes" if right else "no", recording=source, label="owl", drawn=drawn)
    score = float(expit(SPECIES.logits(vector[None])[0]))
    found = event(score=score, source=source, label="owl", model="birdnet", verdict=own)
    return JudgedSound("owl", right, source, vector[None], Candidate(recorded(found, source=source), found))


def made(answers, ways, **fields):
    """Sounds of one species that all score alike, but differ in other ways."""
    rng = np.random.default_rng(1)
    vectors = rng.normal(0, 0.1, (len(answers), SIZE)) + np.eye(SIZE)[0] + 3 * np.eye(SIZE)[list(ways)]
    vectors = vectors.astype(np.float32)
    return [sound(n, right, vector, **fields) for n, (right, vector) in enumerate(zip(answers, vectors, strict=True))]


def judged(sounds, right=0.9):
    return judged_site(sounds, [one.event for one in sounds if one.event], None, {"owl": SPECIES}.__getitem__, right)


def test_a_sound_that_is_always_wrong_is_corrected():
    answers = [True, False] * 20
    site = judged(made(answers, [1 if right else 2 for right in answers]))
    (owl,) = site.species
    assert (owl.yes, owl.no, owl.recordings) == (20, 20, 40)
    assert owl.before.precision < 0.7
    assert owl.after.precision == owl.chosen.precision == 1.0
    assert owl.chosen.low < 1.0
    assert owl.is_better
    assert not site.left_out


def test_what_is_known_of_a_recording_says_nothing_of_others():
    """Each recording sounds in its own way, and all of its sounds have the same answer."""
    recordings = [number // 4 for number in range(80)]
    answers = [bool(number % 2) for number in recordings]
    rng = np.random.default_rng(1)
    ways = 4 * np.eye(SIZE)[1:21][recordings] + np.eye(SIZE)[0] + rng.normal(0, 0.1, (80, SIZE))
    sounds = [
        sound(n, right, way.astype(np.float32), f"/card/{recording}.wav")
        for n, (right, way, recording) in enumerate(zip(answers, ways, recordings, strict=True))
    ]
    site = judged(sounds)
    assert not site.species
    assert "of which 90% are right" in site.left_out[0].why


@pytest.mark.parametrize(
    ("answers", "fields", "why"),
    [
        ([True] * 20, {}, "20 right and 0 wrong; judge until there are 5 of each"),
        ([False] * 20, {}, "0 right and 20 wrong"),
        ([True, False] * 4, {}, "4 right and 4 wrong"),
        ([True, False] * 10, {"recording": "/card/a.wav"}, "all right sounds are from one recording"),
        ([True, False] * 10, {"drawn": False}, "0 verdicts on events that were drawn at random; judge 10 more"),
    ],
)
def test_species_that_are_left_out(answers, fields, why):
    site = judged(made(answers, [1 if right else 2 for right in answers], **fields))
    assert not site.species
    assert why in site.left_out[0].why


def test_sounds_that_are_no_events_teach_but_are_not_counted():
    answers = [True, False] * 15
    sounds = made(answers, [1 if right else 2 for right in answers])
    more = [replace(one, event=None) for one in made([True] * 5, [1] * 5)]
    (alone,), (taught,) = judged(sounds).species, judged(sounds + more).species
    assert (alone.yes, taught.yes) == (15, 20)
    assert alone.before == taught.before
