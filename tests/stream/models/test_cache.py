"""Models that sources share."""

import pytest

from spoilt_bundles import edit
from whipbird.errors import BundleError
from whipbird.models.cache import shared_model


def test_a_model_is_loaded_once_until_its_card_changes(bundle, monkeypatch):
    model = shared_model(str(bundle))
    monkeypatch.chdir(bundle.parent)
    assert shared_model(f"./{bundle.name}") is model
    edit(bundle, lambda card: card.update(version="9.9"))
    changed = shared_model(str(bundle))
    assert (changed.card.version, changed is model) == ("9.9", False)
    assert shared_model(str(bundle)) is changed


def test_a_shared_bundle_without_a_card_is_refused(bundle):
    (bundle / "card.json").unlink()
    with pytest.raises(BundleError, match=r"card\.json: No such file"):
        shared_model(str(bundle))
