"""Bundles that are spoilt: other cards and other files."""

import hashlib
import json


def edit(bundle, change):
    """Change the card of a bundle: ``change`` gets its fields."""
    path = bundle / "card.json"
    fields = json.loads(path.read_text())
    change(fields)
    path.write_text(json.dumps(fields))


def put(bundle, name, content):
    """Put a file into a bundle, and its hash into the card."""
    (bundle / name).write_bytes(content)
    edit(bundle, lambda card: card["sha256"].update({name: hashlib.sha256(content).hexdigest()}))


def half(bundle, name):
    """The first half of a file."""
    content = (bundle / name).read_bytes()
    return content[: len(content) // 2]
