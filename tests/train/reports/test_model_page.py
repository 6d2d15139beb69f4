"""The README of a bundle."""

import numpy as np
import pytest

from whipbird_train.evaluate.clip_results import ClipResults
from whipbird_train.reports.model_page import model_page, recalibrated_page


@pytest.fixture
def exported(card):
    """The card as an export completes it."""
    measured = {"bytes": 12_345, "accuracy": 0.9, "largest_difference_from_keras": 1.5e-7, "window_us": 41.6}
    results = {
        "parameters": 27_284,
        "model_bytes": 12_345,
        "exported": "dynamic",
        "variants": {"float32": measured | {"bytes": 54_321}, "dynamic": measured},
    }
    return card.model_copy(update={"results": results | card.results})


@pytest.fixture
def page(exported):
    return model_page(exported)


def test_the_page_has_the_texts_of_the_card(exported, page):
    for text in (exported.description, exported.limits, exported.licence, *exported.labels):
        assert text in page
    assert "| tones | made for this test | none | 24 |" in page
    assert "whipbird listen --model tones" in page
    assert "Reports: low, middle, high" in page
    assert "Other labels: _silence_, _unknown_" in page
    assert "27,284 trained parameters, 12 kB" in page


def test_the_page_has_the_results(page):
    assert "- unseen speakers: **80.0%** of 5 clips" in page
    assert "3 speakers or sources" in page
    assert "| low | 100.0% | 100.0% | 20.7% to 100.0% | 100.0% | 1 |" in page
    assert "| high | – | 0.0% | 0.0% to 79.3% | 0.0% | 1 |" in page


def test_a_label_may_have_no_clips_and_any_name(exported):
    judged = ClipResults(("a", "c|d"), np.array([0]), np.array([[1.0, 0.0]]), ("1",), ("x",))
    page = model_page(
        exported.model_copy(update={"results": exported.results | {"experiments": {"all": judged.as_dict()}}})
    )
    assert "| c\\|d | – | – | – | – | 0 |" in page


def test_the_variant_that_ships_is_bold(page):
    assert "| **dynamic** | 12 kB | 42 µs | 90.0% | 1e-07 |" in page
    assert "| float32 | 54 kB |" in page


def test_clips_that_were_trained_on_are_named_as_such(exported):
    assert "that it was trained on" not in model_page(exported)
    known = exported.model_copy(update={"results": exported.results | {"shipped_unseen": False}})
    assert "on clips that it was trained on: only the difference counts." in model_page(known)


def test_a_model_that_reports_every_label_has_no_others(exported):
    settings = exported.debounce["low"]
    every = exported.model_copy(update={"debounce": dict.fromkeys(exported.labels, settings)})
    assert "Other labels: none" in model_page(every)


def test_the_page_names_what_thresholds_were_chosen_on(exported):
    readers = {"name": "readers", "source": "books", "licence": "CC0", "recordings": 12}
    chosen = exported.model_copy(update={"results": exported.results | {"chosen_on": [readers]}})
    page = model_page(chosen)
    assert "| readers | books | CC0 | 12 |" in page
    point = {
        "sounds": 0,
        "recall": [None, 0.0, 1.0],
        "background_hours": 2.0,
        "false_alarms_per_hour": [0.5, 0.01, 2.8],
        "expected_false_alarms_per_hour": 1.0,
    }
    copy = chosen.model_copy(update={"results": exported.results | {"operating_points": {"balanced": point}}})
    assert "readers" not in recalibrated_page(page, chosen, copy)


def test_the_page_of_a_copy_has_its_name_and_its_own_operating_points(exported):
    point = {
        "sounds": 10,
        "recall": [0.9, 0.6, 0.98],
        "background_hours": 2.0,
        "false_alarms_per_hour": [0.5, 0.01, 2.8],
        "expected_false_alarms_per_hour": 1.0,
    }
    copy = exported.model_copy(
        update={"name": "mine", "results": exported.results | {"operating_points": {"balanced": point}}}
    )
    page = recalibrated_page(model_page(exported), exported, copy)
    assert page.startswith("# mine\n")
    assert "whipbird listen --model mine" in page
    assert "| balanced | 90.0% of 10 (60.0% to 98.0%) | 0.5 (0.01 to 2.8), by 2.00 hours | 1 |" in page
    silent = point | {"sounds": 0, "recall": [None, 0.0, 1.0]}
    again = copy.model_copy(
        update={"name": "yours", "results": copy.results | {"operating_points": {"balanced": silent}}}
    )
    page = recalibrated_page(page, copy, again)
    assert page.count("| balanced |") == 1
    assert "| balanced | nothing to hear | 0.5" in page
