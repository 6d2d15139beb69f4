"""Installed bundles: their names, and how they are removed."""

import json

import pytest

from spoilt_bundles import edit, put
from whipbird.errors import BundleError
from whipbird.importers.installed import folder_size, names_of, remove_bundle
from whipbird.models.bundle import read_card

TABLE = "label,code,en,de\nyes,,Yes,Ja\n"


def test_a_bundle_is_removed_whole(bundle):
    assert folder_size(bundle) > 0
    remove_bundle(bundle)
    assert list(bundle.parent.iterdir()) == []


def test_of_a_link_the_link_is_removed(bundle, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(bundle, target_is_directory=True)
    remove_bundle(link)
    assert not link.is_symlink()
    assert (bundle / "card.json").is_file()


def test_names_are_read_if_the_table_is_the_right_one(bundle):
    put(bundle, "names.csv", TABLE.encode())
    assert names_of(bundle, read_card(bundle)) == [{"label": "yes", "code": "", "en": "Yes", "de": "Ja"}]
    (bundle / "names.csv").write_text(TABLE + "no,,No,Nein\n")
    with pytest.raises(BundleError, match="sha256 differs"):
        names_of(bundle, read_card(bundle))


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b'label,code,en\n"yes', b"\xff\n"])
def test_a_table_that_is_none_is_refused(bundle, content):
    put(bundle, "names.csv", content)
    with pytest.raises(BundleError, match="not a table of names"):
        names_of(bundle, read_card(bundle))


def test_without_a_table_the_card_has_names(bundle):
    species = {"yes": {"scientific": "Yes yes", "common": "Yea"}}
    edit(bundle, lambda card: card.update(species=species))
    rows = names_of(bundle, read_card(bundle))
    assert {row["label"]: row["en"] for row in rows}["yes"] == "Yea"
    assert len(rows) == len(json.loads((bundle / "card.json").read_text())["labels"])
