"""What tests of annotation files share."""

import pytest


@pytest.fixture
def file(tmp_path):
    """Make a file of this text, or of these bytes."""

    def make(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make
