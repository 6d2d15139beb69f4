"""The file ``LICENSE`` of a bundle."""

import pytest

from made_scores import make_card
from whipbird_train.reports.licence_text import licence_text

TRAINING = [{"name": "Calls", "source": "a forest", "licence": "CC BY-SA 4.0", "recordings": 12}]


@pytest.mark.parametrize(
    ("licence", "use", "end"),
    [
        ("CC BY-NC 3.0 (trained on recordings for non-commercial use)", "does not permit", "/by-nc/3.0/legalcode"),
        ("CC BY-NC-SA 4.0", "does not permit", "/by-nc-sa/4.0/legalcode"),
        ("CC BY-SA 4.0", "permits", "/by-sa/4.0/legalcode"),
    ],
)
def test_commercial_use_is_told_apart(licence, use, end):
    text = licence_text(make_card(licence=licence))
    assert text.startswith(f"{licence}\n\n")
    assert f"It {use} commercial use. Its text: https://creativecommons.org/licenses{end}\n" in text


def test_another_licence_is_named():
    text = licence_text(make_card(licence="that of your recordings"))
    assert text.startswith("that of your recordings\n")
    assert "commercial use" not in text


def test_what_the_model_was_trained_on():
    text = licence_text(make_card(training=TRAINING))
    assert "- Calls (12 recordings; a forest; CC BY-SA 4.0)\n" in text
    assert "trained on" not in licence_text(make_card(training=[]))
