"""Watched folders: recordings are processed as they arrive, each once, when they are complete.

`arrivals` finds the recordings in the folders, `settling` and `completeness` decide which of them are complete,
`ledger` records which have been processed, `delivery` writes the results to the outputs, and `watcher` controls these.
"""
