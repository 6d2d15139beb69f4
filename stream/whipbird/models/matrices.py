"""The matrices of a bundle: an archive of NumPy arrays, read without trusting the sizes that it claims."""

from __future__ import annotations

import io
import zipfile

import numpy as np

from whipbird.arrays import Floats

__all__ = ["read_matrices"]

LARGEST_BYTES = 256 << 20


def read_matrices(content: bytes) -> dict[str, Floats]:
    """The arrays of an archive, by name.

    Raises
    ------
    ValueError, TypeError, OSError, zipfile.BadZipFile, …
        If they cannot be read, or would take more memory than any front end needs.
    """
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(member.file_size for member in archive.infolist())
        if size > LARGEST_BYTES:
            raise ValueError(f"its arrays are larger than {LARGEST_BYTES >> 20} MiB")
        for name in archive.namelist():
            data = archive.read(name)
            _check_size(name, data)
            found[name.removesuffix(".npy")] = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    return found


def _check_size(name: str, data: bytes) -> None:
    """Raise ValueError if an array's header claims more numbers than follow it."""
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(file)
    claimed = dtype.itemsize
    for length in shape:
        claimed *= length
    if claimed > len(data):
        raise ValueError(f"{name} claims {claimed} bytes but has {len(data)}")
