"""``whipbird alert``: the services of a station's alerts."""

import pytest

from command_line import check_refused, whipbird_here
from hook_server import serving

pytest.importorskip("apprise")

SOURCE = '[[source]]\nname = "creek"\nmicrophone = "default"\nmodels = "commands"\n'


def station(tmp_path, *alerts):
    path = tmp_path / "station.toml"
    path.write_text(SOURCE + "".join(f'[[alert]]\nname = "{name}"\n{rest}\n' for name, rest in alerts))
    return path


def test_every_service_gets_a_test(tmp_path):
    with serving() as server:
        address = server.address.replace("http://", "json://")
        (tmp_path / "more").write_text(f"{address}\n\n")
        path = station(tmp_path, ("owls", f'to = "{address}"\nto_file = "more"'), ("all", f'to = "{address}"'))
        assert whipbird_here("alert", path).stdout == "owls: 2 services\nall: 1 service\n"
        result = whipbird_here("alert", path, "--test")
        assert (result.returncode, result.stdout) == (0, "owls: sent to 2 services\nall: sent to 1 service\n")
        assert len(server.requests) == 3
        assert "a test" in server.requests[0][2]["title"]
        assert whipbird_here("alert", path, "--test", "--name", "all").returncode == 0
        assert len(server.requests) == 4


def test_a_service_that_does_not_answer_is_told(tmp_path):
    path = station(tmp_path, ("owls", 'to = "json://127.0.0.1:9/secret"'))
    result = whipbird_here("alert", path, "--test")
    assert result.returncode == 1
    assert "owls: a service did not take the message" in result.stderr
    assert "secret" not in result.stderr


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("", "alert 'owls': to: give addresses, such as"),
        ('to = "nonsense"', "alert 'owls': to: Apprise cannot use an address (without a scheme)"),
        ('to_file = "missing"', "missing: No such file or directory"),
        ('to = "json://h"\nwhen = "often"', "alert 'owls': when: must be \"new here\""),
        ('to = "json://h"\nwhen = "rarer than 0.1"', "what is rare needs latitude and longitude"),
        ('to = "json://h"\nsources = ["creak"]', "alert 'owls': sources: no source 'creak'; did you mean 'creek'"),
        ('to = "json://h"\ntext = "{species}"', "alert 'owls': text: '{species}': fields are {name}, {label}"),
        ('to = "json://h"\nlabels = ["maybe"]', "alert 'owls': labels: "),
        ('to = "json://h"\nclip = true', "alert 'owls': clip: needs [outputs.clips]"),
    ],
)
def test_wrong_settings_are_refused(tmp_path, rest, message):
    path = station(tmp_path, ("owls", rest))
    check_refused(whipbird_here("monitor", path, "--check"), 1, message)


def test_an_alert_that_is_not_there_is_refused(tmp_path):
    path = station(tmp_path, ("owls", 'to = "json://h"'))
    check_refused(whipbird_here("alert", path, "--name", "owl"), 1, "has no alert 'owl'; did you mean 'owls'")
    check_refused(whipbird_here("alert", station(tmp_path)), 1, "has no [[alert]]")
