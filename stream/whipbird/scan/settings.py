"""What a scan hears with: models and settings, by which two scans are told apart, and which every result tells."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any

from whipbird import __version__
from whipbird.errors import BundleError
from whipbird.models.bundle import CARD, NETWORK, STEPS
from whipbird.models.cache import shared_model
from whipbird.models.model import Model
from whipbird.recordings.metadata.zones import time_zone

__all__ = ["ModelIdentity", "ScanSettings", "identify", "load_models"]


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """A model, to the last byte.

    Attributes
    ----------
    place : str
        Name of an installed bundle, or a folder, by which workers find it.
    name, version : str
    sha256, card_sha256 : str
        Hashes of the network that hears and of the card.
    labels : tuple of str
        That it is to report.
    """

    place: str
    name: str
    version: str
    sha256: str
    card_sha256: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """Everything on which the events of a recording depend, besides the recording.

    Attributes
    ----------
    models : tuple of ModelIdentity
    sensitivity : str
    channel : int or None
    labels : tuple of str or None
    zone : str or None
    whipbird : str
        Its version.
    """

    models: tuple[ModelIdentity, ...]
    sensitivity: str
    channel: int | None
    labels: tuple[str, ...] | None
    zone: str | None
    whipbird: str = __version__

    @property
    def tzinfo(self) -> tzinfo | None:
        return None if self.zone is None else time_zone(self.zone)

    def as_object(self) -> dict[str, Any]:
        """For JSON. Where a model was found does not matter."""
        fields = asdict(self)
        for model in fields["models"]:
            del model["place"]
        return json.loads(json.dumps(fields))  # type: ignore[no-any-return]

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps(self.as_object(), sort_keys=True).encode()).hexdigest()

    def differences(self, other: dict[str, Any]) -> list[str]:
        """In what an earlier scan's settings differ, in words."""
        own = self.as_object()
        found = []
        for key in own:
            if own[key] != other.get(key):
                before, now = (_spelt(key, fields.get(key)) for fields in (other, own))
                found.append(f"{key} {before}, now {now}")
        return found


def _spelt(key: str, value: Any) -> str:
    if key == "models" and isinstance(value, list):
        return " and ".join(
            f"{one['name']} {one['version']} ({one['sha256'][:8]}, card {one['card_sha256'][:8]})" for one in value
        )
    return json.dumps(value)


def identify(place: str, model: Model, labels: Collection[str] | None) -> ModelIdentity:
    """The identity of a loaded model, of which these labels alone are to be reported."""
    streaming = model.card.kind == "streaming"
    return ModelIdentity(
        place,
        model.card.name,
        model.card.version,
        model.card.sha256[STEPS if streaming else NETWORK],
        hashlib.sha256((model.folder / CARD).read_bytes()).hexdigest(),
        tuple(label for label in model.card.debounce if labels is None or label in labels),
    )


def load_models(settings: ScanSettings) -> Sequence[Model]:
    """Load the models in a worker.

    Raises
    ------
    BundleError
        If this computer has others, or another version of whipbird.
    """
    if settings.whipbird != __version__:
        raise BundleError(f"this scan is one of whipbird {settings.whipbird}, but a worker has {__version__}")
    models = []
    for identity in settings.models:
        model = shared_model(identity.place, settings.sensitivity)
        if identify(identity.place, model, settings.labels) != identity:
            raise BundleError(f"{Path(model.folder)}: is not the {identity.name} {identity.version} of this scan")
        models.append(model)
    return tuple(models)
