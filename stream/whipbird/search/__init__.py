"""Search by example: the moments of an archive whose embeddings are most like that of a sound.

`archive` finds the embeddings that a scan or a replay has written, `vectors` keeps them as bytes that can be searched
where they are, `nearest` searches, `example` computes the embeddings of the example, `background` compares it with the
whole archive, and `hits` ranks moments.
"""
