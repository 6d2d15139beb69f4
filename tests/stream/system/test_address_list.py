"""Lists of addresses, as radio stations offer them."""

import pytest

from whipbird.system.address_list import file_of_addresses, list_of_addresses

PLS = b"[playlist]\nNumberOfEntries=2\nFile1=http://a.example/live\nTitle1=A\nFile2=http://b.example:8000/live\n"
ASX = b'<ASX version="3.0"><entry><ref href="http://a.example/live"/></entry></ASX>'
XSPF = b"""<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track>
<location>http://a.example/live</location></track></trackList></playlist>"""


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (PLS, "http://a.example/live, http://b.example:8000/live"),
        (b"http://a.example/live\r\n", "http://a.example/live"),
        (
            b"\xef\xbb\xbf#EXTM3U\n#EXTINF:-1,For\xeat\nhttp://a.example/live?token=s3cret",
            "http://a.example/live?token=…",
        ),
        (ASX, "http://a.example/live"),
        (XSPF, "http://a.example/live"),
        (b"".join(b"http://a.example/%d\n" % n for n in range(7)), "http://a.example/4 and 2 more"),
    ],
)
def test_lists_name_their_addresses_without_secrets(content, found):
    told = list_of_addresses(content)
    assert told.startswith("a list of addresses; give one of http://a.example/")
    assert told.endswith(found)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"ID3 http://a.example",
        b"RIFF",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:5\nhttp://a.example/1.ts\n",
        b"[playlist]\n",
    ],
)
def test_what_is_no_list(content):
    assert list_of_addresses(content) is None


def test_files(tmp_path):
    (tmp_path / "radio.pls").write_bytes(PLS)
    (tmp_path / "radio.wav").write_bytes(PLS)
    assert file_of_addresses(str(tmp_path / "radio.pls")).startswith(f"{tmp_path / 'radio.pls'}: a list of addresses")
    for name in ("radio.wav", "missing.m3u", "nul\0.m3u"):
        assert file_of_addresses(str(tmp_path / name)) is None
