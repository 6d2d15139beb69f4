"""What web servers send in place of sound."""

import pytest

from whipbird.sources.feed_answer import answer_fault

PAGE = b"<!DOCTYPE html>\n<html><head><title>Camera</title></head><body>%s</body></html>"
LINKS = (
    b'<a href="../">up</a><a href="a%20b.wav">a</a> <a href=c.MP3?s=1>c</a>'
    b'<a href="/live.m3u">l</a><a href="d.txt">d</a>'
)


@pytest.mark.parametrize(
    ("content", "content_type", "told"),
    [
        (b"", "audio/mpeg", "the server sends nothing"),
        (PAGE % b"hello", "audio/mpeg", "a web page, not sound; give the address of the sound itself"),
        (
            PAGE % LINKS,
            "text/html",
            "a web page, not sound; it names http://h/dir/a%20b.wav, http://h/dir/c.MP3?s=…, http://h/live.m3u",
        ),
        (
            (PAGE % b"hello").decode().encode("utf-16"),
            "",
            "a web page, not sound; give the address of the sound itself",
        ),
        (b'{"error": "no stream"}', "text/html", "a JSON answer, not sound"),
        (b"\xff\xd8\xff\xe0", "image/jpeg", "a picture, not sound"),
        ("Kamera läuft nicht\n".encode(), "text/plain", "text, not sound"),
        (b"[playlist]\nFile1=live.mp3\n", "text/html", "a list of addresses; give one of http://h/dir/live.mp3"),
        (b"ID3\x04\0\0\xff\xfb", "text/html", None),
        (b"{\x00\xff", "audio/mpeg", None),
    ],
)
def test_answers(content, content_type, told):
    assert answer_fault(content, content_type, "http://h/dir/") == told
