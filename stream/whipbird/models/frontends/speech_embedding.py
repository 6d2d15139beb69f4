"""Front end of two networks: from sound to mel bands, and from these to an embedding of speech, as openWakeWord has it.

Google's speech embedding turns 76 frames of 32 mel bands into 96 numbers, every 80 ms. The mel bands are a network as
well, which scales each chunk of 110 ms by its loudest band: so chunks are cut where openWakeWord cuts them, every 80 ms
from the start of the sound. An embedding comes from ten chunks; each chunk is computed once, and so is all of the
embedding's network that is the same for the next one (see `whipbird.models.frontends.embedding_steps`).

The networks have no state inside: one pair serves all streams and all models that bring the same files, those of
several streams at once.
"""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from weakref import WeakValueDictionary

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.frontends.embedding_steps import BANDS, CHUNK_ROWS, CHUNKS, WIDTH, State, make_embedding
from whipbird.models.runtimes.batched import BatchedNetwork
from whipbird.system.strict import Strict

__all__ = [
    "EMBEDDING",
    "FILES",
    "MEL",
    "WIDTH",
    "SpeechEmbedding",
    "SpeechEmbeddingSettings",
    "SpeechNetworks",
    "load_networks",
]

MEL, EMBEDDING = "mel.tflite", "embedding.tflite"
FILES = (MEL, EMBEDDING)  # in a bundle
STEP, CHUNK = 1280, 1760  # samples
LOUDEST = np.float32(32768)  # the networks take samples of 16 bits
DIVIDE, ADD = np.float32(10), np.float32(2)  # from mel bands to what the embedding takes


class SpeechEmbeddingSettings(Strict):
    """An embedding of speech every 80 ms, by the networks in the bundle; it has no settings of its own."""

    kind: Literal["speech_embedding"] = "speech_embedding"

    @property
    def step(self) -> int:
        """Samples from one frame to the next."""
        return STEP


class SpeechNetworks:
    """Both networks.

    Raises
    ------
    BundleError
        If they do not run here, or are others.
    """

    def __init__(self, mel: bytes, embedding: bytes, folder: Path) -> None:
        self._lock = threading.Lock()
        self._mel = BatchedNetwork(mel, (CHUNK,), CHUNK_ROWS * BANDS, folder / MEL)
        self._embedding = make_embedding(embedding, folder / EMBEDDING)
        streams, rows = [self.new_state()], self.mel_rows(np.zeros((1, CHUNK), np.float32))
        self.silence: Floats = [self.embed(streams, rows)[0] for _ in range(CHUNKS)][-1]

    def mel_rows(self, chunks: Floats) -> Floats:
        """Mel bands of chunks of samples, shape (n, CHUNK) to (n, 8, 32).

        Each is computed alone: the network scales all that it gets at once by the loudest band in it.
        """
        with self._lock:
            bands: Floats = np.concatenate([self._mel.run(chunk[None]) for chunk in chunks * LOUDEST])
        rows: Floats = (bands / DIVIDE + ADD).reshape(-1, CHUNK_ROWS, BANDS)
        return rows

    def new_state(self) -> State:
        """What the embedding keeps of a new stream."""
        return self._embedding.new_state()

    def embed(self, states: Sequence[State], rows: Floats) -> Floats:
        """The embeddings of streams with one chunk more, shape (n, 8, 32) to (n, 96); none before their tenth count."""
        with self._lock:
            return self._embedding.push(states, rows)


class SpeechEmbedding(FrontEnd):
    """Embeddings of speech.

    Parameters
    ----------
    networks : SpeechNetworks
    """

    def __init__(self, networks: SpeechNetworks) -> None:
        super().__init__((CHUNKS - 1) * STEP + CHUNK, STEP, WIDTH)
        self._networks = networks
        self._cutter = FrontEnd(CHUNK, STEP, CHUNK_ROWS * BANDS)
        self._state = networks.new_state()
        self._missing = CHUNKS - 1  # chunks before that of the first embedding

    def transform(self, frames: Floats) -> Floats:
        return np.concatenate([SpeechEmbedding(self._networks).push(frame) for frame in frames])

    def push(self, samples: Floats) -> Floats:
        return self.push_each([(self, samples)])[0]

    @classmethod
    def push_each(cls, ready: Sequence[tuple[SpeechEmbedding, Floats]]) -> list[Floats]:
        found = []
        by_networks: defaultdict[SpeechNetworks, list[_Pushed]] = defaultdict(list)
        for frontend, samples in ready:
            chunks = frontend._cutter.cut(samples)
            pushed = _Pushed(frontend, chunks, np.empty((len(chunks), WIDTH), np.float32))
            by_networks[frontend._networks].append(pushed)
            found.append(pushed)
        for networks, streams in by_networks.items():
            for number in range(max(len(one.chunks) for one in streams)):
                own = [one for one in streams if number < len(one.chunks)]
                rows = networks.mel_rows(np.stack([one.chunks[number] for one in own]))
                embeddings = networks.embed([one.frontend._state for one in own], rows)
                for one, embedding in zip(own, embeddings, strict=True):
                    one.embeddings[number] = embedding
        return [one.frontend._from_first(one.embeddings) for one in found]

    def _from_first(self, embeddings: Floats) -> Floats:
        """Embeddings without those before the first that counts."""
        missing = min(self._missing, len(embeddings))
        self._missing -= missing
        return embeddings[missing:]

    def whole(self, clips: Floats) -> Floats:
        clips = np.asarray(clips)
        ready = [(SpeechEmbedding(self._networks), clip) for clip in clips.reshape(-1, clips.shape[-1])]
        features = np.stack(self.push_each(ready))
        shaped: Floats = features.reshape(*clips.shape[:-1], -1, WIDTH)
        return shaped

    def silence(self) -> Floats:
        return self._networks.silence


@dataclass(frozen=True)
class _Pushed:
    """What is pushed to one stream: its chunks, and room for their embeddings."""

    frontend: SpeechEmbedding
    chunks: Floats
    embeddings: Floats


_loaded: WeakValueDictionary[bytes, SpeechNetworks] = WeakValueDictionary()  # by the hash of both files
_loading = threading.Lock()


def load_networks(files: Mapping[str, bytes], folder: Path) -> SpeechNetworks:
    """The networks of a bundle, which are loaded once for all bundles with the same files.

    Raises
    ------
    BundleError
        If they do not run here, or are others.
    """
    mel, embedding = (files[name] for name in FILES)
    key = hashlib.sha256(mel).digest() + hashlib.sha256(embedding).digest()
    with _loading:
        networks = _loaded.get(key)
        if networks is None:
            networks = _loaded[key] = SpeechNetworks(mel, embedding, folder)
    return networks
