"""Arrow tables of a scan: their columns, rows for them, and file names as text that a table can hold."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from whipbird.audio.clock import Clock, utc_offset_s
from whipbird.events.detection import Detection
from whipbird.text import as_text

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "EVENTS",
    "MANIFEST",
    "PLAN",
    "RECORDINGS",
    "as_detection",
    "as_path",
    "as_row",
    "check_table",
    "name_columns",
    "start_columns",
    "table",
    "upgraded",
]

NAMES, TIME, GAPS = "names", "time", "gaps"  # types of columns that Arrow does not know by name
EVENTS = {
    "recording": NAMES,
    "label": NAMES,
    "score": "float64",
    "begin_s": "float64",
    "peak_s": "float64",
    "end_s": "float64",
    "time": TIME,
    "utc_offset_s": "int32",
    "time_from": NAMES,
    "model": NAMES,
    "model_version": NAMES,
    "reported_s": "float64",
    "begin_sample": "int64",
    "concealed": "bool",
}
"""One row per event; the fields are those of `whipbird.events.detection.Detection`."""
RECORDINGS = {
    "recording": "string",
    "raw": "binary",
    "begin_s": "int64",
    "end_s": "int64",  # null: to the end of the recording
    "status": "string",
    "error": "string",
    "traceback": "string",
    "notice": "string",
    "heard_s": "float64",
    "lost_s": "float64",
    "below_trigger_s": "float64",
    "events": "int64",
    "rate_hz": "int32",
    "channels": "int32",
    "start": TIME,
    "utc_offset_s": "int32",
    "time_from": "string",
    "gaps": GAPS,
    "work_s": "float64",
}
"""One row per processed recording, or per piece of one that was cut."""
MANIFEST = {
    "recording": "string",
    "raw": "binary",  # name of the file if it is not valid text
    "bytes": "int64",
    "modified_ns": "int64",
    "duration_s": "float64",
    "rate_hz": "int32",
    "channels": "int32",
    "start": TIME,
    "utc_offset_s": "int32",
    "time_from": "string",
    "can_cut": "bool",
    "error": "string",
}
"""One row per recording, from its header."""
PLAN = {
    "shard": "int32",
    "recording": "string",
    "raw": "binary",
    "begin_s": "int64",
    "end_s": "int64",
    "sound_s": "float64",
    "again": "bool",
}
"""One row per piece of a recording."""


ADDED = {"below_trigger_s": 0.0, "notice": None}
"""Columns that tables of earlier versions do not have, and their values there."""
MAY_BE_NULL = frozenset(
    (
        "raw",
        "error",
        "traceback",
        "notice",
        "time",
        "utc_offset_s",
        "duration_s",
        "rate_hz",
        "channels",
        "start",
        "time_from",
    )
)


def table(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> pa.Table:
    """A table of rows; values that a row does not have are null."""
    import pyarrow as pa

    return pa.Table.from_pylist(list(rows), _schema(columns))


def upgraded(rows: pa.Table, columns: Mapping[str, str]) -> pa.Table:
    """A table that may be of an earlier version, with the columns that have been added since."""
    import pyarrow as pa

    for name in columns:
        if name in ADDED and name not in rows.column_names:
            rows = rows.append_column(name, pa.array([ADDED[name]] * len(rows), columns[name]))
    return rows


def check_table(rows: pa.Table, columns: Mapping[str, str]) -> None:
    """Check that a table is one that `table` could have made.

    Raises
    ------
    ValueError
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    rows.validate(full=True)
    for own in _schema(columns):
        if own.name not in rows.column_names:
            raise ValueError(f"it has no column {own.name!r}")
        column = rows[own.name]
        if column.type != own.type:
            raise ValueError(f"the column {own.name!r} is {column.type}, not {own.type}")
        may_be_null = own.name in MAY_BE_NULL or (own.name == "end_s" and own.type == pa.int64())
        if column.null_count and not may_be_null:
            raise ValueError(f"the column {own.name!r} has empty values")
        if own.type == pa.float64() and not pc.all(pc.is_finite(column)).as_py() and len(column) > column.null_count:
            raise ValueError(f"the column {own.name!r} has values that are not finite numbers")


def _schema(columns: Mapping[str, str]) -> pa.Schema:
    import pyarrow as pa

    gap = pa.struct([("begin_s", pa.float64()), ("end_s", pa.float64()), ("reason", pa.string())])
    own = {NAMES: pa.dictionary(pa.int32(), pa.string()), TIME: pa.timestamp("us", "UTC"), GAPS: pa.list_(gap)}
    return pa.schema([(name, own.get(kind, kind)) for name, kind in columns.items()])


def name_columns(path: str) -> dict[str, Any]:
    """Columns for a file name: as text, and as the system's bytes if they differ."""
    text = as_text(path)
    return {"recording": text, "raw": None if text == path else os.fsencode(path)}


def as_path(text: str, raw_name: bytes | None) -> str:
    """The path that can be opened, from the columns of `name_columns`."""
    return text if raw_name is None else os.fsdecode(raw_name)


def start_columns(clock: Clock) -> dict[str, Any]:
    """Columns for the start of a recording and the origin of that time."""
    return {"start": _in_utc(clock.start), "utc_offset_s": utc_offset_s(clock.start), "time_from": clock.origin}


def as_row(found: Detection, recording: str, version: str) -> dict[str, Any]:
    """The row of an event; ``version`` is that of the model."""
    own = {"recording": as_text(recording), "model_version": version}
    return asdict(found) | own | {"time": _in_utc(found.time), "utc_offset_s": utc_offset_s(found.time)}


def as_detection(row: Mapping[str, Any]) -> Detection:
    """The event of a row of `EVENTS`."""
    same = {field.name: row[field.name] for field in fields(Detection) if field.name in row}
    time = row["time"]
    if time is not None:
        time = time.astimezone(timezone(timedelta(seconds=row["utc_offset_s"])))
    return Detection(**same | {"source": row["recording"], "time": time})


def _in_utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC)
