import pytest

from whipbird.text import as_text, choice, clock_time, counted, length_text, message, one_line, short_time, shortened


def test_an_unknown_name_gets_those_that_are_known():
    assert choice("hard", ["strict", "eager"]) == "use one of strict, eager"
    assert choice("Strct", ["strict", "eager"]) == "did you mean 'strict'? use one of strict, eager"
    assert choice("strict", []) == "there are none"


def test_of_many_names_those_that_contain_the_unknown_one_come_first():
    birds = [f"Bird {number}" for number in range(100)] + ["Magpie-lark", "Eurasian Magpie"]
    assert choice("magpie", birds) == "names that contain it: Eurasian Magpie, Magpie-lark"
    assert choice("Eurasian Magpei", birds) == "did you mean 'Eurasian Magpie'?"
    assert choice("bird", birds).endswith("Bird 7 and 92 more")
    assert choice("owl", birds) == "none of the 102 names is similar"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00:00.00"),
        (1.005, "0:00:01.00"),
        (59.994, "0:00:59.99"),
        (59.996, "0:01:00.00"),
        (3_599.999, "1:00:00.00"),
        (86_400, "24:00:00.00"),
    ],
)
def test_time_with_hundredths_of_a_second(seconds, text):
    assert clock_time(seconds, 2) == text


def test_time_in_whole_seconds():
    assert [clock_time(seconds) for seconds in (0, 59.6, 3_725, 360_000)] == [
        "0:00:00",
        "0:01:00",
        "1:02:05",
        "100:00:00",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"), [(2.52, "2.5 s"), (724, "12:04"), (11_524, "3:12:04"), (183_600, "2 d 3 h")]
)
def test_lengths_of_time(seconds, text):
    assert short_time(seconds) == text


def test_numbers_with_their_nouns():
    assert [counted(number, "event") for number in (0, 1, 2_000)] == ["0 events", "1 event", "2,000 events"]


def test_a_text_that_is_too_long_ends_with_an_ellipsis():
    assert [shortened(name, 5) for name in ("dawn", "dusk.", "midday")] == ["dawn", "dusk.", "midd…"]


def test_control_characters_do_not_reach_a_terminal():
    assert one_line("a\nb\x1b[31m\x9b") == "a·b·[31m·"
    assert one_line("a\u202eb\u2028c\u200bd é 鳥 🐦") == "a·b·c·d é 鳥 🐦"


def test_a_message_has_one_line_of_bounded_length():
    assert message("a\nb") == "a·b"
    assert len(message("x" * 70_000)) == 1000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Forêt.wav", "Forêt.wav"),
        ("For\udceat.wav", "For\\xeat.wav"),  # Latin-1
        ("鳥\udcff\n.wav", "鳥\\xff\n.wav"),
        ("lone \ud800.wav", "lone \\ud800.wav"),
    ],
)
def test_names_that_are_not_utf_8(name, text):
    assert as_text(name) == text
    assert one_line(name) == text.replace("\n", "·")


def test_a_length_of_time_in_its_largest_whole_unit():
    assert [length_text(seconds) for seconds in (86_400, 14 * 86_400, 36 * 3600, 90 * 60, 90, 0)] == [
        "1 day",
        "14 days",
        "36 hours",
        "90 minutes",
        "90 seconds",
        "0 seconds",
    ]
