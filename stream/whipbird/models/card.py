"""Model card: the description and settings of a model in its bundle, validated when it is loaded.

A bundle is a folder with ``model.tflite``, ``card.json``, ``frontend.npz`` unless the front end is raw samples,
``steps.tflite`` if the network is a streaming one, and ``second.tflite`` if there is a second one.
Times are in seconds, rates and frequencies in hertz, lengths of frames in samples, scores between 0 and 1.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from pydantic import Field, field_serializer, model_validator

from whipbird.events.settings import Against, DebounceSettings, Seconds
from whipbird.events.thresholds import NO_THRESHOLDS, Thresholds
from whipbird.models.frontends.build import FrontEndSettings
from whipbird.models.frontends.micro import MicroSettings
from whipbird.models.frontends.window_stft import WindowStftSettings
from whipbird.system.strict import Strict
from whipbird.text import choice

__all__ = [
    "BALANCED",
    "EVERY_LABEL",
    "NAME",
    "Activation",
    "Base",
    "Card",
    "Second",
    "SpeciesNames",
    "Tensors",
    "TrainingData",
]

MOST_WRITTEN = 50  # labels whose settings are all written, even if they are equal
EVERY_LABEL = "*"  # in debounce settings: all labels that have none of their own
HOP_TOLERANCE = 1e-6  # samples
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"  # of a model
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


class Activation(Strict):
    """What turns a network's outputs into scores between 0 and 1."""

    kind: Literal["none", "sigmoid", "softmax"] = Field(
        default="none", description="none if the outputs are scores; softmax if one of the labels is right"
    )
    slope: float = Field(default=1.0, ge=0.1, le=10.0, description="outputs are multiplied by this first")


class Tensors(Strict):
    """Which tensors of a network are used: their names, or their numbers among its inputs or outputs."""

    input: str | int | None = Field(default=None, description="windows; may be left out if there is one input")
    output: str | int | None = Field(default=None, description="scores; may be left out if there is one output")
    embedding: str | int | None = Field(default=None, description="a vector that describes a window, if there is one")
    states: dict[str, str] = Field(
        default={}, description="inputs that take an output of the call before, and zeros at first, with its name"
    )
    constants: dict[str, float] = Field(default={}, description="inputs that always have this value; others have 0")


class Base(Strict):
    """Another installed model, whose embedding of a window is what the network takes."""

    model: str = Field(pattern=f"^{NAME}$", description="its name")
    sha256: str = Field(description="hash of its network")


class Second(Strict):
    """A second network with the same labels, which is asked only where the first hears something."""

    window: int = Field(ge=1, le=10_000_000, description="frames on which its score depends")
    ask_from: float = Field(gt=0, lt=1, description="sum of the scores of all reported labels from which it is asked")
    weight: float = Field(gt=0, le=1, description="of its scores in the geometric mean with those of the first")


class Card(Strict):
    """Everything that the runtime and the user need to know about a model."""

    format: Literal[1] = 1
    name: str = Field(pattern=f"^{NAME}$")
    version: str
    description: str
    kind: Literal["windowed", "streaming", "stateful"] = Field(
        default="windowed",
        description="whether the network scores whole windows, or takes new frames and carries a state along: in the "
        "form of whipbird's own networks (streaming) or another (stateful)",
    )
    second: Second | None = Field(
        default=None,
        description="a second network, ``second.tflite``, if there is one (`whipbird.models.networks.asking`)",
    )
    base: Base | None = Field(
        default=None, description="another installed model, whose embedding of a window the network takes"
    )
    activation: Activation = Activation()
    tensors: Tensors = Tensors()
    labels: list[str] = Field(min_length=1, description="in the order of the network's outputs")
    not_species: list[str] = Field(
        default=[], description="labels that are kept apart in a model of species, such as voices and engines"
    )
    species: dict[str, SpeciesNames] = Field(
        default={}, description="for labels that are sounds of a species, its names for tables of other programs"
    )
    sample_rate_hz: int = Field(ge=1000, le=384_000)
    window: int = Field(ge=1, le=10_000_000, description="frames on which a score depends")
    hop_s: float = Field(gt=0, le=60, description="from one window to the next")
    windows: Literal["continuous", "whole"] = Field(
        default="continuous",
        description="continuous if windows also reach into the silence before and after a recording; whole if the first"
        " begins with the recording, and the last is filled with silence",
    )
    shortest_window_s: Seconds = Field(
        default=0.0, description="a last window with less sound is left out, if windows are whole"
    )
    reference_s: Seconds = Field(description="how far before the end of the window the sound of a score is")
    lead_s: Seconds = Field(
        default=0.0, description="how long a sound has lasted when its score rises; events start this much earlier"
    )
    trim_s: Seconds = Field(
        default=0.0,
        description="events are shorter by this at either end, but no shorter than a hop: a window's score is high when"
        " only part of a sound is in it",
    )
    report: Literal["begin", "end"] = Field(description="report an event when it is confirmed, or when it has ended")
    pauses: bool = Field(
        default=True,
        description="whether pauses in the sound bound events that are reported at their start: in words they do, in "
        "phrases they do not",
    )
    frontend: FrontEndSettings = Field(discriminator="kind")
    debounce: dict[str, DebounceSettings] = Field(
        description="labels without settings are never reported; those of * are for every label without its own"
    )
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

    @field_serializer("debounce")
    def _shortened(self, settings: dict[str, DebounceSettings]) -> dict[str, DebounceSettings]:
        return _shortened(settings, self.labels)

    @field_serializer("operating_points")
    def _shortened_points(
        self, points: dict[str, dict[str, DebounceSettings]]
    ) -> dict[str, dict[str, DebounceSettings]]:
        return {name: _shortened(settings, self.labels) for name, settings in points.items()}

    @model_validator(mode="after")
    def _expanded(self) -> Card:
        """Give every label without settings those for every label."""
        for settings in (self.debounce, *self.operating_points.values()):
            common = settings.pop(EVERY_LABEL, None)
            if common is not None:
                settings.update({label: settings.get(label, common) for label in self.labels})
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Card:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("a label occurs twice")
        known = set(self.labels)
        for label in self.debounce:
            if label not in known:
                raise ValueError(f"debounce settings for {label!r}, which is not among the labels")
        for label in self.species:
            if label not in known:
                raise ValueError(f"names of a species for {label!r}, which is not among the labels")
        for label in self.not_species:
            if label not in known:
                raise ValueError(f"{label!r} is no species, but not among the labels either")
        for name, settings in self.operating_points.items():
            if name == BALANCED or settings.keys() != self.debounce.keys():
                raise ValueError(
                    f"operating point {name!r} must have the labels of debounce and a name other than {BALANCED!r}"
                )
        hop = self.hop_s * self.sample_rate_hz
        if abs(hop - round(hop)) > HOP_TOLERANCE or round(hop) < 1:
            raise ValueError(f"hop_s ({self.hop_s}) is not a whole number of samples at {self.sample_rate_hz} Hz")
        if self.hop % self.step:
            raise ValueError(f"hop_s ({self.hop_s}) is not a whole number of steps of {self.step} samples")
        if self.base is not None and (self.kind != "windowed" or self.frontend.kind != "raw"):
            raise ValueError('a network on the embedding of another must be "windowed", and its front end "raw"')
        if isinstance(self.frontend, WindowStftSettings) and (
            self.kind != "windowed" or self.window != self.frontend.samples
        ):
            raise ValueError(f"the front end transforms whole windows of {self.frontend.samples} samples")
        if self.kind == "stateful" and self.second is not None:
            raise ValueError("only windowed and streaming networks can have a second one")
        if self.is_whole and self.second is not None:
            raise ValueError("a second network is asked in streams: windows must be continuous")
        if self.is_whole and (self.kind != "windowed" or self.report != "end"):
            raise ValueError('windows can be whole only if kind is "windowed" and report is "end"')
        if self.is_whole and self.hop_frames > self.window:
            raise ValueError(f"hop_s ({self.hop_s}) is longer than a window, so that sound would be left out")
        return self

    @property
    def remembers(self) -> bool:
        """Whether a score depends on all sound of its segment, not on a window: then recordings cannot be cut."""
        return self.kind == "stateful" or isinstance(self.frontend, MicroSettings)

    @property
    def is_whole(self) -> bool:
        """Whether windows hold only sound of the recording, but for the end of the last."""
        return self.windows == "whole"

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
        return self.frontend.step

    @property
    def has_free_hop(self) -> bool:
        """Whether windows can come at other intervals: they are sound itself, and scored one by one."""
        return self.kind == "windowed" and self.step == 1

    def with_hop(self, hop_s: float) -> Card:
        """The same card with windows at other intervals; a score still counts around the same moment of its window.

        Raises
        ------
        ValueError
            If the model cannot have this hop.
        """
        hop = hop_s * self.sample_rate_hz
        if not self.has_free_hop:
            raise ValueError(f"{self.name} has a hop of {self.hop_s:g} s, which cannot be changed")
        if not 1 - HOP_TOLERANCE <= hop <= self.window + HOP_TOLERANCE:
            raise ValueError(f"a hop of {hop_s:g} s does not fit {self.name}, whose windows last {self.window_s:g} s")
        if abs(hop - round(hop)) > HOP_TOLERANCE:
            raise ValueError(f"a hop of {hop_s:g} s is not a whole number of samples at {self.sample_rate_hz} Hz")
        reference_s = max(0.0, self.reference_s + (self.hop_s - hop_s) / 2)
        return self.model_copy(update={"hop_s": hop_s, "reference_s": reference_s})

    @property
    def window_s(self) -> float:
        """Length of a window of samples."""
        return self.window * self.step / self.sample_rate_hz

    def with_slope(self, slope: float) -> Card:
        """The same card with another slope of its sigmoid.

        Raises
        ------
        ValueError
            If its activation is no sigmoid.
        """
        if self.activation.kind != "sigmoid":
            raise ValueError(f"{self.name} has no sensitivity: its activation is no sigmoid")
        return self.model_copy(update={"activation": Activation(kind="sigmoid", slope=slope)})

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


def _shortened(settings: dict[str, DebounceSettings], labels: list[str]) -> dict[str, DebounceSettings]:
    """Settings with those that most labels share under one name, if there are many labels and all have some."""
    if len(settings) <= MOST_WRITTEN or len(settings) < len(labels):
        return settings
    (common, count), *_ = Counter(settings.values()).most_common(1)
    if count == 1:
        return settings
    return {EVERY_LABEL: common} | {label: own for label, own in settings.items() if own != common}
