"""Every text of the page is in every language, and no other."""

import json
import re
from datetime import date, datetime
from pathlib import Path

import pytest

from whipbird import page
from whipbird.page.language import LANGUAGES, MONTHS, WEEKDAYS, choose_language, language
from whipbird.station.health import State

FOLDER = Path(page.__file__).parent
CALL = re.compile(r"""\b(?:t|text)\(\s*(?:"([^"]+)"|'([^']+)')""")


def used():
    texts = "".join(path.read_text() for path in (FOLDER / "templates").glob("*.html"))
    texts += "".join(path.read_text() for path in FOLDER.glob("*.py"))
    keys = {one or other for one, other in CALL.findall(texts)}
    keys |= {key for pair in re.findall(r'counted\(.*?, "(\w+)", "(\w+)"\)', texts) for key in pair}
    keys |= {one for pair in re.findall(r'"(\{[^"]+\})" if year else "([^"]+)"', texts) for one in pair}
    errors = re.search(r"TEXTS = \{(.*?)\}", texts, re.DOTALL)[1]
    return keys | set(re.findall(r'"([^"]+)"', errors)) | {*WEEKDAYS, *MONTHS, *State}


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_all_texts_are_translated_and_none_besides(code):
    messages = json.loads((FOLDER / "messages" / f"{code}.json").read_text(encoding="utf-8"))
    assert used() - messages.keys() == set()
    assert messages.keys() - used() == set()
    for key, text in messages.items():
        assert set(re.findall(r"\{\w+\}", key)) == set(re.findall(r"\{\w+\}", text))


def test_numbers_dates_and_lengths_are_those_of_the_language():
    english, german = language("en"), language("de")
    assert (english.number(1234.5, 1), german.number(1234.5, 1)) == ("1,234.5", "1.234,5")
    day = date(2026, 5, 3)
    assert (english.day(day), german.day(day)) == ("Sunday 3 May 2026", "Sonntag, 3. Mai 2026")
    assert english.moment(datetime(2026, 5, 3, 6, 7, 8)) == "3 May 2026, 06:07:08"
    assert [english.length(seconds) for seconds in (12, 2.5, 90, 3600, 7320, 360_000)] == [
        "12 s",
        "2.5 s",
        "2 min",
        "1 h",
        "2 h 02 min",
        "100 h",
    ]
    assert [english.size(size) for size in (12, 1500, 2_500_000)] == ["12 B", "1.5 kB", "2.5 MB"]


@pytest.mark.parametrize(
    ("accepted", "chosen", "code"),
    [
        ("de-CH,de;q=0.9,en;q=0.8", None, "de"),
        ("fr,en;q=0.5,de;q=0.7", None, "de"),
        ("fr", None, "en"),
        ("", None, "en"),
        ("de;q=x,,;;q=", None, "en"),
        ("en", "de", "de"),
        ("de", "../../etc", "de"),
    ],
)
def test_the_language_is_chosen(accepted, chosen, code):
    assert choose_language(accepted, chosen).code == code
