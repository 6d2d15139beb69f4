"""Whatever is asked of the API, it answers as its description says."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from page_visitors import Visit

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

MOST = 30  # requests for each operation


@pytest.fixture(scope="module")
def visit(forest, tmp_path_factory):
    database = Path(shutil.copy(forest, tmp_path_factory.mktemp("described")))
    return Visit(database, tmp_path_factory.mktemp("state"))


def test_the_api_answers_as_it_is_described(visit):
    headers = {"Authorization": f"Bearer {visit.page.passwords.new_token('test')}", "Host": "localhost"}
    described = schemathesis.openapi.from_asgi("/api/openapi.json", visit.app, headers=headers)
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) >= 14
    for operation in operations:

        @settings(max_examples=MOST, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy())
        def check(case):
            case.call_and_validate(headers=headers)

        check()
