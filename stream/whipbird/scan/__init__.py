"""Scans of archives of any size, in as many worker processes as there are, on one machine or many.

`archive.manifest` lists the recordings, `shards` divides them, `workers.shard_worker` processes a shard in a worker,
`run` hands the shards to the workers and saves their results in the folder that `results.scan_folder` describes.
"""
