import gzip
import json
from datetime import date, timedelta

import numpy as np
import pytest

from birdnet_bundle import OTHERS, make_bundle
from made_birds import BLACKBIRD, BOOBOOK, OWL, range_network, write_birds
from spoilt_bundles import half, put
from whipbird.errors import BundleError
from whipbird.models.bundle import read_card
from whipbird.models.range_model import WHOLE_YEAR, has_range, range_scores, week_of

ROUNDED = {(90, -76.45): 0.14}  # how far places are off, because this file's constants are rounded, see below
ROUNDED_ELSEWHERE = 0.025


@pytest.fixture
def birds(tmp_path):
    return write_birds(tmp_path / "birds")


def scores_of(folder, latitude, longitude, *weeks):
    card = read_card(folder)
    found = range_scores(folder, card, latitude, longitude, weeks)
    return [dict(zip(card.labels, week.tolist(), strict=True)) for week in found]


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2024-01-01", 1),
        ("2024-01-07", 1),
        ("2024-01-08", 2),
        ("2024-01-28", 4),
        ("2024-01-31", 4),
        ("2024-02-01", 5),
        ("2024-02-29", 8),
        ("2024-12-22", 48),
        ("2024-12-31", 48),
    ],
)
def test_each_month_has_four_weeks(day, week):
    assert week_of(date.fromisoformat(day)) == week


def test_weeks_of_a_year_are_in_order():
    weeks = [week_of(date(2023, 1, 1) + timedelta(days)) for days in range(365)]
    assert weeks == sorted(weeks)
    assert set(weeks) == set(range(1, 49))


def test_species_are_likely_at_some_places_and_in_some_weeks(birds):
    spring, autumn = scores_of(birds, 47.6, 8.2, 18, 40)
    assert (spring[OWL] > 0.9, spring[BOOBOOK] < 0.1, spring[BLACKBIRD] > 0.9) == (True, True, True)
    assert autumn[BLACKBIRD] < 0.1
    (south,) = scores_of(birds, -27.5, 153, WHOLE_YEAR)
    assert (south[OWL] < 0.1, south[BOOBOOK] > 0.9, south[BLACKBIRD] > 0.9) == (True, True, True)


def test_a_bundle_without_a_range_model_is_refused(commands):
    assert not has_range(commands.card)
    with pytest.raises(BundleError, match=r"no hash of range\.tflite"):
        range_scores(commands.folder, commands.card, 0, 0, [1])


def test_a_range_model_of_other_labels_or_inputs_is_refused(birds):
    put(birds, "range.tflite", range_network(np.zeros((3, 3), np.float32), np.zeros(3, np.float32)))
    with pytest.raises(BundleError, match="gives 3 scores, but the card names 8 labels"):
        scores_of(birds, 0, 0, 1)
    put(birds, "range.tflite", range_network(np.zeros((8, 2), np.float32), np.zeros(8, np.float32)))
    with pytest.raises(BundleError, match="does not take latitude, longitude and week"):
        scores_of(birds, 0, 0, 1)


def test_a_damaged_range_model_is_one_line(birds):
    put(birds, "range.tflite", half(birds, "range.tflite"))
    with pytest.raises(BundleError, match=r"range\.tflite: not a TFLite model") as caught:
        scores_of(birds, 0, 0, 1)
    assert "\n" not in str(caught.value)


def test_birdnets_library_finds_as_many_species(tmp_path):
    """Its own test: 195 species at this place in week 18."""
    (found,) = scores_of(make_bundle(tmp_path, OTHERS), 35.4244, -120.7463, 18)
    assert sum(score >= 0.03 for score in found.values()) == 195


def test_eight_places_are_as_in_birdnet_but_for_rounded_constants(tmp_path, data):
    """The reference comes from a file whose constants are not rounded to 16 bits, as those of this file are."""
    folder = make_bundle(tmp_path, OTHERS)
    reference = data / "birds" / "birdnet-soundscape" / "reference" / "meta-model.tflite.json.gz"
    for place, expected in json.loads(gzip.decompress(reference.read_bytes())):
        where = place["latitude"], place["longitude"]
        (found,) = scores_of(folder, *where, place["week"] or WHOLE_YEAR)
        for name, probability in expected.items():
            assert found[name.split("_")[0]] == pytest.approx(probability, abs=ROUNDED.get(where, ROUNDED_ELSEWHERE))
