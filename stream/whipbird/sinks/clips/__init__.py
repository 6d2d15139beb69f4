"""Clips: the sound around each event, cut out during listening.

`history` keeps the latest sound of a source, `cutter` decides what belongs to a clip, `store` writes clips, `retention`
selects clips to remove, `picture` draws a clip, and `clip_publisher` runs all this on a thread of its own.
"""
