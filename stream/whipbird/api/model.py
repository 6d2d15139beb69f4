"""Models, ready to use, and what they give for each window of sound."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np

from whipbird.api.run import run_events
from whipbird.api.samples import Channel, channel_number
from whipbird.api.sound import Sound, open_sound
from whipbird.arrays import Doubles, Floats
from whipbird.engine.detector import ScoredHop
from whipbird.errors import BundleError, WhipbirdError
from whipbird.events.thresholds import NO_THRESHOLDS, Thresholds
from whipbird.models.bundle import locate, read_card
from whipbird.models.cache import distinct, shared_model
from whipbird.models.card import BALANCED
from whipbird.models.model import Model as LoadedModel
from whipbird.models.names import LabelNames, thresholds_named
from whipbird.models.settings import ModelSettings

__all__ = ["Embeddings", "Model", "ModelLike", "Scores", "load_model", "loaded_models"]


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of all windows of a sound, in the order of time.

    Attributes
    ----------
    labels : tuple of str
    time_s : array of float64, shape (windows,)
        Seconds from the start of the sound to the middle of the time for which a score counts. Events are found there.
    begin_s, end_s : array of float64, shape (windows,)
        Where the window starts and ends, as far as it is within the sound.
    scores : array of float32, shape (windows, labels)
        Between 0 and 1; columns are in the order of ``labels``.
    """

    labels: tuple[str, ...]
    time_s: Doubles
    begin_s: Doubles
    end_s: Doubles
    scores: Floats

    def of(self, label: str) -> Floats:
        """Scores of one label, shape (windows,).

        Raises
        ------
        WhipbirdError
            If there is no such label.
        """
        if label not in self.labels:
            raise WhipbirdError(f"no label {label!r} among these scores; see their labels")
        column: Floats = self.scores[:, self.labels.index(label)]
        return column


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Embeddings of all windows of a sound, in the order of time.

    Attributes
    ----------
    begin_s, end_s : array of float64, shape (windows,)
        Where the window starts and ends, in seconds from the start of the sound, as far as it is within the sound.
    vectors : array of float32, shape (windows, size)
    """

    begin_s: Doubles
    end_s: Doubles
    vectors: Floats


class Model:
    """A model that is ready to use; made by `load_model`. Several threads may use it: they wait for each other."""

    def __init__(self, loaded: LoadedModel) -> None:
        self._loaded = loaded

    def __repr__(self) -> str:
        return f"<whipbird.Model {self.name!r} {self.version}, {len(self.labels)} labels, {self.sample_rate_hz} Hz>"

    @property
    def name(self) -> str:
        """Name of the model, which its events carry."""
        return self._loaded.card.name

    @property
    def version(self) -> str:
        """Version of the model."""
        return self._loaded.card.version

    @property
    def folder(self) -> Path:
        """Folder of its bundle."""
        return self._loaded.folder

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels, in the order of the columns of scores."""
        return tuple(self._loaded.card.labels)

    @property
    def reported(self) -> tuple[str, ...]:
        """The labels that can be reported as events; others, such as silence, have only scores."""
        return tuple(self._loaded.card.labels[number] for number in self._loaded.card.reported)

    @property
    def sample_rate_hz(self) -> int:
        """Rate in hertz at which it works. Sound of any other rate is resampled."""
        return self._loaded.card.sample_rate_hz

    @property
    def hop_s(self) -> float:
        """Seconds from one window to the next."""
        return self._loaded.card.hop_s

    def scores(self, sound: Sound, rate_hz: float | None = None, *, channel: Channel = "mix") -> Scores:
        """Scores of every window.

        Parameters
        ----------
        sound : array, shape (samples,) or (samples, channels), or path
            Samples, or a recording; see `whipbird.detect`.
        rate_hz : float, optional
            Rate of the samples in hertz; a recording has its own.
        channel : int or "mix"
            Channel to process, counted from 1, or the mean of all.

        Raises
        ------
        SourceError
            If the sound cannot be read.
        """
        hops = _hops(self._loaded, sound, rate_hz, channel)
        return Scores(
            labels=self.labels,
            time_s=np.array([(hop.since_s + hop.until_s) / 2 for hop in hops], np.float64),
            begin_s=np.array([max(0.0, hop.begin_s) for hop in hops], np.float64),
            end_s=np.array([hop.heard_s for hop in hops], np.float64),
            scores=np.array([hop.scores for hop in hops], np.float32).reshape(-1, len(self.labels)),
        )

    def embed(self, sound: Sound, rate_hz: float | None = None, *, channel: Channel = "mix") -> Embeddings:
        """Embedding of every window: a vector that describes its sound.

        Parameters are those of `scores`.

        Raises
        ------
        BundleError
            If the model has no embeddings.
        SourceError
            If the sound cannot be read.
        """
        hops = _hops(self._embedding, sound, rate_hz, channel)
        return Embeddings(
            begin_s=np.array([max(0.0, hop.begin_s) for hop in hops], np.float64),
            end_s=np.array([hop.heard_s for hop in hops], np.float64),
            vectors=np.array([hop.embedding for hop in hops], np.float32).reshape(len(hops), -1),
        )

    @property
    def window_s(self) -> float:
        """Seconds of sound in a window."""
        return self._loaded.card.window_s

    @property
    def embedding_sha256(self) -> str:
        """Hash of the network that makes the embeddings, as in files of embeddings; raises BundleError without any."""
        return self._embedding.card.sha256[self._embedding.network.FILE]

    @cached_property
    def _embedding(self) -> LoadedModel:
        """The same model with its embeddings."""
        card = self._loaded.card
        if card.tensors.embedding is None:
            raise BundleError(f"{self.name} has no embeddings; BirdNET has: whipbird models add birdnet")
        settings = self._loaded.settings
        return LoadedModel(str(self.folder), settings=replace(settings, embeds=True))


ModelLike: TypeAlias = str | os.PathLike[str] | Model
"""Name of an installed model, folder of a model, or a loaded model."""


def load_model(
    name: str | os.PathLike[str],
    *,
    sensitivity: str = BALANCED,
    threshold: float | Mapping[str, float] | None = None,
    hop_s: float | None = None,
) -> Model:
    """Load a model.

    Parameters
    ----------
    name : str or path
        Name of an installed model, see ``whipbird models``, or the folder of a model.
    sensitivity : str
        How readily events are reported: "strict", "balanced" or "eager", as far as the model's card defines them.
    threshold : float or mapping of str to float, optional
        Score between 0 and 1 at which an event starts, for all labels or by label. It replaces the scores that the
        sensitivity chooses; its other settings remain.
    hop_s : float, optional
        Seconds from one window to the next, for models whose windows are sound itself; 0.5 to 3 for BirdNET.

    Raises
    ------
    BundleError
        If there is no such model, it cannot be used, or it has no such sensitivity or hop.
    WhipbirdError
        If a threshold is none.
    """
    text = os.fspath(name)
    return Model(LoadedModel(text, sensitivity, _thresholds(threshold, text), ModelSettings(hop_s)))


def loaded_models(models: ModelLike | Sequence[ModelLike]) -> list[LoadedModel]:
    """The models of one or several names, folders or loaded models. Those that are named are loaded once and shared.

    Raises
    ------
    BundleError
        If a model cannot be used, or two have the same name.
    """
    several: Iterable[ModelLike] = [models] if isinstance(models, str | os.PathLike | Model) else models
    found = distinct(one._loaded if isinstance(one, Model) else shared_model(os.fspath(one)) for one in several)
    if not found:
        raise WhipbirdError("give at least one model")
    return found


def _hops(model: LoadedModel, sound: Sound, rate_hz: float | None, channel: Channel) -> list[ScoredHop]:
    """What the model gives for each window of the sound."""
    hops: list[ScoredHop] = []

    def tap(hop: ScoredHop) -> None:
        if max(0.0, hop.begin_s) < hop.heard_s:  # otherwise, the window is in the silence around the sound
            hops.append(hop)

    for _ in run_events(open_sound(sound, rate_hz), [model], channel_number(channel), taps=[tap]):
        pass
    return hops


def _thresholds(given: float | Mapping[str, float] | None, model: str) -> Thresholds:
    if given is None:
        return NO_THRESHOLDS
    if not isinstance(given, Mapping):
        return Thresholds(_score(given))
    folder = locate(model)
    labels = tuple((label, _score(score)) for label, score in given.items())
    return thresholds_named(Thresholds(labels=labels), [LabelNames(folder, read_card(folder))])


def _score(given: float) -> float:
    """A threshold; raises WhipbirdError if it is none."""
    if not isinstance(given, int | float) or not 0 < given < 1:
        raise WhipbirdError(f"threshold {given!r}: give a score between 0 and 1, or a mapping of labels to scores")
    return float(given)
