"""Front end of two networks: from sound to mel bands, and from these to an embedding of speech, as openWakeWord has it.

Google's speech embedding turns 76 frames of 32 mel bands into 96 numbers, every 80 ms. The mel bands are a network as
well, which scales each chunk of 110 ms by its loudest band: so chunks are cut where openWakeWord cuts them, every 80 ms
from the start of the sound. An embedding comes from ten chunks; each chunk is computed once.

The networks have no state: one pair serves all streams and all models that bring the same files.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from weakref import WeakValueDictionary

import numpy as np

from whipbird.arrays import Floats
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.runtimes.interpreter import allocate, loading, make_interpreter
from whipbird.models.runtimes.tensors import Tensor
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
BANDS, CHUNK_ROWS = 32, 8  # of mel bands that a chunk becomes
CHUNKS, ROWS = 10, 76  # chunks of an embedding, and how many of their rows it uses: the first
WIDTH = 96
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
        self._mel = _Network(mel, (1, CHUNK), CHUNK_ROWS * BANDS, folder / MEL)
        self._embedding = _Network(embedding, (1, ROWS, BANDS, 1), WIDTH, folder / EMBEDDING)
        silent = self.mel_rows(np.zeros(CHUNK, np.float32))
        self.silence = self.embed(np.tile(silent, (CHUNKS, 1)))

    def mel_rows(self, chunk: Floats) -> Floats:
        """Mel bands of a chunk of samples, shape (8, 32)."""
        with self._lock:
            bands = self._mel.run(chunk * LOUDEST)
        rows: Floats = (bands / DIVIDE + ADD).reshape(CHUNK_ROWS, BANDS)
        return rows

    def embed(self, rows: Floats) -> Floats:
        """The embedding of ten chunks' mel bands, shape (80, 32) to (96,)."""
        with self._lock:
            return self._embedding.run(rows[:ROWS])


class _Network:
    """A network with one input and one output."""

    def __init__(self, content: bytes, shape: tuple[int, ...], given: int, path: Path) -> None:
        with loading(path):
            self._interpreter = make_interpreter(content)
            self._interpreter.resize_tensor_input(self._interpreter.get_input_details()[0]["index"], shape)
            allocate(self._interpreter)
            self._input = Tensor(self._interpreter, self._interpreter.get_input_details()[0], path)
            self._interpreter.invoke()  # only then is the length of the output known
            self._output = Tensor(self._interpreter, self._interpreter.get_output_details()[0], path)
            if self._output.size != given:
                raise ValueError(f"it gives {self._output.size} numbers, not {given}")

    def run(self, numbers: Floats) -> Floats:
        self._input.set(numbers)
        self._interpreter.invoke()
        return self._output.get().copy()


class _Chunks(FrontEnd):
    """Mel bands of the chunks of a stream."""

    def __init__(self, networks: SpeechNetworks) -> None:
        super().__init__(CHUNK, STEP, CHUNK_ROWS * BANDS)
        self._networks = networks

    def transform(self, frames: Floats) -> Floats:
        return np.stack([self._networks.mel_rows(frame).reshape(-1) for frame in frames])


class SpeechEmbedding(FrontEnd):
    """Embeddings of speech.

    Parameters
    ----------
    networks : SpeechNetworks
    """

    def __init__(self, networks: SpeechNetworks) -> None:
        super().__init__((CHUNKS - 1) * STEP + CHUNK, STEP, WIDTH)
        self._networks = networks
        self._chunks = _Chunks(networks)
        self._rows: Floats = np.empty((0, BANDS), np.float32)

    def transform(self, frames: Floats) -> Floats:
        return np.concatenate([SpeechEmbedding(self._networks).push(frame) for frame in frames])

    def push(self, samples: Floats) -> Floats:
        new = self._chunks.push(samples).reshape(-1, BANDS)
        rows = np.concatenate((self._rows, new))
        count = max(0, len(rows) // CHUNK_ROWS - CHUNKS + 1)
        embeddings = np.empty((count, WIDTH), np.float32)
        for number in range(count):
            start = number * CHUNK_ROWS
            embeddings[number] = self._networks.embed(rows[start : start + CHUNKS * CHUNK_ROWS])
        self._rows = rows[count * CHUNK_ROWS :]
        return embeddings

    def whole(self, clips: Floats) -> Floats:
        clips = np.asarray(clips)
        features = np.stack([SpeechEmbedding(self._networks).push(clip) for clip in clips.reshape(-1, clips.shape[-1])])
        shaped: Floats = features.reshape(*clips.shape[:-1], -1, WIDTH)
        return shaped

    def silence(self) -> Floats:
        return self._networks.silence


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
