"""All formats, chosen by the ending of a file name."""

from whipbird.formats.registry import FORMATS


def test_an_ending_belongs_to_the_first_format_that_fits():
    first = {
        ending: next(known.name for known in FORMATS if ending.endswith(known.endings))
        for known in FORMATS
        for ending in known.endings
    }
    assert first == {ending: known.name for known in FORMATS for ending in known.endings}


def test_times_over_a_list_and_adding_to_a_file_exclude_each_other():
    for known in FORMATS:
        assert known.over_list != known.formatter(True).appends


def test_every_annotation_format_recognises_its_own_text():
    for known in FORMATS:
        if known.annotations is not None and known.annotations.text is not None:
            first = known.annotations.text({"rec": []}).split("\n")[0]
            assert known.annotations.recognises(first, known.annotations.suffixes[0])
