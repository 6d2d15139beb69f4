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
        b"#EXTM3U\nbirds/a.wav\n",
        b"birds/a.mp3\n",
        b'<?xml version="1.0"?><feed><ref href="http://a.example"/></feed>',
    ],
)
def test_what_is_no_list(content):
    assert list_of_addresses(content) is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("content", [PLS, ASX, XSPF, b"#EXTM3U\nhttp://a.example/live\n"])
def test_encodings(content, encoding):
    told = list_of_addresses(content.decode().encode(encoding))
    assert told.startswith("a list of addresses; give one of http://a.example/live")


@pytest.mark.parametrize(
    ("content", "content_type", "found"),
    [
        (b"#EXTM3U\n#EXTINF:-1,A\nlive/a.mp3\n", "text/html", "http://list.example/radio/live/a.mp3"),
        (
            b"live/a.mp3\n../b.pls\n",
            "audio/x-mpegurl",
            "http://list.example/radio/live/a.mp3, http://list.example/b.pls",
        ),
        (b"[playlist]\nfile1 = /a?b=1\nFile2=C:\\a.mp3\n", "", "http://list.example/a?b=…"),
        (b"[Reference]\r\nRef1=mms://a.example/live\r\n", "", "mms://a.example/live"),
        (XSPF.replace(b"http://a.example/live", b"<![CDATA[/live&amp;1]]>"), "", "http://list.example/live&…"),
    ],
)
def test_entries_are_relative_to_the_list(content, content_type, found):
    told = list_of_addresses(content, "http://list.example/radio/all.m3u", content_type)
    assert told == f"a list of addresses; give one of {found}"


@pytest.mark.parametrize("content", [b"[playlist]\nNumberOfEntries=0\n", b"#EXTM3U\n", b"<asx></asx>"])
def test_a_list_of_a_server_may_be_empty(content):
    assert list_of_addresses(content, "http://list.example/") == "a list of addresses with none in it"


def test_sound_that_a_server_calls_a_list():
    assert list_of_addresses(b"ID3\x04\0\0\xff\xfb", "http://list.example/", "audio/x-mpegurl") is None


def test_files(tmp_path):
    (tmp_path / "radio.pls").write_bytes(PLS)
    (tmp_path / "radio.wav").write_bytes(PLS)
    assert file_of_addresses(str(tmp_path / "radio.pls")).startswith(f"{tmp_path / 'radio.pls'}: a list of addresses")
    for name in ("radio.wav", "missing.m3u", "nul\0.m3u"):
        assert file_of_addresses(str(tmp_path / name)) is None
