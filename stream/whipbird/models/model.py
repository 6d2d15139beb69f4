"""Models: bundles that are loaded and ready to run."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np

from whipbird.arrays import Floats
from whipbird.errors import BundleError, SensitivityError
from whipbird.events.settings import DebounceSettings
from whipbird.events.thresholds import NO_THRESHOLDS, Thresholds
from whipbird.events.watched_labels import WatchedLabels
from whipbird.events.window_skipping import skip_rule
from whipbird.models.bundle import MATRICES, locate, read_card
from whipbird.models.bundle_file import read_bundle_file
from whipbird.models.card import BALANCED, Activation, Base, Tensors
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.frontends.build import make_frontend
from whipbird.models.frontends.spectral import SpectralSettings
from whipbird.models.frontends.speech_embedding import (
    FILES,
    SpeechEmbeddingSettings,
    SpeechNetworks,
    load_networks,
)
from whipbird.models.matrices import read_matrices
from whipbird.models.networks.asking import AskingNetwork
from whipbird.models.networks.base import Network, NetworkFile
from whipbird.models.networks.build import NETWORKS
from whipbird.models.networks.stateful import StatefulNetwork
from whipbird.models.networks.streaming import StreamingNetwork
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird.models.runtimes.interpreter import ONNX
from whipbird.models.settings import AS_CARD, ModelSettings

__all__ = ["Model"]

AnyNetwork = TypeVar("AnyNetwork", bound=WindowedNetwork | StreamingNetwork | StatefulNetwork)


class Model:
    """A bundle, loaded and ready to run; used by one thread at a time, which `lock` ensures where there are several.

    Parameters
    ----------
    name : str
        Name of an installed bundle, or path of a folder.
    sensitivity : str
        Operating point of the card.
    thresholds : Thresholds
        In place of those of the operating point; labels that the model does not report are ignored.
    settings : ModelSettings
        In place of what the card says.

    Raises
    ------
    BundleError
        If the bundle cannot be found, is damaged, has parts that do not fit each other, or cannot run like this.

    Attributes
    ----------
    card : Card
    folder : Path
    settings : ModelSettings
    network : Network
        Network for streams.
    lock : Lock
    skip_rule : SkipRule or None
        Which windows can be skipped while no event can start.
    """

    def __init__(
        self,
        name: str,
        sensitivity: str = BALANCED,
        thresholds: Thresholds = NO_THRESHOLDS,
        settings: ModelSettings = AS_CARD,
    ) -> None:
        self.folder = locate(name)
        self.settings = settings
        self.lock = threading.Lock()
        try:
            self.card = read_card(self.folder).at(sensitivity, thresholds)
        except ValueError as error:
            raise SensitivityError(str(error)) from error
        try:
            if settings.hop_s is not None:
                self.card = self.card.with_hop(settings.hop_s)
            if settings.slope is not None:
                self.card = self.card.with_slope(settings.slope)
        except ValueError as error:
            raise BundleError(str(error)) from error
        card, kind = self.card, NETWORKS[self.card.kind]
        asked_from = None if card.second is None else card.second.ask_from
        self.skip_rule = (
            skip_rule(card.labels, card.debounce, card.against, card.hop_s, asked_from)
            if kind is WindowedNetwork
            else None
        )
        self._matrices = self._read_matrices() if isinstance(card.frontend, SpectralSettings) else {}
        self._networks: SpeechNetworks | None = None
        if isinstance(card.frontend, SpeechEmbeddingSettings):
            self._networks = load_networks({name: self._read(name) for name in FILES}, self.folder)
        first = self._make(kind)
        self.network: Network = first if card.second is None else self._asking(first)

    def frontend(self) -> FrontEnd:
        """A new front end for one stream.

        Raises
        ------
        BundleError
            If the bundle's matrices do not fit the card.
        """
        try:
            return make_frontend(self.card.frontend, self._matrices, self._networks)
        except ValueError as error:
            raise BundleError(f"{self.folder / MATRICES}: {error}") from error

    def with_settings(self, settings: Mapping[str, DebounceSettings]) -> Model:
        """The same model, sharing its network, with other settings by label.

        Their thresholds may not be lower than its own where the network skips windows (`skip_rule`).
        """
        other = copy(self)
        other.card = self.card.model_copy(update={"debounce": dict(settings)})
        other.__dict__.pop("watched", None)
        return other

    @cached_property
    def features(self) -> tuple[object, ...]:
        """What its features depend on: models of one stream for which this is equal have the same."""
        card = self.card
        files = [card.sha256[name] for name in (MATRICES, *FILES) if name in card.sha256]
        return (card.frontend.model_dump_json(), card.sample_rate_hz, card.is_whole, *files)

    @cached_property
    def watched(self) -> WatchedLabels:
        """The labels that it reports."""
        return WatchedLabels(self.card.labels, self.card.debounce, self.card.against)

    @cached_property
    def windowed_network(self) -> WindowedNetwork:
        """The network for single windows; a second one is not asked there."""
        if isinstance(self.network, WindowedNetwork):
            return self.network
        return self._make(WindowedNetwork)

    @property
    def network_sha256(self) -> str:
        """Hash of the network's file; of the first one's if there is a second."""
        return self.card.sha256[self._name(NETWORKS[self.card.kind].FILE)]

    def _name(self, file: str) -> str:
        """Name of a network's file in this bundle: an ONNX file takes the place of a TFLite file."""
        other = str(Path(file).with_suffix(ONNX))
        return other if other in self.card.sha256 and file not in self.card.sha256 else file

    def _make(self, kind: type[AnyNetwork]) -> AnyNetwork:
        return kind(self._file(self._name(kind.FILE)))

    def _asking(self, first: Network) -> AskingNetwork:
        card, second, name = self.card, self.card.second, self._name(AskingNetwork.FILE)
        assert second is not None
        file = replace(
            self._file(name),
            window=second.window,
            skip_rule=None,
            activation=Activation(),
            tensors=Tensors(),
            embeds=False,
        )
        return AskingNetwork(first, file, card.reported, second.ask_from, second.weight)

    def _file(self, name: str) -> NetworkFile:
        card, frontend = self.card, self.frontend()
        return NetworkFile(
            self._read(name),
            self.folder / name,
            window=card.window,
            hop=card.hop_frames,
            labels=len(card.labels),
            silence=frontend.silence(),
            skip_rule=self.skip_rule,
            whole=card.is_whole,
            activation=card.activation,
            tensors=card.tensors,
            embeds=self.settings.embeds,
            base=None if card.base is None else self._base_file(card.base),
            of_window=frontend.of_window,
        )

    def _base_file(self, base: Base) -> NetworkFile:
        """The network of the installed model that a card is based on."""
        try:
            folder = locate(base.model)
            card = read_card(folder)
        except BundleError as error:
            raise BundleError(
                f"{self.folder}: is based on {base.model}, which is not installed; add it with 'whipbird models add'"
            ) from error
        if card.sample_rate_hz != self.card.sample_rate_hz:
            raise BundleError(f"{self.folder}: {base.model} takes {card.sample_rate_hz} Hz")
        path = folder / WindowedNetwork.FILE
        return NetworkFile(
            read_bundle_file(path, base.sha256),
            path,
            window=card.window,
            hop=card.hop_frames,
            labels=len(card.labels),
            silence=self.frontend().silence(),
            activation=card.activation,
            tensors=card.tensors,
        )

    def _read(self, name: str) -> bytes:
        return read_bundle_file(self.folder / name, self.card.sha256.get(name))

    def _read_matrices(self) -> dict[str, Floats]:
        path, content = self.folder / MATRICES, self._read(MATRICES)
        try:
            matrices = read_matrices(content)
            infinite = [name for name, matrix in matrices.items() if not np.isfinite(matrix).all()]
        except Exception as error:  # NumPy and zipfile raise whatever damaged bytes lead to
            raise BundleError(f"{path}: not readable: {error}") from error
        if infinite:
            raise BundleError(f"{path}: matrix {infinite[0]!r} has values that are not finite numbers")
        return matrices
