"""Thresholds in place of those of a model's card."""

from hypothesis import given
from hypothesis import strategies as st

from whipbird.events.settings import DebounceSettings
from whipbird.events.thresholds import NO_THRESHOLDS, Thresholds

CARD = {"no": DebounceSettings(on=0.6, off=0.3, min_s=1.0), "yes": DebounceSettings(on=0.9, off=0.6)}
scores = st.floats(1e-6, 1, exclude_max=True)


def test_a_threshold_is_for_all_labels_or_for_one():
    changed = Thresholds(0.8, (("yes", 0.3),)).applied_to(CARD)
    assert {label: settings.on for label, settings in changed.items()} == {"no": 0.8, "yes": 0.3}
    only = Thresholds(labels=(("yes", 0.3), ("other", 0.5))).applied_to(CARD)
    assert {label: settings.on for label, settings in only.items()} == {"no": 0.6, "yes": 0.3}


def test_all_else_stays_as_it_is():
    changed = Thresholds(0.8).applied_to(CARD)["no"]
    assert changed == DebounceSettings(on=0.8, off=0.4, min_s=1.0)
    assert NO_THRESHOLDS.applied_to(CARD) == CARD
    assert not NO_THRESHOLDS


@given(scores)
def test_any_threshold_makes_valid_settings(score):
    for settings in Thresholds(score).applied_to(CARD).values():
        assert 0 <= settings.off < settings.on
