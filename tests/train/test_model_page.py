"""The README of a bundle."""

import pytest

from stream.model import read_card
from train.model_page import model_page, wilson_interval


def test_the_interval_is_wilsons():
    """Figures from Newcombe 1998 (doi 10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E), table I."""
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson_interval(0, 20)[0] == pytest.approx(0, abs=1e-9)


def test_the_page_says_what_the_card_says(shipped):
    card = read_card(shipped)
    page = model_page(card)
    for text in (card.description, card.limits, card.licence, *card.labels, *(data.source for data in card.training)):
        assert text in page
    assert (shipped / "README.md").read_text(encoding="utf-8") == page
