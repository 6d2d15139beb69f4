"""The settings that the page shows hold no secret."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from whipbird.station.settings.read import read_settings
from whipbird.station.settings.shown import shown_settings

SECRET = "s3cr3tw0rd"
TEXT = f"""
[station]
name = "north"
[[source]]
name = "creek"
feed = "rtsp://ada:{SECRET}@camera.local/stream?token={SECRET}&channel=1"
models = ["digits"]
hours = "22:00-04:00"
[models.digits]
threshold = 0.9
[models.digits.thresholds]
one = 0.95
[[alert]]
name = "owls"
to = ["ntfy://{SECRET}", "tgram://{SECRET}/chat"]
when = ["new here", "back after 14 days"]
[outputs]
files = ["heard.sqlite"]
webhook = "https://example.org/{SECRET}"
[outputs.mqtt]
address = "mqtt://ada:{SECRET}@broker.local/whipbird"
password_file = "mqtt.password"
[outputs.exec]
command = "python3 heard.py --key {SECRET}"
[page]
open = true
"""


def test_settings_are_shown_as_they_are_written_without_secrets(tmp_path):
    path = tmp_path / "station.toml"
    path.write_text(TEXT)
    tables = shown_settings(read_settings(path).written)
    assert SECRET not in str(tables)
    found = dict(tables)
    assert list(found) == [
        "station",
        "source",
        "models.digits",
        "alert",
        "outputs",
        "outputs.mqtt",
        "outputs.exec",
        "page",
    ]
    source = dict(found["source"])
    assert source["feed"] == "rtsp://camera.local/stream?channel=1" or "camera.local" in source["feed"]
    assert (source["models"], source["hours"]) == ("digits", "22:00-04:00")
    assert dict(found["models.digits"]) == {"threshold": "0.9", "thresholds": "one = 0.95"}
    assert dict(found["alert"])["to"] == "ntfy://…, tgram://…"
    assert dict(found["alert"])["when"] == "new here, back after 14 days"
    assert dict(found["outputs"])["webhook"] == "https://example.org/…"
    assert dict(found["outputs.exec"]) == {"command": "python3 …"}
    assert dict(found["page"]) == {"open": "true"}


@given(
    st.sampled_from(["https://example.org/{}", "https://u:{}@example.org/", "https://example.org?k={}"]),
    st.text(st.characters(categories=["Ll", "Nd"]), min_size=12, max_size=20),
)
def test_no_address_shows_what_may_be_secret(form, secret):
    written = tomllib.loads(f'[outputs]\nwebhook = "{form.format(secret)}"\n[[alert]]\nto = "json://{secret}"\n')
    assert secret not in str(shown_settings(written))
