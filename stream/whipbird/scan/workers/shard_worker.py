"""The work on a shard, in a worker: hear one piece after the other. Whatever happens to one costs that one alone."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
import time
import traceback
from dataclasses import asdict
from typing import Any

from whipbird.errors import WhipbirdError
from whipbird.scan.archive.listing import local_copy
from whipbird.scan.outcome import FAILED, HEARD, UNEVEN, RecordingOutcome
from whipbird.scan.settings import ScanSettings, load_models
from whipbird.scan.shards import Piece, Shard
from whipbird.scan.tables import as_row, as_text, name_columns, start_columns
from whipbird.scan.workers.process_recording import NeedsWholeRecording, RecordingResult, process_recording
from whipbird.system.malloc import keep_freed_memory

__all__ = ["hear_alone", "hear_from_pipe", "hear_shard"]

ALONE = "import sys; from whipbird.scan.workers.shard_worker import hear_from_pipe; hear_from_pipe()"


def hear_shard(shard: Shard, settings: ScanSettings) -> RecordingOutcome:
    """Hear a shard.

    Raises
    ------
    BundleError
        If the models are not there.
    """
    keep_freed_memory()
    load_models(settings)
    outcome = RecordingOutcome(shard.number)
    for piece in shard.pieces:
        _hear(piece, settings, outcome)
    return outcome


def hear_alone(shard: Shard, settings: ScanSettings) -> RecordingOutcome:
    """The same, each piece in a process of its own, for shards in which something kills the process."""
    outcome = RecordingOutcome(shard.number)
    for piece in shard.pieces:
        one = Shard(shard.number, (piece,))
        process = subprocess.run(
            [sys.executable, "-c", ALONE], input=pickle.dumps((one, settings)), stdout=subprocess.PIPE, check=False
        )
        try:
            own: RecordingOutcome = pickle.loads(process.stdout)
        except (pickle.UnpicklingError, EOFError):
            error = f"{piece.path}: ends the process that hears it (exit code {process.returncode})"
            outcome.recordings.append(_row(piece, FAILED, error, 0.0))
            continue
        outcome.events += own.events
        outcome.recordings += own.recordings
        outcome.tracebacks |= own.tracebacks
    return outcome


def hear_from_pipe() -> None:
    """Hear the shard that comes from standard input, and write the outcome to standard output."""
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is no outcome
    shard, settings = pickle.load(sys.stdin.buffer)
    with os.fdopen(out, "wb") as pipe:
        pickle.dump(hear_shard(shard, settings), pipe)


def _hear(piece: Piece, settings: ScanSettings, outcome: RecordingOutcome) -> None:
    began_s = time.process_time()
    heard: RecordingResult | None = None
    status, error, name = HEARD, "", None
    try:
        with local_copy(piece.path) as path:
            models = load_models(settings)
            heard = process_recording(path, models, settings.channel, settings.labels, settings.tzinfo, piece.span)
            if heard.problem:
                status, error = FAILED, heard.problem.replace(path, piece.path)
    except NeedsWholeRecording:
        status = UNEVEN
    except WhipbirdError as problem:
        status, error = FAILED, str(problem)
    except Exception as problem:  # whatever it is, the other recordings are heard
        text = traceback.format_exc()
        name = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]
        outcome.tracebacks[name] = text
        status, error = FAILED, f"{piece.path}: {type(problem).__name__}: {problem}"
    row = _row(piece, status, error, time.process_time() - began_s)
    row["traceback"] = name
    if heard is not None:
        versions = {model.name: model.version for model in settings.models}
        outcome.events += [as_row(found, piece.path, versions[found.model]) for found in heard.detections]
        row |= {
            "heard_s": heard.heard_s,
            "lost_s": heard.lost_s,
            "events": len(heard.detections),
            "rate_hz": heard.rate_hz,
            "channels": heard.channels,
            **start_columns(heard.clock),
            "gaps": [asdict(gap) for gap in heard.gaps],
        }
    outcome.recordings.append(row)


def _row(piece: Piece, status: str, error: str, work_s: float) -> dict[str, Any]:
    return {
        **name_columns(piece.path),
        "begin_s": piece.span.begin_s,
        "end_s": piece.span.end_s,
        "status": status,
        "error": as_text(error) or None,
        "traceback": None,
        "heard_s": 0.0,
        "lost_s": 0.0,
        "events": 0,
        "gaps": [],
        "work_s": work_s,
    }
