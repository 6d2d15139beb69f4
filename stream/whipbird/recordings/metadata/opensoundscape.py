"""The comment that OpenSoundscape writes into the files it saves: ``opso_metadata`` and a JSON object.

The comment may be cut, so it is searched instead of parsed.
"""

from __future__ import annotations

import re
from datetime import datetime

from whipbird.recordings.metadata.written_time import written_time

__all__ = ["start_in_json_comment"]

PREFIX = "opso_metadata"
START = re.compile(r'"recording_start_time"\s*:\s*"([^"]{1,64})"')


def start_in_json_comment(comment: str) -> datetime | None:
    """Start of the recording; without zone if it is local time, None if the comment has none or is another one."""
    match = START.search(comment) if comment.startswith(PREFIX) else None
    return None if match is None else written_time(match[1])
