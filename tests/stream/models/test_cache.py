"""Models that sources share."""

import gc
import weakref

import pytest

from spoilt_bundles import edit
from whipbird.errors import BundleError
from whipbird.models import cache
from whipbird.models.cache import shared_model


def test_a_model_is_loaded_once_until_its_card_changes(bundle, monkeypatch):
    model = shared_model(str(bundle))
    monkeypatch.chdir(bundle.parent)
    assert shared_model(f"./{bundle.name}") is model
    edit(bundle, lambda card: card.update(version="9.9"))
    changed = shared_model(str(bundle))
    assert (changed.card.version, changed is model) == ("9.9", False)
    assert shared_model(str(bundle)) is changed


def test_a_model_whose_card_has_changed_is_kept_only_by_those_that_use_it(bundle):
    shared_model(str(bundle))
    versions = []
    for version in range(3):
        edit(bundle, lambda card, version=version: card.update(version=f"9.{version}"))
        versions.append(weakref.ref(shared_model(str(bundle))))
    gc.collect()
    assert [model() is None for model in versions] == [True, True, False]


def test_few_models_are_kept(bundle, monkeypatch):
    monkeypatch.setattr(cache, "MOST", 2)
    monkeypatch.setattr(cache, "_shared", {})
    models = [shared_model(str(bundle), sensitivity) for sensitivity in ("balanced", "strict", "eager")]
    assert shared_model(str(bundle), "eager") is models[2]
    assert shared_model(str(bundle), "strict") is models[1]
    assert shared_model(str(bundle), "balanced") is not models[0]


def test_a_shared_bundle_without_a_card_is_refused(bundle):
    (bundle / "card.json").unlink()
    with pytest.raises(BundleError, match=r"card\.json: No such file"):
        shared_model(str(bundle))
