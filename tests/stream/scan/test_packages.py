import pytest

from whipbird.errors import WhipbirdError
from whipbird.scan.packages import EXTRA, SCANNING
from whipbird.system.extras import check_installed


def test_what_is_missing_is_named_with_the_way_to_get_it():
    with pytest.raises(WhipbirdError, match=r"missing: no_such_package\)"):
        check_installed(EXTRA, "json", "no_such_package")


def test_what_is_there_is_not_imported():
    check_installed(EXTRA, *SCANNING)
