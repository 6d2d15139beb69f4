"""Raven tables and Audacity labels of several recordings: times of events over the list, and within each file."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from whipbird.events.detection import Detection
from whipbird.events.reports import Opening, Summary
from whipbird.formats.annotation import Annotation
from whipbird.formats.annotation_files import read_annotations
from whipbird.formats.audacity import AudacityLabels
from whipbird.formats.raven import RavenTable
from whipbird.sinks.files.text_file import TextFile

RAVEN_PRO = [
    "Selection",
    "View",
    "Channel",
    "Begin Time (s)",
    "End Time (s)",
    "Low Freq (Hz)",
    "High Freq (Hz)",
]
NOW = datetime(2024, 5, 1, tzinfo=UTC)
SAME_S = 2e-6  # two roundings to the microsecond

lengths = st.integers(0, 10**9).map(lambda number: number / 10**6)
labels = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1).filter(str.strip)
recordings = st.lists(
    st.tuples(lengths, lengths, st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), labels), max_size=4)),
    min_size=1,
    max_size=6,
)


def opening(source, rate_hz=16_000, channel=None):
    return Opening(source, source, rate_hz, 2, channel, None, "none", NOW, ())


def event(source, begin_s, end_s, label="yes"):
    return Detection(label, begin_s, begin_s, end_s, end_s, 0.9876, source, "commands", 0, NOW, "guano")


def end(source, heard_s, lost_s=0.0):
    return Summary(source, heard_s, lost_s, 0, 1.0, None, None)


def reports_of(made):
    """Reports of recordings ``forest/0.wav``, ..., and the events of each."""
    reports, truth = [], {}
    for number, (heard_s, lost_s, heard) in enumerate(made):
        source = f"forest/{number}.wav"
        reports.append(opening(source))
        for one, other, label in heard:
            begin_s, end_s = sorted((round(one * heard_s, 6), round(other * heard_s, 6)))
            reports.append(event(source, begin_s, end_s, label))
            truth.setdefault(f"{number}.wav", []).append(Annotation(begin_s, end_s, label))
        reports.append(end(source, heard_s, lost_s))
    return [*reports, Summary(None, 1e9, 0, 0, 1.0, None, None)], truth


def cells(text):
    return [line.split("\t") for line in text.splitlines()]


def test_the_columns_are_those_of_raven():
    head, row = cells(
        RavenTable(recordings=True).head() + RavenTable(recordings=True).line(event("forest/a.wav", 1, 2.5))
    )
    assert head[:10] == [*RAVEN_PRO, "Begin Path", "Begin File", "File Offset (s)"]
    assert dict(zip(head, row, strict=True)) == {
        "Selection": "1",
        "View": "Spectrogram 1",
        "Channel": "1",
        "Begin Time (s)": "1.000000",
        "End Time (s)": "2.500000",
        "Low Freq (Hz)": "0.000000",
        "High Freq (Hz)": "8000.000000",
        "Begin Path": "forest/a.wav",
        "Begin File": "a.wav",
        "File Offset (s)": "1.000000",
        "Label": "yes",
        "Common Name": "",
        "Score": "0.9876",
        "Model": "commands",
        "Time": "2024-05-01T00:00:00.000+00:00",
        "Time From": "guano",
    }


def test_a_source_that_is_no_file_has_no_file_columns():
    assert cells(RavenTable(recordings=False).head())[0] == [
        *RAVEN_PRO,
        *("Label", "Common Name", "Score", "Model", "Time", "Time From"),
    ]


def test_a_selection_is_in_the_processed_channel_and_below_the_nyquist_frequency():
    table = RavenTable(recordings=True)
    table.line(opening("a.wav", rate_hz=8_000, channel=2))
    assert cells(table.line(event("a.wav", 1, 2)))[0][2:7] == ["2", "1.000000", "2.000000", "0.000000", "4000.000000"]


def test_files_without_an_event_count_as_well():
    table, track = RavenTable(recordings=True), AudacityLabels()
    reports = [end("a.wav", 60.5), end("broken.wav", 0), end("cut.wav", 10, lost_s=5), event("b.wav", 1, 2)]
    assert cells("".join(map(table.line, reports)))[0][3:10] == [
        "76.500000",
        "77.500000",
        "0.000000",
        "8000.000000",
        "b.wav",
        "b.wav",
        "1.000000",
    ]
    assert "".join(map(track.line, reports)) == "76.5\t77.5\tyes\n"


@settings(deadline=None)
@given(recordings)
@example([(0.1, 0.2, []), (0.3, 0.0, [(0, 1, "a b")])])
@example([(0.0, 0.0, [(0.0, 0.0, "\N{REPLACEMENT CHARACTER}")])])
def test_offsets_are_right_over_any_list(made):
    reports, truth = reports_of(made)
    begins, elapsed_s = {}, 0.0
    for number, (heard_s, lost_s, _) in enumerate(made):
        begins[f"{number}.wav"] = elapsed_s
        elapsed_s += heard_s + lost_s
    with TemporaryDirectory() as folder:
        raven, audacity = Path(folder, "all.raven.txt"), Path(folder, "all.labels.txt")
        for path, form in ((raven, RavenTable(recordings=True)), (audacity, AudacityLabels())):
            file = TextFile(path, form)
            for report in reports:
                file.write([report])
            file.close()
        head, *selections = cells(raven.read_text("utf-8"))
        found = read_annotations(raven)
        (tracks,) = read_annotations(audacity).values()
    assert {name: [event.label for event in events] for name, events in found.items()} == {
        name: [event.label for event in sorted(events)] for name, events in truth.items()
    }
    for name, events in truth.items():
        for got, wanted in zip(found[name], sorted(events), strict=True):
            assert got.begin_s == wanted.begin_s
            assert got.end_s == pytest.approx(wanted.end_s, abs=SAME_S)
    assert [row[0] for row in selections] == [str(number) for number in range(1, len(selections) + 1)]
    rows = [dict(zip(head, row, strict=True)) for row in selections]
    for row in rows:
        offset_s = float(row["Begin Time (s)"]) - begins[row["Begin File"]]
        assert float(row["File Offset (s)"]) == pytest.approx(offset_s, abs=SAME_S)
    assert sorted(track.begin_s for track in tracks) == pytest.approx(
        sorted(float(row["Begin Time (s)"]) for row in rows), abs=SAME_S
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@example("a\tb\r\nc\0\x85")
def test_no_name_breaks_a_line(name):
    for form, columns in ((RavenTable(recordings=True), 16), (AudacityLabels(), 3)):
        line = form.line(event(name, 1, 2, name))
        assert line.endswith("\n")
        assert line.count("\n") == 1
        assert "\r" not in line
        assert line.count("\t") == columns - 1


def test_a_file_without_events_is_one(tmp_path):
    """It is read as annotations without events of the recording that it is named after."""
    for name, form in (("a.raven.txt", RavenTable(recordings=False)), ("a.audacity.txt", AudacityLabels())):
        TextFile(tmp_path / name, form).write([opening("microphone"), end("microphone", 60)])
        assert read_annotations(tmp_path / name) == {"a": []}
