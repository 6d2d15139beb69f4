"""The page about cards says what the code does."""

import re

import pytest

from command_line import ROOT
from made_networks import made_network
from spoilt_bundles import put
from whipbird.events.settings import DebounceSettings
from whipbird.models.card import Card
from whipbird.models.model import Model

PAGE = (ROOT / "docs" / "card.md").read_text(encoding="utf-8")


def test_every_field_of_a_card_is_described():
    assert set(re.findall(r"^\| `([a-z_0-9]+)` \|", PAGE, re.MULTILINE)) == set(Card.model_fields)


def test_defaults_of_the_debouncer_are_right():
    for name, field in DebounceSettings.model_fields.items():
        assert f"`{name}` ({field.default:g})" in PAGE


@pytest.mark.usefixtures("shipped")
def test_the_minimal_card_loads(tmp_path):
    (card,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "card.json").write_text(card, encoding="utf-8")
    put(tmp_path, "model.tflite", made_network(2, "sigmoid", window=16_000))
    assert Model(str(tmp_path)).card.name == "frogs"
