"""Registry of networks: their kinds, by the ``kind`` in a card.

A new kind is a module with a class that has the interface of `Network` and is made from a `NetworkFile`; the class is
listed here.
"""

from __future__ import annotations

from whipbird.models.networks.stateful import StatefulNetwork
from whipbird.models.networks.streaming import StreamingNetwork
from whipbird.models.networks.windowed import WindowedNetwork

__all__ = ["NETWORKS"]

NETWORKS: dict[str, type[WindowedNetwork] | type[StreamingNetwork] | type[StatefulNetwork]] = {
    "windowed": WindowedNetwork,
    "streaming": StreamingNetwork,
    "stateful": StatefulNetwork,
}
