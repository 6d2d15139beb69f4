"""The scan: archives of recordings of any size, heard by as many processes as there are, on one machine or many.

`manifest` lists the recordings, `shards` divides them, `shard_work` hears a shard in a worker, `run` hands the shards
to the workers and keeps what comes back in the folder that `folder` describes.
"""
