"""Rows: what is heard, as tables of Arrow, and names of files as text that a table can hold."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from stream.detection import Detection

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "as_detection",
    "as_path",
    "as_row",
    "as_text",
    "event_schema",
    "manifest_schema",
    "offset_s",
    "plan_schema",
    "raw",
    "recording_schema",
    "table",
]


def event_schema() -> pa.Schema:
    """One row an event; the fields are those of `stream.detection.Detection`."""
    import pyarrow as pa

    name = pa.dictionary(pa.int32(), pa.string())
    return pa.schema(
        [
            ("recording", name),
            ("label", name),
            ("score", pa.float64()),
            ("begin_s", pa.float64()),
            ("peak_s", pa.float64()),
            ("end_s", pa.float64()),
            ("time", pa.timestamp("us", "UTC")),
            ("utc_offset_s", pa.int32()),
            ("time_from", name),
            ("model", name),
            ("model_version", name),
            ("reported_s", pa.float64()),
            ("begin_sample", pa.int64()),
            ("concealed", pa.bool_()),
        ]
    )


def recording_schema() -> pa.Schema:
    """One row a recording, or a piece of one that was cut: what became of it."""
    import pyarrow as pa

    gap = pa.struct([("begin_s", pa.float64()), ("end_s", pa.float64()), ("reason", pa.string())])
    return pa.schema(
        [
            ("recording", pa.string()),
            ("raw", pa.binary()),
            ("begin_s", pa.int64()),
            ("end_s", pa.int64()),  # null: to its end
            ("status", pa.string()),
            ("error", pa.string()),
            ("traceback", pa.string()),
            ("heard_s", pa.float64()),
            ("lost_s", pa.float64()),
            ("events", pa.int64()),
            ("rate_hz", pa.int32()),
            ("channels", pa.int32()),
            ("start", pa.timestamp("us", "UTC")),
            ("utc_offset_s", pa.int32()),
            ("time_from", pa.string()),
            ("gaps", pa.list_(gap)),
            ("work_s", pa.float64()),
        ]
    )


def manifest_schema() -> pa.Schema:
    """One row a recording, as its header tells."""
    import pyarrow as pa

    return pa.schema(
        [
            ("recording", pa.string()),
            ("raw", pa.binary()),  # its name, where that is no text
            ("bytes", pa.int64()),
            ("modified_ns", pa.int64()),
            ("duration_s", pa.float64()),
            ("rate_hz", pa.int32()),
            ("channels", pa.int32()),
            ("start", pa.timestamp("us", "UTC")),
            ("utc_offset_s", pa.int32()),
            ("time_from", pa.string()),
            ("can_cut", pa.bool_()),
            ("error", pa.string()),
        ]
    )


def plan_schema() -> pa.Schema:
    """One row a piece of a recording."""
    import pyarrow as pa

    return pa.schema(
        [
            ("shard", pa.int32()),
            ("recording", pa.string()),
            ("raw", pa.binary()),
            ("begin_s", pa.int64()),
            ("end_s", pa.int64()),
            ("sound_s", pa.float64()),
            ("again", pa.bool_()),
        ]
    )


def table(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """A table of rows."""
    import pyarrow as pa

    listed = list(rows)
    return pa.table([pa.array([row[name] for row in listed], schema.field(name).type) for name in schema.names], schema)


def as_text(path: str) -> str:
    """A file's name without what UTF-8 cannot hold."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def raw(path: str) -> bytes | None:
    """A file's name as the system has it, where that is no text."""
    return None if as_text(path) == path else os.fsencode(path)


def as_path(text: str, raw_name: bytes | None) -> str:
    """What can be opened."""
    return text if raw_name is None else os.fsdecode(raw_name)


def offset_s(time: datetime | None) -> int | None:
    """How far a time's zone is from UTC."""
    offset = None if time is None else time.utcoffset()
    return None if offset is None else round(offset.total_seconds())


def as_row(found: Detection, recording: str, version: str) -> dict[str, Any]:
    """An event's row."""
    return {
        "recording": as_text(recording),
        "label": found.label,
        "score": found.score,
        "begin_s": found.begin_s,
        "peak_s": found.peak_s,
        "end_s": found.end_s,
        "time": None if found.time is None else found.time.astimezone(UTC),
        "utc_offset_s": offset_s(found.time),
        "time_from": found.time_from,
        "model": found.model,
        "model_version": version,
        "reported_s": found.reported_s,
        "begin_sample": found.begin_sample,
        "concealed": found.concealed,
    }


def as_detection(row: Mapping[str, Any]) -> Detection:
    """The event of a row."""
    time = row["time"]
    return Detection(
        label=row["label"],
        begin_s=row["begin_s"],
        peak_s=row["peak_s"],
        end_s=row["end_s"],
        reported_s=row["reported_s"],
        score=row["score"],
        source=row["recording"],
        model=row["model"],
        begin_sample=row["begin_sample"],
        time=None if time is None else time.astimezone(timezone(timedelta(seconds=row["utc_offset_s"]))),
        time_from=row["time_from"],
        concealed=row["concealed"],
    )
