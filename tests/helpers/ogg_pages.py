"""Ogg pages, changed by a test, with checksums that are right again."""

MARK = b"OggS"
CHECKSUM = slice(22, 26)


def pages(content):
    """The pages of a file."""
    return [bytearray(MARK + rest) for rest in content.split(MARK)[1:]]


def joined(parts):
    """A file of pages, with the checksum of each made good."""
    content = b""
    for page in parts:
        page[CHECKSUM] = bytes(4)
        page[CHECKSUM] = _checksum(page).to_bytes(4, "little")
        content += page
    return content


def _checksum(page):
    checksum = 0
    for byte in page:
        checksum ^= byte << 24
        for _ in range(8):
            checksum = (checksum << 1 ^ (0x04C11DB7 if checksum >> 31 else 0)) & 0xFFFFFFFF
    return checksum
