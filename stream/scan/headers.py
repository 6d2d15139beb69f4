"""What headers of recordings tell, for the manifest. The sound is not read."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, tzinfo
from typing import Any

import soundfile

from stream.errors import SourceError
from stream.metadata.start import recording_clock
from stream.scan.places import is_remote, open_remote
from stream.scan.rows import as_text, offset_s, raw
from stream.sources.files import Version
from stream.sources.recording import Recording, promised_frames

__all__ = ["read_headers"]

THREADS = 16  # that wait for a store


def read_headers(found: Sequence[Version], zone: tzinfo | None) -> list[dict[str, Any]]:
    """Rows of the manifest."""
    if any(is_remote(one.path) for one in found):
        with ThreadPoolExecutor(THREADS) as threads:
            return list(threads.map(lambda one: _row(one, zone), found))
    return [_row(one, zone) for one in found]


def _row(found: Version, zone: tzinfo | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "recording": as_text(found.path),
        "raw": raw(found.path),
        "bytes": found.size,
        "modified_ns": found.modified_ns,
        **dict.fromkeys(("duration_s", "rate_hz", "channels", "start", "utc_offset_s", "time_from", "error")),
        "can_cut": False,
    }
    try:
        row |= _remote_header(found) if is_remote(found.path) else _local_header(found.path, zone)
    except SourceError as error:
        row["error"] = as_text(str(error))
    except Exception as error:  # a file of which a library makes nothing costs nothing but itself
        row["error"] = as_text(f"{type(error).__name__}: {error}")
    return row


def _local_header(path: str, zone: tzinfo | None) -> dict[str, Any]:
    recording = Recording(path)
    try:
        rate_hz, channels, promised = recording.rate_hz, recording.channels, recording.promised
        can_cut = recording.can_seek
    finally:
        recording.close()
    duration_s = None if promised is None else promised / rate_hz
    clock = recording_clock(path, duration_s, zone)
    return {
        "duration_s": duration_s,
        "rate_hz": rate_hz,
        "channels": channels,
        "start": None if clock.start is None else clock.start.astimezone(UTC),
        "utc_offset_s": offset_s(clock.start),
        "time_from": clock.origin,
        "can_cut": can_cut,
    }


def _remote_header(found: Version) -> dict[str, Any]:
    """Of a store's recordings, when they began is told when they are fetched."""
    try:
        with open_remote(found.path) as file, soundfile.SoundFile(file) as sound:
            promised = promised_frames(sound)
            return {
                "duration_s": None if promised is None else promised / sound.samplerate,
                "rate_hz": sound.samplerate,
                "channels": sound.channels,
            }
    except soundfile.LibsndfileError:  # FFmpeg may read it
        return {}
