"""Process a shard in a worker, piece by piece. A failure of one piece does not affect the others."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from whipbird.errors import WhipbirdError
from whipbird.models.model import Model
from whipbird.scan.archive.listing import local_copy
from whipbird.scan.outcome import FAILED, NEEDS_WHOLE, PROCESSED, ShardOutcome
from whipbird.scan.settings import ScanSettings, load_models
from whipbird.scan.shards import Piece, Shard
from whipbird.scan.tables import as_row, name_columns, start_columns
from whipbird.scan.workers.process_recording import NeedsWholeRecording, RecordingResult, process_recording
from whipbird.system.malloc import keep_freed_memory
from whipbird.text import as_text

__all__ = ["process_from_pipe", "process_in_subprocesses", "process_shard"]

SUBPROCESS_CODE = "from whipbird.scan.workers.shard_worker import process_from_pipe; process_from_pipe()"


def process_shard(shard: Shard, settings: ScanSettings) -> ShardOutcome:
    """Process a shard.

    Raises
    ------
    BundleError
        If the models are not installed here.
    """
    keep_freed_memory()
    models = load_models(settings)
    outcome = ShardOutcome(shard.number)
    for piece in shard.pieces:
        _process(piece, settings, models, outcome)
    return outcome


def process_in_subprocesses(shard: Shard, settings: ScanSettings) -> ShardOutcome:
    """Process each piece of a shard in a process of its own, for shards that crash their worker."""
    outcome = ShardOutcome(shard.number)
    for piece in shard.pieces:
        single = Shard(shard.number, (piece,))
        process = subprocess.run(
            [sys.executable, "-c", SUBPROCESS_CODE],
            input=pickle.dumps((single, settings)),
            stdout=subprocess.PIPE,
            check=False,
        )
        try:
            own: ShardOutcome = pickle.loads(process.stdout)
        except (pickle.UnpicklingError, EOFError):
            error = f"{piece.path}: crashes the process that reads it (exit code {process.returncode})"
            outcome.recordings.append(_row(piece, FAILED, error, 0.0))
            continue
        outcome.events += own.events
        outcome.recordings += own.recordings
        outcome.windows += own.windows
        outcome.embeddings += own.embeddings
        outcome.tracebacks |= own.tracebacks
    return outcome


def process_from_pipe() -> None:
    """Process the shard from standard input, and write its outcome to standard output."""
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # so that what libraries print is not mixed with the outcome
    shard, settings = pickle.load(sys.stdin.buffer)
    with os.fdopen(out, "wb") as pipe:
        pickle.dump(process_shard(shard, settings), pipe)


def _process(piece: Piece, settings: ScanSettings, models: Sequence[Model], outcome: ShardOutcome) -> None:
    start_s = time.process_time()
    result: RecordingResult | None = None
    status, error, name = PROCESSED, "", None
    try:
        with local_copy(piece.path) as path:
            result = process_recording(
                path,
                models,
                settings.channel,
                settings.labels,
                settings.tzinfo,
                piece.span,
                settings.windows,
                settings.species,
            )
            if result.problem:
                status, error = FAILED, result.problem.replace(path, piece.path)
    except NeedsWholeRecording:
        status = NEEDS_WHOLE
    except WhipbirdError as problem:
        status, error = FAILED, str(problem)
    except Exception as problem:  # whatever it is, it must not affect the other recordings
        text = traceback.format_exc()
        name = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]
        outcome.tracebacks[name] = text
        status, error = FAILED, f"{piece.path}: {type(problem).__name__}: {problem}"
    row = _row(piece, status, error, time.process_time() - start_s)
    row["traceback"] = name
    if result is not None:
        versions = {model.name: model.version for model in settings.models}
        outcome.events += [as_row(found, piece.path, versions[found.model]) for found in result.detections]
        outcome.windows += [as_row(found, piece.path, versions[found.model]) for found in result.windows]
        outcome.embeddings += [replace(vector, recording=as_text(piece.path)) for vector in result.embeddings]
        row |= {
            "heard_s": result.heard_s,
            "lost_s": result.lost_s,
            "below_trigger_s": result.below_trigger_s,
            "events": len(result.detections),
            "rate_hz": result.rate_hz,
            "channels": result.channels,
            **start_columns(result.clock),
            "gaps": [asdict(gap) for gap in result.gaps],
            "notice": as_text(result.notice.replace(path, piece.path)) or None,
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
        "notice": None,
        "heard_s": 0.0,
        "lost_s": 0.0,
        "below_trigger_s": 0.0,
        "events": 0,
        "gaps": [],
        "work_s": work_s,
    }
