"""Models and settings of a scan: two scans with the same ones may share a folder, and every result names them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any

from whipbird import __version__
from whipbird.engine.species_choice import EVERY_SPECIES, SpeciesChoice
from whipbird.errors import BundleError
from whipbird.events.thresholds import NO_THRESHOLDS, Thresholds
from whipbird.models.bundle import CARD, LARGEST_CARD, locate, read_card
from whipbird.models.cache import shared_model
from whipbird.models.model import Model
from whipbird.models.settings import ModelSettings
from whipbird.recordings.metadata.zones import time_zone
from whipbird.system.regular_file import read_bounded

__all__ = ["ModelIdentity", "ScanSettings", "identify", "load_models"]


LATER = ("hop_s", "windows", "embeddings")  # settings that earlier versions did not have: left out where they are empty


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """A model, identified by the hashes of its files.

    Attributes
    ----------
    location : str
        Name of an installed bundle, or a folder, where workers find the model.
    name, version : str
    sha256, card_sha256 : str
        Hashes of the network that is run and of the card.
    labels : tuple of str
        Labels that it reports.
    """

    location: str
    name: str
    version: str
    sha256: str
    card_sha256: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """Everything that determines the events of a recording, besides the recording itself.

    Attributes
    ----------
    models : tuple of ModelIdentity
    sensitivity : str
    channel : int or None
    labels : tuple of str or None
    zone : str or None
    thresholds : Thresholds or None
        None if the models have their own.
    hop_s : float or None
        From one window to the next, of models that can have another hop than their own; None if all have their own.
    windows, embeddings : bool
        Whether the scores that reach their threshold and the embedding of every window are kept as well.
    species : SpeciesChoice
    whipbird : str
        Version of whipbird.
    """

    models: tuple[ModelIdentity, ...]
    sensitivity: str
    channel: int | None
    labels: tuple[str, ...] | None
    zone: str | None
    thresholds: Thresholds | None = None
    hop_s: float | None = None
    windows: bool = False
    embeddings: bool = False
    species: SpeciesChoice = EVERY_SPECIES
    whipbird: str = __version__

    @property
    def tzinfo(self) -> tzinfo | None:
        return None if self.zone is None else time_zone(self.zone)

    def as_object(self) -> dict[str, Any]:
        """All settings for JSON, without the location of the models, which does not matter."""
        fields = asdict(self)
        for model in fields["models"]:
            del model["location"]
        for name in LATER:
            if not fields[name]:
                del fields[name]
        return json.loads(json.dumps(fields))  # type: ignore[no-any-return]

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps(self.as_object(), sort_keys=True).encode()).hexdigest()

    def differences(self, other: dict[str, Any]) -> list[str]:
        """How the settings of an earlier scan differ, as text for people."""
        own = self.as_object()
        found = []
        for key in dict.fromkeys((*own, *LATER)):
            if own.get(key) != other.get(key):
                before, now = (_as_words(key, fields.get(key)) for fields in (other, own))
                found.append(f"{key} {before}, now {now}")
        return found


def _as_words(key: str, value: Any) -> str:
    if key == "models" and isinstance(value, list):
        return " and ".join(
            f"{one['name']} {one['version']} ({one['sha256'][:8]}, card {one['card_sha256'][:8]})" for one in value
        )
    return json.dumps(value)


def identify(location: str, model: Model, labels: Collection[str] | None) -> ModelIdentity:
    """The identity of a loaded model that reports these labels only; None is all of them."""
    return ModelIdentity(
        location,
        model.card.name,
        model.card.version,
        model.network_sha256,
        hashlib.sha256(read_bounded(model.folder / CARD, LARGEST_CARD)).hexdigest(),
        tuple(label for label in model.card.debounce if labels is None or label in labels),
    )


def load_models(settings: ScanSettings) -> Sequence[Model]:
    """Load the models in a worker.

    Raises
    ------
    BundleError
        If the models on this computer or its version of whipbird differ from the scan's.
    """
    if settings.whipbird != __version__:
        raise BundleError(
            f"this scan needs whipbird {settings.whipbird}, but a worker has {__version__}; install the same version"
        )
    models = []
    for identity in settings.models:
        free = settings.hop_s is not None and read_card(locate(identity.location)).has_free_hop
        own = ModelSettings(settings.hop_s if free else None, None, settings.embeddings)
        model = shared_model(identity.location, settings.sensitivity, settings.thresholds or NO_THRESHOLDS, own)
        if identify(identity.location, model, settings.labels) != identity:
            raise BundleError(
                f"{Path(model.folder)}: differs from the model {identity.name} {identity.version} of this scan"
            )
        models.append(model)
    return tuple(models)
