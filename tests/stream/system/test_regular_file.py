import os
from pathlib import Path

import pytest

from whipbird.system.regular_file import read_bounded


def test_a_file_is_read_whole_up_to_its_limit(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(4096))
    assert read_bounded(path, 4096) == bytes(4096)
    with pytest.raises(OSError, match="over 3 KiB"):
        read_bounded(path, 4095)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX's")
def test_what_is_no_regular_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(OSError, match="not a regular file"):
            read_bounded(path, 1)
