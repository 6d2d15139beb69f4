"""Writing GUANO metadata into recordings, without touching the sound.

In WAV it is a chunk at the end. The specification says nothing of FLAC; there it stands in an APPLICATION block as the
chunk of the WAV file that the recording would be, with the chunks that such a file must have, just as FLAC's encoder
keeps them: ``flac -d --keep-foreign-metadata`` gives back a WAV file with GUANO metadata.
"""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
from pathlib import Path
from typing import BinaryIO

from stream.errors import WhipbirdError
from stream.metadata.chunks import APPLICATION, flac_blocks, is_flac, is_wav, wav_chunks
from stream.metadata.guano import Guano

__all__ = ["write_guano"]

LARGEST_RIFF = 2**32 - 1
LARGEST_BLOCK = 2**24 - 1
STREAMINFO_BYTES = 34
PCM, EXTENSIBLE = 1, 0xFFFE
PCM_SUBTYPE = bytes.fromhex("0100000000001000800000aa00389b71")
CHANNEL_MASKS = (0x4, 0x3, 0x7, 0x33, 0x37, 0x3F, 0x70F, 0x63F)  # which loudspeakers: RFC 9639, section 8.6.2


def write_guano(path: Path, guano: Guano) -> None:
    """Add GUANO metadata to a WAV or FLAC file that has none.

    A FLAC file is written anew beside itself and takes its place when it is complete.

    Raises
    ------
    WhipbirdError
        If it is neither, is incomplete, has such metadata, or grows too large.
    ValueError
        As `Guano.to_bytes`.
    OSError
    """
    content = guano.to_bytes()
    with path.open("r+b") as file:
        if is_wav(file):
            _append(path, file, content)
        elif is_flac(file):
            _insert(path, file, content)
        else:
            raise WhipbirdError(f"{path}: neither WAV nor FLAC; GUANO metadata goes into these alone")


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content


def _append(path: Path, file: BinaryIO, content: bytes) -> None:
    chunks = list(wav_chunks(file))
    length = file.seek(0, os.SEEK_END)
    if any(chunk.name == b"guan" for chunk in chunks):
        raise WhipbirdError(f"{path}: has GUANO metadata")
    if not chunks or length not in (chunks[-1].end, chunks[-1].begin + chunks[-1].size):
        raise WhipbirdError(f"{path}: does not end where its last chunk does")
    sizes = next((chunk for chunk in chunks if chunk.name == b"ds64"), None)
    end = chunks[-1].end
    total = end + 8 + len(content)
    if sizes is None and total - 8 > LARGEST_RIFF:
        raise WhipbirdError(f"{path}: is too large for more metadata")
    # The new chunk first: until the size covers it, the file is what it was.
    file.truncate(end)  # a last byte, if that is missing
    file.seek(end)
    file.write(_chunk(b"guan", content))
    file.flush()
    if sizes is None:
        file.seek(4)
        file.write(struct.pack("<I", total - 8))
    else:
        file.seek(sizes.begin)
        file.write(struct.pack("<Q", total - 8))


def _insert(path: Path, file: BinaryIO, content: bytes) -> None:
    blocks = list(flac_blocks(file))
    if any(block.name == b"riff" for _, block in blocks):
        raise WhipbirdError(f"{path}: has metadata of a WAV file")
    file.seek(blocks[-1][1].begin + blocks[-1][1].size if blocks else 0)
    sound = file.read(2)
    if int.from_bytes(sound, "big") & 0xFFFC != 0xFFF8 or blocks[0][1].size != STREAMINFO_BYTES:
        raise WhipbirdError(f"{path}: its sound does not begin where its metadata end")
    file.seek(4)
    first = file.read(4 + STREAMINFO_BYTES)
    if len(content) + 12 > LARGEST_BLOCK:
        raise WhipbirdError(f"{path}: so much metadata does not fit into FLAC")
    contents = [b"riff" + part for part in _wav_parts(first[4:], content)]
    added = [bytes([APPLICATION]) + len(part).to_bytes(3, "big") + part for part in contents]
    if first[0] & 0x80:  # it was the last block
        first = bytes([first[0] & 0x7F]) + first[1:]
        added[-1] = bytes([added[-1][0] | 0x80]) + added[-1][1:]
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as copy:
        try:
            copy.write(b"fLaC" + first + b"".join(added))
            shutil.copyfileobj(file, copy)
            copy.close()
            shutil.copymode(path, copy.name)
            file.close()  # or Windows would not replace it
            os.replace(copy.name, path)
        except BaseException:
            copy.close()
            os.unlink(copy.name)
            raise


def _wav_parts(stream_info: bytes, guano: bytes) -> list[bytes]:
    """The chunks of the WAV file that a FLAC file would be, that of the sound without the sound."""
    packed = int.from_bytes(stream_info[10:18], "big")  # 20 bits rate, 3 channels - 1, 5 bits - 1, 36 samples
    rate_hz, channels, bits, samples = packed >> 44, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1, packed & 2**36 - 1
    frame_bytes = channels * (-(-bits // 8))
    extended = bits not in (8, 16) or channels > 2
    tag = EXTENSIBLE if extended else PCM
    layout = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, -(-bits // 8) * 8)
    if extended:
        layout += struct.pack("<HHI", 22, bits, CHANNEL_MASKS[channels - 1]) + PCM_SUBTYPE
    data_bytes = samples * frame_bytes
    total = 4 + 8 + len(layout) + 8 + data_bytes + data_bytes % 2 + 8 + len(guano)
    return [
        b"RIFF" + struct.pack("<I", min(total, LARGEST_RIFF)) + b"WAVE",
        _chunk(b"fmt ", layout),
        b"data" + struct.pack("<I", min(data_bytes, LARGEST_RIFF)),
        _chunk(b"guan", guano),
    ]
