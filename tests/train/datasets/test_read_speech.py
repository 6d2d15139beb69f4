"""Readers: splits, transcripts, and when each command is said."""

import shutil

import numpy as np
import pytest
import soundfile

from whipbird.errors import DataError
from whipbird.formats.annotation import Annotation
from whipbird_train.datasets import read_speech
from whipbird_train.datasets.read_speech import read_readings, read_transcripts, training_data, word_times


@pytest.fixture
def folder(tmp_path):
    books = tmp_path / "books"
    for reader in ("12", "7"):
        (books / reader / "3").mkdir(parents=True)
        lines = []
        for number in range(2):
            name = f"{reader}-3-{number:04}"
            soundfile.write(books / reader / "3" / f"{name}.flac", np.zeros(100), 16_000)
            lines.append(f"{name} I KNOW READER {reader}\n")
        (books / reader / "3" / f"{reader}-3.trans.txt").write_text("".join(lines))
    (books / "splits.csv").write_text("reader,sex,split\n12,F,validation\n7,M,train\n")
    rows = ["utt\tword\tstart_s\tend_s", "7-3-0000\ti\t0.1\t0.2", "7-3-0000\tknow\t0.2\t0.5", '7-3-0001\t"\t0.1\t0.2']
    (books / "words.tsv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_each_recording_has_its_reader_and_split(folder):
    read = read_readings(folder)
    assert [(one.path.stem, one.reader, one.split) for one in read] == [
        ("12-3-0000", "12", "validation"),
        ("12-3-0001", "12", "validation"),
        ("7-3-0000", "7", "train"),
        ("7-3-0001", "7", "train"),
    ]


def test_words_have_times_where_they_are_known(folder):
    words = {one.path.stem: one.words for one in read_readings(folder)}
    assert words["7-3-0000"] == (Annotation(0.1, 0.2, "i"), Annotation(0.2, 0.5, "know"))
    assert words["7-3-0001"] == (Annotation(0.1, 0.2, '"'),)
    assert words["12-3-0000"] == ()


@pytest.fixture
def published(folder):
    """As it is published: no splits, no times of words."""
    for name in ("splits.csv", "words.tsv"):
        (folder / "books" / name).unlink()
    return folder


def test_without_times_a_word_may_be_anywhere_in_its_recording(published):
    words = {one.path.stem: one.words for one in read_readings(published)}
    assert words["7-3-0000"] == tuple(Annotation(0.0, 100 / 16_000, word) for word in ("i", "know", "reader", "7"))
    assert [one.label for one in word_times(words["7-3-0000"])] == ["no"]


def test_without_a_table_readers_are_divided_by_their_numbers(published):
    splits = {one.reader: one.split for one in read_readings(published)}
    assert set(splits.values()) <= {"train", "validation"}
    texts = {split: read_transcripts(published, split) for split in ("train", "validation")}
    for reader, split in splits.items():
        assert texts[split].count(f"I KNOW READER {reader}") == 2
    many = read_speech._splits(published / "books", map(str, range(200)))
    assert 60 < list(many.values()).count("validation") < 100


def test_an_archive_that_is_being_unpacked_is_not_read(folder):
    before = len(read_readings(folder)), len(read_transcripts(folder, "train"))
    shutil.copytree(folder / "books", folder / ".unpacking-1" / "books")
    assert (len(read_readings(folder)), len(read_transcripts(folder, "train"))) == before


def test_a_reader_without_a_split_is_reported(folder):
    (folder / "books" / "splits.csv").write_text("reader,sex,split\n12,F,validation\n")
    with pytest.raises(DataError, match=r"splits\.csv: no line for reader 7"):
        read_readings(folder)


def test_what_sounds_like_a_command_is_one():
    said = [
        Annotation(number, number + 0.5, word)
        for number, word in enumerate(["we", "know", "right", "write", "go", "goes"])
    ]
    found = word_times(tuple(said))
    assert [(one.begin_s, one.label) for one in found] == [(1, "no"), (2, "right"), (3, "right"), (4, "go")]


def test_transcripts_are_those_of_one_split(folder):
    assert read_transcripts(folder, "train") == ["I KNOW READER 7"] * 2
    assert read_transcripts(folder, "validation") == ["I KNOW READER 12"] * 2


def test_without_the_folder_there_is_nothing(tmp_path):
    assert read_readings(tmp_path / "none") == []
    assert read_transcripts(tmp_path / "none", "train") == []


def test_the_card_names_source_and_licence():
    assert training_data(3).licence == "CC BY 4.0"
