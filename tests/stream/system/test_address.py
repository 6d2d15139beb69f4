"""Addresses of feeds: their secrets are never shown."""

import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.errors import SourceError
from whipbird.system.address import SCHEMES, check_address, has_secrets, is_feed, redacted, redacted_text, scheme

# Q occurs in no host, path or parameter name below, so a Q in the result is a leak.
secrets = st.text(alphabet="XYZ" + string.digits + string.punctuation + " é", min_size=1, max_size=20).map(
    lambda text: f"Q{text}Q"
)
hosts = st.sampled_from(["camera.local", "127.0.0.1:554", "[fe80::1]:8000", "host"])
paths = st.sampled_from(["", "/", "/live/stream.mp3", "/a/b"])
names = st.sampled_from(["token", "key", "password", "pwd", "auth", "user", "sig", "channel", "stream"])


@given(st.sampled_from(SCHEMES), secrets, secrets, hosts, paths)
def test_no_user_or_password_shows(scheme, user, password, host, path):
    """With and without percent-encoding."""
    for left, right in ((quote(user, safe=""), quote(password, safe="")), (user, password)):
        for login in (left, f"{left}:{right}", f":{right}"):
            shown = redacted(f"{scheme}://{login}@{host}{path}")
            assert "Q" not in shown
            assert shown.startswith(f"{scheme}://")


@given(secrets, names, names, hosts, paths, st.sampled_from("?&;#"))
def test_no_value_of_a_parameter_shows(secret, name, other, host, path, mark):
    for value in (secret, quote(secret, safe="")):
        address = f"http://{host}{path or '/'}{mark}{other}=1&{name}={value}"
        if name not in ("channel", "stream"):
            assert "Q" not in redacted(address)


@given(st.text(max_size=40), secrets)
def test_anything_before_an_at_is_taken_for_a_secret(text, secret):
    shown = redacted(f"rtsp://{secret}@{text}")
    assert "Q" not in shown.replace(text, "")


@given(st.text(max_size=60))
def test_any_text_can_be_shown(text):
    redacted(text)
    redacted(f"http://{text}")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://admin:pw@cam:554/live", "rtsp://cam:554/live"),
        ("HTTP://cam/live.mp3", "http://cam/live.mp3"),
        ("rtsp://cam/realmonitor?channel=1&subtype=0", "rtsp://cam/realmonitor?channel=1&subtype=0"),
        ("http://cam/live?user=admin&password=x&stream=main", "http://cam/live?user=…&password=…&stream=main"),
        ("http://cam/live?s3cret", "http://cam/live?…"),
        ("http://cam/live;jsessionid=1?a=2", "http://cam/live;jsessionid=…?a=…"),
        ("http://a:p/w@cam/live", "http://…"),
        ("http://a:p?w@cam/live", "http://…"),
        ("rtmp://cam/live pass=s3cret", "rtmp://cam/live"),
        ("udp://239.0.0.1:5000", "udp://239.0.0.1:5000"),
        ("feeds/forest.sdp", "feeds/forest.sdp"),
    ],
)
def test_redacted_addresses(address, shown):
    assert redacted(address) == shown


def test_feeds_are_told_from_files():
    assert is_feed("rtsp://cam/live")
    assert is_feed("Forest.SDP")
    assert not is_feed("recordings/a.wav")
    assert not is_feed("C:/recordings/a.wav")
    assert scheme("RTSP://cam") == "rtsp"
    assert scheme("forest.sdp") is None


@pytest.mark.parametrize("address", ["file:///etc/passwd", "htp://user:s3cret@cam/live", "concat://a"])
def test_an_unknown_scheme(address):
    with pytest.raises(SourceError, match="unknown kind of address; feeds start with") as error:
        check_address(address)
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize("address", ["http://", "rtsp:///stream", "https://:8000/live", "http://user:s3cret@/live"])
def test_an_address_without_a_host(address):
    with pytest.raises(SourceError, match="names no host, as in ") as error:
        check_address(address)
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://bird:s3#cret@cam/live",
        "http://bird:s3/cret@cam/live",
        "http://bird:s3?cret@cam/live",
        "http://a:1#s3@cam",
    ],
)
def test_a_password_that_must_be_percent_encoded(address):
    with pytest.raises(SourceError, match="must be percent-encoded: write # as %23") as error:
        check_address(address)
    assert "s3" not in str(error.value)


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://bird:s3%23cret@cam/live@main",
        "http://cam:8000/live@main",
        "http://[fe80::1]:8000/live",
        "udp://:5004",
        "udp://@:5004",
        "srt://:9000?mode=listener",
        "forest.sdp",
    ],
)
def test_addresses_that_can_be_used(address):
    check_address(address)


@given(st.sampled_from(["ftp", "sftp", "smb", "s3", "http", "https"]), secrets, secrets, hosts, paths)
def test_a_password_in_the_address_of_a_store_is_found(scheme, user, password, host, path):
    for left, right in ((quote(user, safe=""), quote(password, safe="")), ("user", password)):
        for start in ("", "simplecache::", "zip://*.wav::"):
            address = f"{start}{scheme}://{left}:{right}@{host}{path}"
            assert has_secrets(address)
            assert "Q" not in redacted(address)
            assert "Q" not in redacted_text(f'cannot reach "{address.replace(" ", "")}"')


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("s3://bucket/a@b:c.wav", False),
        ("s3://arn:aws:s3:us-west-2:123456789012:accesspoint/forest", False),
        ("abfs://container@account.dfs.core.windows.net/forest", False),
        ("github://owner:repository@main/sounds", False),
        ("sftp://user@host/forest", False),
        ("zip://*.wav::https://host/forest.zip", False),
        ("https://host/forest.wav?sig=s3cret", True),
        ("https://s3cret@host/forest", True),
        ("s3://key:s3cret@bucket/forest", True),
    ],
)
def test_which_addresses_of_stores_hold_secrets(address, secret):
    assert has_secrets(address) is secret
    if not secret and "github" not in address:
        assert redacted_text(f"no answer from {address}").startswith("no answer from ")
