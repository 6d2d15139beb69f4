"""Files of a new bundle."""

import pytest

from whipbird.importers.bundle_files import model_name


@pytest.mark.parametrize(("name", "said"), [("my words", "my-words"), ("été.2", "t-.2"), ("---", "custom")])
def test_a_card_has_a_name_of_plain_letters(name, said):
    assert model_name(name) == said
