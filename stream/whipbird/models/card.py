"""Model card: the description and settings of a model in its bundle, validated when it is loaded.

A bundle is a folder with ``model.tflite``, ``card.json``, ``frontend.npz`` unless the front end is raw samples, and
``steps.tflite`` if the network is a streaming one.
Times are in seconds, rates and frequencies in hertz, lengths of frames in samples, scores between 0 and 1.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from whipbird.events.settings import Against, DebounceSettings, Seconds
from whipbird.events.thresholds import NO_THRESHOLDS, Thresholds
from whipbird.models.frontends.build import FrontEndSettings
from whipbird.models.frontends.raw import RawSettings
from whipbird.system.strict import Strict
from whipbird.text import choice

__all__ = ["BALANCED", "Card", "SpeciesNames", "TrainingData"]

BALANCED = "balanced"  # name of the operating point of a card's own settings


class TrainingData(Strict):
    """One set of recordings that the model was trained on."""

    name: str
    source: str
    licence: str
    recordings: int = Field(ge=0)


class SpeciesNames(Strict):
    """Names of a species."""

    scientific: str = Field(min_length=1)
    common: str = Field(min_length=1)


class Card(Strict):
    """Everything that the runtime and the user need to know about a model."""

    format: Literal[1] = 1
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    version: str
    description: str
    kind: Literal["windowed", "streaming"] = Field(
        default="windowed",
        description="whether the network scores whole windows, or new frames and carries a state along",
    )
    labels: list[str] = Field(min_length=1, description="in the order of the network's outputs")
    species: dict[str, SpeciesNames] = Field(
        default={}, description="for labels that are sounds of a species, its names for tables of other programs"
    )
    sample_rate_hz: int = Field(ge=1000, le=384_000)
    window: int = Field(ge=1, le=10_000_000, description="frames on which a score depends")
    hop_s: float = Field(gt=0, le=60, description="from one window to the next")
    reference_s: Seconds = Field(description="how far before the end of the window the sound of a score is")
    lead_s: Seconds = Field(
        default=0.0, description="how long a sound has lasted when its score rises; events start this much earlier"
    )
    report: Literal["begin", "end"] = Field(description="report an event when it is confirmed, or when it has ended")
    frontend: FrontEndSettings = Field(discriminator="kind")
    debounce: dict[str, DebounceSettings] = Field(description="labels without settings are never reported")
    against: Against = Field(
        default="all",
        description="whether scores are absolute or relative (see `whipbird.events.relative_scores`)",
    )
    operating_points: dict[str, dict[str, DebounceSettings]] = Field(
        default={}, description="other settings for the same labels, by name, such as strict or eager"
    )
    training: list[TrainingData]
    licence: str
    limits: str = Field(description="what the model cannot do")
    results: dict[str, Any] = Field(description="results and the data they were measured on")
    sha256: dict[str, str] = Field(description="hash of each other file of the bundle")

    @model_validator(mode="after")
    def _consistent(self) -> Card:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("a label occurs twice")
        for label in self.debounce:
            if label not in self.labels:
                raise ValueError(f"debounce settings for {label!r}, which is not among the labels")
        for label in self.species:
            if label not in self.labels:
                raise ValueError(f"names of a species for {label!r}, which is not among the labels")
        for name, settings in self.operating_points.items():
            if name == BALANCED or settings.keys() != self.debounce.keys():
                raise ValueError(
                    f"operating point {name!r} must have the labels of debounce and a name other than {BALANCED!r}"
                )
        hop = self.hop_s * self.sample_rate_hz
        if abs(hop - round(hop)) > 1e-6 or round(hop) < 1:
            raise ValueError(f"hop_s ({self.hop_s}) is not a whole number of samples at {self.sample_rate_hz} Hz")
        if self.hop % self.step:
            raise ValueError(f"hop_s ({self.hop_s}) is not a whole number of steps of {self.step} samples")
        return self

    @property
    def hop(self) -> int:
        """Samples from one window to the next, at the model's rate."""
        return round(self.hop_s * self.sample_rate_hz)

    @property
    def hop_frames(self) -> int:
        """Frames from one window to the next."""
        return self.hop // self.step

    @property
    def reported(self) -> list[int]:
        """Numbers of the labels that are reported."""
        return [number for number, label in enumerate(self.labels) if label in self.debounce]

    @property
    def step(self) -> int:
        """Samples from one frame to the next."""
        return 1 if isinstance(self.frontend, RawSettings) else self.frontend.step

    def at(self, point: str, thresholds: Thresholds = NO_THRESHOLDS) -> Card:
        """The same card with the settings of an operating point, and other thresholds in place of its own.

        Raises
        ------
        ValueError
            If there is no operating point of that name.
        """
        if point == BALANCED and not thresholds:
            return self
        points = {BALANCED: self.debounce, **self.operating_points}
        if point not in points:
            raise ValueError(f"{self.name} has no operating point {point!r}; {choice(point, points)}")
        return self.model_copy(update={"debounce": thresholds.applied_to(points[point])})
