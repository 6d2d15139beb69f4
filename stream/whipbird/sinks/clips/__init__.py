"""Clips: the sound around each event, cut out while listening goes on.

`history` keeps the latest sound of a source, `cutter` decides what belongs to a clip, `store` writes it, `limits` says
which clips must go, `picture` draws one, and `publisher` does all this on a thread of its own.
"""
