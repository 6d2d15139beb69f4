"""Front end of two networks: from sound to mel bands, and from these to an embedding of speech, as openWakeWord has it.

Google's speech embedding turns 76 frames of 32 mel bands into 96 numbers, every 80 ms. The mel bands are a network as
well, which scales each chunk of 110 ms by its loudest band: so chunks are cut where openWakeWord cuts them, every 80 ms
from the start of the sound. An embedding comes from ten chunks; each chunk is computed once.

The network of the embedding has two forms with the same numbers. That of openWakeWord takes all 76 frames. The one in
steps takes 8 new frames and what its layers keep of earlier ones, and so costs a tenth. Its last pooling pairs frames
that begin four frames after those of a chunk: so frames reach it four frames late, and none are missing all the same,
because an embedding needs only the first 76 of the 80 frames of its chunks.

One pair of networks serves all streams and all models that bring the same files.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from weakref import WeakValueDictionary

import numpy as np
from pydantic import Field

from whipbird.arrays import Floats
from whipbird.models.frontends.base import FrontEnd
from whipbird.models.runtimes.interpreter import allocate, loading, make_interpreter
from whipbird.models.runtimes.steps import StepRunner
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
LATE_ROWS = CHUNKS * CHUNK_ROWS - ROWS  # of a network in steps
WIDTH = 96
LOUDEST = np.float32(32768)  # the networks take samples of 16 bits
DIVIDE, ADD = np.float32(10), np.float32(2)  # from mel bands to what the embedding takes


class SpeechEmbeddingSettings(Strict):
    """An embedding of speech every 80 ms, by the networks in the bundle."""

    kind: Literal["speech_embedding"] = "speech_embedding"
    steps: bool = Field(default=False, description="whether the embedding's network takes only new frames, and a state")

    @property
    def step(self) -> int:
        """Samples from one frame to the next."""
        return STEP


class SpeechNetworks:
    """Both networks.

    Parameters
    ----------
    steps : bool
        Whether the network of the embedding runs in steps.

    Raises
    ------
    BundleError
        If they do not run here, or are others.
    """

    def __init__(self, mel: bytes, embedding: bytes, folder: Path, steps: bool = False) -> None:
        self._lock = threading.Lock()
        self._mel = _Network(mel, (1, CHUNK), CHUNK_ROWS * BANDS, folder / MEL)
        self._embedding = (_Steps if steps else _Windows)(embedding, folder / EMBEDDING)
        silent = np.tile(self.mel_rows(np.zeros(CHUNK, np.float32)), (CHUNKS, 1))
        self.silence: Floats = self.stream().push(silent)[-1]

    def mel_rows(self, chunk: Floats) -> Floats:
        """Mel bands of a chunk of samples, shape (8, 32)."""
        with self._lock:
            bands = self._mel.run(chunk * LOUDEST)
        rows: Floats = (bands / DIVIDE + ADD).reshape(CHUNK_ROWS, BANDS)
        return rows

    def stream(self) -> _Stream:
        """Embeddings of a new stream of mel bands."""
        return _Stream(self._embedding, self._lock)


class _Stream:
    """Embeddings of one stream of mel bands, whose chunks come one after the other."""

    def __init__(self, network: _Windows | _Steps, lock: threading.Lock) -> None:
        self._network, self._lock = network, lock
        self._rows, self._state = network.first_rows, network.first_state
        self._chunks = 0

    def push(self, rows: Floats) -> Floats:
        """Take the rows of whole chunks, shape (n, 32); return the embeddings they complete, shape (m, 96)."""
        rows = np.concatenate((self._rows, rows))
        count = max(0, (len(rows) - len(self._network.first_rows)) // CHUNK_ROWS - self._network.missing)
        found = []
        for number in range(count):
            start = number * CHUNK_ROWS
            with self._lock:
                embedding, self._state = self._network.run(rows[start : start + self._network.rows], self._state)
            found.append(embedding)
        self._rows = rows[count * CHUNK_ROWS :]
        late = max(0, min(count, self._network.late - self._chunks))  # of which the start is not known
        self._chunks += count
        return np.stack(found[late:]) if count > late else np.empty((0, WIDTH), np.float32)


class _Windows:
    """The network of the embedding that takes all of its rows."""

    rows, missing, late = ROWS, CHUNKS - 1, 0

    def __init__(self, content: bytes, path: Path) -> None:
        self._network = _Network(content, (1, ROWS, BANDS, 1), WIDTH, path)
        self.first_rows: Floats = np.empty((0, BANDS), np.float32)
        self.first_state: Floats = np.empty((1, 0), np.float32)

    def run(self, rows: Floats, state: Floats) -> tuple[Floats, Floats]:
        return self._network.run(rows), state


class _Steps:
    """The network of the embedding that takes the rows of one chunk, and a state."""

    rows, missing, late = CHUNK_ROWS, 0, CHUNKS - 1

    def __init__(self, content: bytes, path: Path) -> None:
        with loading(path):
            self._runner = StepRunner(make_interpreter(content), path, 1, CHUNK_ROWS, BANDS)
            self.first_rows: Floats = np.zeros((LATE_ROWS, BANDS), np.float32)
            self.first_state: Floats = np.zeros((1, self._runner.size), np.float32)
            given = self._runner.run(self.first_rows[None].repeat(2, axis=1), self.first_state)[0].shape
            if given != (1, 1, WIDTH):
                raise ValueError(f"it gives {given} numbers, not {(1, 1, WIDTH)}")

    def run(self, rows: Floats, state: Floats) -> tuple[Floats, Floats]:
        embeddings, state = self._runner.run(rows[None], state)
        embedding: Floats = embeddings[0, 0]
        return embedding, state


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
        self._stream = networks.stream()

    def transform(self, frames: Floats) -> Floats:
        return np.concatenate([SpeechEmbedding(self._networks).push(frame) for frame in frames])

    def push(self, samples: Floats) -> Floats:
        return self._stream.push(self._chunks.push(samples).reshape(-1, BANDS))

    def whole(self, clips: Floats) -> Floats:
        clips = np.asarray(clips)
        features = np.stack([SpeechEmbedding(self._networks).push(clip) for clip in clips.reshape(-1, clips.shape[-1])])
        shaped: Floats = features.reshape(*clips.shape[:-1], -1, WIDTH)
        return shaped

    def silence(self) -> Floats:
        return self._networks.silence


_loaded: WeakValueDictionary[bytes, SpeechNetworks] = WeakValueDictionary()  # by the hash of both files, and the form
_loading = threading.Lock()


def load_networks(files: Mapping[str, bytes], folder: Path, steps: bool = False) -> SpeechNetworks:
    """The networks of a bundle, which are loaded once for all bundles with the same files.

    Raises
    ------
    BundleError
        If they do not run here, or are others.
    """
    mel, embedding = (files[name] for name in FILES)
    key = hashlib.sha256(mel).digest() + hashlib.sha256(embedding).digest() + bytes([steps])
    with _loading:
        networks = _loaded.get(key)
        if networks is None:
            networks = _loaded[key] = SpeechNetworks(mel, embedding, folder, steps)
    return networks
