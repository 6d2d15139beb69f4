"""Wake words of a house: a server of the Wyoming protocol, and how often its phrases err in each room.

Each connection of a client (`connection`) reads events within bounds (`protocol`). Its sound (`pcm`) goes through a
pipeline of its own (`stream`); all pipelines share one worker. The models that are installed when a client asks are
served (`catalog`). Reports go to the outputs of a station's `whipbird.station.report_hub`.
"""
