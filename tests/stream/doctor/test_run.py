"""All checks of the doctor."""

from whipbird.doctor import computer
from whipbird.doctor.finding import Status
from whipbird.doctor.run import examine


def test_a_check_that_breaks_down_is_a_finding(monkeypatch, shipped):
    def broken():
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(computer, "programs", broken)
    found = {finding.check: finding for finding in examine()}
    assert found["programs"].status is Status.PROBLEM
    assert found["programs"].text == "this cannot be checked: ZeroDivisionError: division by zero"
    assert {"python", "packages", "detection", "models", "microphone", "extra feeds"} <= set(found)
