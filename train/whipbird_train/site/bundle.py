"""The bundle of a model of species that is corrected at a site.

It holds one layer on the embedding of the model, which stays where it is installed, and windows, hop and names are the
model's own. Where a species scores lower in the model itself than any judged event, nothing is known of it. There, a
limit that falls steeply with the model's own logit keeps the corrected score low, so that what verdicts say of the
reported events holds for what is reported later.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from keras import layers

from whipbird.importers.bundle_files import model_name
from whipbird.models.card import Activation, Card, Tensors
from whipbird.models.networks.windowed import WindowedNetwork
from whipbird_train.calls.bundles import based_on, written
from whipbird_train.datasets.folders import training_data
from whipbird_train.evaluate.curves import with_threshold
from whipbird_train.export.bundle_folder import new_bundle
from whipbird_train.export.convert import convert
from whipbird_train.reports.bundle_texts import write_texts
from whipbird_train.site.correction import Correction
from whipbird_train.site.judge import Site, SiteSpecies
from whipbird_train.site.report import site_object, site_page

__all__ = ["write_site"]

VERSION = "1"
LIMIT_SLOPE = 10.0
LIMIT_AT_LOWEST = 6.0  # logit: no limit at all
LEAST_ON = 0.01  # threshold


def write_site(folder: Path, name: str, site: Site) -> Card:
    """Write the bundle of a site into a folder, and return its card."""
    network = _network(site.species)
    with new_bundle(folder) as made:
        parts = {WindowedNetwork.FILE: convert(network, "float32")}
        card = written(made, _card(model_name(name), site), parts, {}, network.count_params())
        write_texts(made, card, site_page)
    return card


def _card(name: str, site: Site) -> Card:
    base, labels = site.base, [one.label for one in site.species]
    entry, licence = based_on(base)
    changed = {
        "name": name,
        "version": VERSION,
        "description": f"{base.name} for one site, corrected by verdicts: {', '.join(labels)}.",
        "base": entry,
        "activation": Activation(),
        "tensors": Tensors(),
        "labels": labels,
        "not_species": [label for label in base.not_species if label in labels],
        "species": {label: names for label, names in base.species.items() if label in labels},
        "debounce": {
            one.label: with_threshold(base.debounce[one.label], max(one.chosen.threshold, LEAST_ON))
            for one in site.species
        },
        "operating_points": {},
        "training": [training_data(site.judged), *base.training],
        "licence": licence,
        "limits": f"It is for the place and the season of the verdicts. What {base.name} itself scores lower than all "
        "judged events is not reported. Shares of right events are those among events like the judged ones.",
        "results": {"site": site_object(site)},
        "sha256": {},
    }
    return base.model_copy(update=changed)


def _network(species: Sequence[SiteSpecies]) -> keras.Model:
    own, count = [one.own for one in species], len(species)
    given = keras.Input((len(own[0].weights),), name="embedding")
    corrected, limit = layers.Dense(count, name="corrected"), layers.Dense(count, name="limit")
    scores = layers.Activation("sigmoid", name="scores")(layers.Minimum()([corrected(given), limit(given)]))
    _fill(corrected, [one.correction for one in species])
    lowest = [LIMIT_AT_LOWEST + LIMIT_SLOPE * (one.own.bias - one.lowest) for one in species]
    limits = zip(own, lowest, strict=True)
    _fill(limit, [Correction(LIMIT_SLOPE * one.weights, bias) for one, bias in limits])
    return keras.Model(given, scores)


def _fill(layer: layers.Dense, rows: Sequence[Correction]) -> None:
    weights = np.stack([one.weights for one in rows], axis=1)
    layer.set_weights([weights.astype(np.float32), np.array([one.bias for one in rows], np.float32)])
