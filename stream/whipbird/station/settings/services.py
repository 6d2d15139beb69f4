"""Whom alerts and digests reach: addresses of Apprise, which hold secrets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from whipbird.errors import OutputError
from whipbird.sinks.values import PathText, StrictTable, several
from whipbird.station.settings.fields import Name, field_error
from whipbird.system.regular_file import read_bounded

__all__ = ["ServiceSettings"]

LARGEST_FILE = 1 << 16  # bytes, of addresses


class ServiceSettings(StrictTable):
    """What has a name and addresses.

    Attributes
    ----------
    to : list of str
        Addresses; those in ``to_file``, one on each line, are used as well.
    """

    name: Name
    to: Annotated[list[str], BeforeValidator(several)] = Field(default=[])
    to_file: PathText | None = None

    @model_validator(mode="after")
    def _has_target(self) -> ServiceSettings:
        if not self.to and self.to_file is None:
            raise field_error("to", 'give addresses, such as "ntfy://topic", or a file with them as to_file')
        return self

    def addresses(self) -> Sequence[str]:
        """All addresses; raises OutputError if the file cannot be read, or there is none."""
        if self.to_file is None:
            return tuple(self.to)
        try:
            text = read_bounded(Path(self.to_file), LARGEST_FILE).decode()
        except (OSError, UnicodeDecodeError) as error:
            raise OutputError(f"{self.to_file}: {getattr(error, 'strerror', None) or 'is not text'}") from error
        kept = [line.strip() for line in text.splitlines()]
        if not any(kept):
            raise OutputError(f"{self.to_file}: holds no address")
        return (*self.to, *filter(None, kept))
