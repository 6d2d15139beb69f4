import numpy as np
import pyarrow.parquet as pq
import pytest

from whipbird.errors import OutputError
from whipbird.events.window_vector import WindowVector
from whipbird.sinks.files.embedding_files import ROWS, EmbeddingFolder, discard_embeddings, write_embeddings


def vector(number, recording="a.wav"):
    return WindowVector(recording, 1.5 * number, 1.5 * number + 3, "birds", "ab12", np.full(4, number, np.float32))


def rows(path):
    return [
        (row["recording"], row["start_s"], row["end_s"], row["model"], row["model_sha256"], row["embedding"])
        for row in pq.read_table(path).to_pylist()
    ]


def expected(number, recording="a.wav"):
    return recording, 1.5 * number, 1.5 * number + 3, "birds", "ab12", [number] * 4


def test_windows_are_written_in_files_of_many_rows(tmp_path):
    folder = EmbeddingFolder(tmp_path / "new" / "vectors")
    for number in range(ROWS + 3):
        folder.add(vector(number))
    folder.close()
    first, second = sorted((tmp_path / "new" / "vectors").iterdir())
    assert (first.name, second.name) == ("part-00000.parquet", "part-00001.parquet")
    assert len(rows(first)) == ROWS
    assert rows(second) == [expected(number) for number in range(ROWS, ROWS + 3)]


def test_a_folder_without_windows_stays_empty(tmp_path):
    EmbeddingFolder(tmp_path / "vectors").close()
    assert list((tmp_path / "vectors").iterdir()) == []


def test_a_folder_with_other_content_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="has other content; give a new folder"):
        EmbeddingFolder(tmp_path)
    with pytest.raises(OutputError, match="cannot write to"):
        EmbeddingFolder(tmp_path / "notes.txt")


def test_a_file_that_cannot_be_written_is_one_line(tmp_path):
    with pytest.raises(OutputError, match=r"cannot write .*no\.parquet: "):
        write_embeddings(tmp_path / "gone" / "no.parquet", [vector(0)])


def test_recordings_are_discarded_from_a_file(tmp_path):
    path = tmp_path / "shard.parquet"
    discard_embeddings(path, ["a.wav"])  # there is none yet
    write_embeddings(path, [vector(0), vector(1, "b.wav"), vector(2)])
    discard_embeddings(path, ["a.wav", "c.wav"])
    assert rows(path) == [expected(1, "b.wav")]
