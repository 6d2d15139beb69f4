"""What tests of the server share."""

import pytest

pytest.importorskip("wyoming", reason="wyoming is not installed (extra 'home')")
