"""Addresses of feeds: their secrets are never shown."""

import contextlib
import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.errors import SourceError
from whipbird.system.address import has_secrets, is_feed, local_path, normal, redacted, redacted_text, scheme
from whipbird.system.address_form import SCHEMES

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


@given(st.text(st.characters(blacklist_characters="Q"), max_size=40), secrets)
def test_anything_before_an_at_is_taken_for_a_secret(text, secret):
    shown = redacted(f"rtsp://{secret}@{text}")
    assert "Q" not in shown


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


@pytest.mark.parametrize("address", ["htp://user:s3cret@cam/live", "concat://a"])
def test_an_unknown_scheme(address):
    with pytest.raises(SourceError, match="unknown kind of address; feeds start with") as error:
        normal(address)
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize("address", ["http://", "rtsp:///stream", "https://:8000/live", "http://user:s3cret@/live"])
def test_an_address_without_a_host(address):
    with pytest.raises(SourceError, match="names no host, as in ") as error:
        normal(address)
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
        normal(address)
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
    assert normal(address) == address


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("HTTP://Radio.Example/Live", "http://radio.example/Live"),
        ("  rtsp://cam/live\n", "rtsp://cam/live"),
        ("\ufeffhttp://radio.example/li\u200bve", "http://radio.example/live"),
        ("http://radio.example/long/\r\n   live.mp3", "http://radio.example/long/live.mp3"),
        ("http://radio.example/my live.mp3", "http://radio.example/my%20live.mp3"),
        ("http:/radio.example/live", "http://radio.example/live"),
        ("rtsp:cam", "rtsp://cam"),
        ("rtsp:bird:s3cret@cam/live", "rtsp://bird:s3cret@cam/live"),
        ("http:\\\\cam\\live\\1", "http://cam/live/1"),
        ('"http://bird:s3cret@cam/live"', "http://bird:s3cret@cam/live"),
        ("“http://cam/live”", "http://cam/live"),
        ("<'http://cam/live'>", "http://cam/live"),
        ("http://cam:/live", "http://cam/live"),
        ("http://b\xfccher.example:8000/für", "http://xn--bcher-kva.example:8000/f%C3%BCr"),
        ("http://bird:s3%23c%ret@cam/live", "http://bird:s3%23c%25ret@cam/live"),
        ("rtsp://[FE80::1%eth0]:554/live", "rtsp://[fe80::1%eth0]:554/live"),
        ("rtmp://cam/live playpath=main", "rtmp://cam/live playpath=main"),
        ("file:///feeds/my%20forest.sdp", "/feeds/my forest.sdp"),
        ("my forest.sdp", "my forest.sdp"),
    ],
)
def test_what_people_write_becomes_an_address(written, meant):
    assert normal(written) == meant
    assert normal(meant) == meant
    assert is_feed(written)
    assert redacted(written) == redacted(meant)
    assert "s3c" not in redacted(written)


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("http://bird:s3cret@2001:db8::1/live", "an IPv6 address needs brackets, as in "),
        ("http://2001:db8::1:8000/live", "an IPv6 address needs brackets, as in "),
        ("http://bird:s3cret@[2001:db8:::1]/live", "its host can be no name"),
        ("http://bird:s3cret@cam:99999/live", "its port must be a number from 1 to 65535"),
        ("rtsp://bird:s3cret@cam:0/live", "its port must be a number from 1 to 65535"),
        ("rtsp://bird:s3cret/live", "its port must be a number from 1 to 65535"),
        (f"http://bird:s3cret@{64 * 'a'}.example/live", "its host can be no name: .* 1 to 63 letters"),
        ("http://bird:s3cret@b\xfc..example/live", "its host can be no name"),
        ("http://bird:s3cret@radio example/live", "its host can be no name"),
        ("icecast://bird:s3cret@cam/live", "write http:// in place of icecast://"),
        ("MMS://bird:s3cret@cam/live", "write mmsh:// in place of mms://"),
        ("https://bird:s3\\cret@cam/live", "must be percent-encoded"),
    ],
)
def test_addresses_that_cannot_be_used(address, fault):
    assert is_feed(address)
    with pytest.raises(SourceError, match=fault) as error:
        normal(address)
    assert "s3" not in str(error.value)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_an_error(text):
    for address in (text, f"http:{text}", f'"rtsp://{text}'):
        with contextlib.suppress(SourceError):
            assert normal(normal(address)) == normal(address)


def test_addresses_of_files():
    assert local_path("file:///a/b%20c.wav") == "/a/b c.wav"
    assert local_path("FILE://localhost/a.wav") == "/a.wav"
    assert local_path("file:///C:/a.wav") == "C:/a.wav"
    for unchanged in (" a.wav", "C:/a.wav", "'a'.wav", "HTTP://Host/a", "recordings/*.wav"):
        assert local_path(unchanged) == unchanged
    assert not is_feed("file:///a/b.wav")


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
