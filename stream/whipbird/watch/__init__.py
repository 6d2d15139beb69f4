"""Watched folders: recordings are heard as they arrive, only when they are complete, each once.

`arrivals` finds what is in the folders, `settling` and `completeness` tell what of it is complete, `ledger` remembers
what has been heard, `delivery` brings what was heard to the outputs, and `watcher` puts these in order.
"""
