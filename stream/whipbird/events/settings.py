"""Settings of the debouncer, part of a model card."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from whipbird.system.strict import Strict

__all__ = ["Against", "DebounceSettings"]


Against = Literal["all", "unreported"]


Score = Annotated[float, Field(gt=0, lt=1)]


Seconds = Annotated[float, Field(ge=0, le=3600)]


class DebounceSettings(Strict):
    """When scores become an event, as described in `whipbird.events.debounce`."""

    smooth_s: Seconds = Field(default=0.1, description="scores are averaged over this time")
    on: Score = Field(default=0.6, description="an event starts when the average reaches this")
    off: Score = Field(default=0.4, description="an event ends when the average falls under this ...")
    release_s: Seconds = Field(default=0.1, description="... for this time")
    min_s: Seconds = Field(default=0.0, description="shorter events are dropped")
    refractory_s: Seconds = Field(default=0.2, description="no event starts within this time after the end of one")

    @model_validator(mode="after")
    def _hysteresis(self) -> DebounceSettings:
        if self.off >= self.on:
            raise ValueError(f"off ({self.off}) must be lower than on ({self.on})")
        return self
