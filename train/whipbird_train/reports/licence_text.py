"""The file ``LICENSE`` of a bundle."""

from __future__ import annotations

import re

from whipbird.models.card import Card

__all__ = ["licence_text"]

CREATIVE_COMMONS = re.compile(r"CC (BY(?:-NC)?(?:-SA|-ND)?) (\d\.\d)")
ADDRESS = "https://creativecommons.org/licenses/{kind}/{version}/legalcode"


def licence_text(card: Card) -> str:
    """The licence of a model, whether it permits commercial use, and what the model was trained on."""
    lines = [card.licence, "", f"This is the licence of the model {card.name}: the files in this folder."]
    if match := CREATIVE_COMMONS.match(card.licence):
        kind, version = match[1].lower(), match[2]
        use = "does not permit" if "-nc" in kind else "permits"
        lines += [f"It {use} commercial use. Its text: {ADDRESS.format(kind=kind, version=version)}"]
    lines += ["The code of whipbird is under the MIT licence."]
    if card.training:
        lines += ["", "The model was trained on:"]
    lines += [f"- {data.name} ({data.recordings} recordings; {data.source}; {data.licence})" for data in card.training]
    return "\n".join(lines) + "\n"
