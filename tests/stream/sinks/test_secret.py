import pytest

from stream.errors import OutputError
from stream.sinks.secret import read_secret


def test_a_file_counts_more_than_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("WHIPBIRD_TEST_SECRET", "from the environment")
    (tmp_path / "secret").write_text("from a file\n")
    assert read_secret(tmp_path / "secret", "WHIPBIRD_TEST_SECRET") == "from a file"
    assert read_secret(None, "WHIPBIRD_TEST_SECRET") == "from the environment"
    monkeypatch.delenv("WHIPBIRD_TEST_SECRET")
    assert read_secret(None, "WHIPBIRD_TEST_SECRET") is None


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_a_file_without_a_secret_is_refused(tmp_path, content):
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OutputError, match=r"secret: (No such file|holds no secret|is no text)"):
        read_secret(path, "WHIPBIRD_TEST_SECRET")
