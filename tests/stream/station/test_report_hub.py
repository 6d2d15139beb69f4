"""The outputs of a station, when its settings are read again."""

import pytest

from certificates import make_certificate
from hook_server import serving
from made_events import event
from waiting import wait_until
from whipbird.sinks.messages import message_publisher
from whipbird.sinks.publisher import Publisher
from whipbird.station.report_hub import ReportHub
from whipbird.station.settings.outputs import StationOutputs


class Screen(list):
    write = list.append

    def attach(self, *_):
        pass


@pytest.fixture
def hub(tmp_path):
    screen = Publisher([Screen()], live=True)
    hub = ReportHub(screen, tmp_path / "spool", "forest")
    yield hub
    hub.close()
    screen.close()


def test_a_renewed_token_is_used_when_settings_are_read_again(hub, tmp_path, monkeypatch):
    """Until then, the server refuses the old one; no event is lost."""
    monkeypatch.setattr(message_publisher, "ADOPT_S", 0.2)
    token = tmp_path / "token"
    token.write_text("old")
    with serving() as server:
        outputs = StationOutputs(webhook={"address": server.address, "token_file": str(token)})
        hub.update(outputs)
        server.answers = [401]
        hub.publish(event(1.0))
        wait_until(lambda: server.requests)
        token.write_text("new")
        hub.update(outputs)
        hub.publish(event(2.0))
        wait_until(lambda: len(server.requests) > 1 and len(server.events) >= 3)
        first, *others = (headers["Authorization"] for _, headers, _ in server.requests)
        assert first == "Bearer old"
        assert set(others) == {"Bearer new"}
        assert {one["begin_s"] for one in server.events} == {1.0, 2.0}
    assert hub.lost == 0


def test_a_broker_whose_certificates_are_renewed_is_opened_anew(hub, tmp_path):
    trusted = make_certificate(tmp_path, "old")[0]
    outputs = StationOutputs(mqtt={"address": "mqtts://127.0.0.1:9/forest", "ca": str(trusted)})
    hub.update(outputs)
    (before,) = hub._outputs.values()
    hub.update(outputs)
    assert [before] == list(hub._outputs.values())
    assert make_certificate(tmp_path, "new")[0] == trusted
    hub.update(outputs)
    assert before not in hub._outputs.values()


def test_outputs_whose_settings_and_secrets_are_the_same_stay_open(hub, tmp_path):
    token = tmp_path / "token"
    token.write_text("same")
    outputs = StationOutputs(
        files=[str(tmp_path / "heard.csv")], webhook={"address": "http://127.0.0.1:9/", "token_file": str(token)}
    )
    hub.update(outputs)
    before = hub.health(), dict(hub._outputs)
    hub.update(outputs)
    assert (hub.health(), hub._outputs) == before
