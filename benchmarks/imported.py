"""Models of other programs: processor time of a whole replay, compared with calling their networks alone.

Bare is one call of the network for each window, and of those in its front end, with nothing set or read. A replay also
reads and resamples the recording, computes features, debounces scores and reports. Both are for a second of sound, the
shortest of several rounds in which they take turns. By default, all models that are installed and not shipped.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from rich.table import Table

from benchmarks.common import Measure, Unavailable, finish, run, speech
from benchmarks.work import least_seconds
from whipbird.engine.run import run_source
from whipbird.models.bundle import find_bundles, user_folder
from whipbird.models.frontends.speech_embedding import CHUNK, SpeechEmbedding
from whipbird.models.model import Model
from whipbird.models.networks.stateful import StatefulNetwork
from whipbird.sources.replay import Replay

MOST_RATIO = 1.1  # where a window costs as much as this:
COSTLY_S = 0.001
ROUNDS = 5


def bare(model: Model) -> Callable[[], None]:
    """One call of each network that a window needs."""
    network = model.network
    calls = []
    if isinstance(network, StatefulNetwork):
        calls.append(network.new_state().runner._interpreter.invoke)
    else:
        calls.append(network._interpreter.invoke)
    frontend = model.frontend()
    if isinstance(frontend, SpeechEmbedding):
        networks, chunk = frontend._networks, np.zeros((1, CHUNK), np.float32)
        states, rows = [networks.new_state()], networks.mel_rows(chunk)
        calls += [lambda: networks.mel_rows(chunk), lambda: networks.embed(states, rows)]

    def call() -> None:
        for invoke in calls:
            invoke()

    return call


@dataclass(frozen=True)
class Cost:
    """Processor time of a model.

    Attributes
    ----------
    window_s : float
        Of the bare networks, for one window.
    bare_s, replay_s : float
        For a second of sound.
    """

    model: str
    window_s: float
    bare_s: float
    replay_s: float

    @property
    def ratio(self) -> float:
        return self.replay_s / self.bare_s

    @property
    def measure(self) -> Measure:
        limit = MOST_RATIO if self.window_s >= COSTLY_S else None
        return Measure(f"{self.model}: replay ÷ bare", self.ratio, "", limit)


def imported_models() -> list[str]:
    """Names of the models that are installed and not shipped."""
    return [name for name, folder in find_bundles().items() if folder.parent == user_folder()]


def cost(name: str, seconds: float, folder: Path) -> Cost:
    """Measure a model on some seconds of sound, which are written into a folder."""
    model = Model(name)
    rate_hz = model.card.sample_rate_hz
    path = folder / "sound.wav"
    soundfile.write(path, speech(seconds, rate_hz), rate_hz)
    found = least_seconds({"bare": bare(model), "replay": lambda: replayed(path, model)}, ROUNDS)
    window_s = found["bare"]
    return Cost(model.card.name, window_s, window_s / model.card.hop_s, found["replay"] / seconds)


def replayed(path: Path, model: Model) -> None:
    source = Replay(str(path), None)
    source.open()
    outcome = run_source(source, [model], lambda report: None)
    if outcome.failure is not None:
        raise outcome.failure


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imported", description=__doc__)
    parser.add_argument("models", nargs="*", help="installed models, or folders of models")
    parser.add_argument("--seconds", type=float, default=60.0, help="of sound")
    options = parser.parse_args()
    names = options.models or imported_models()
    if not names:
        raise Unavailable("no models of other programs are installed; see 'whipbird models add --help'")
    table = Table("model", "window", "bare", "replay", "ratio", title="per second of sound")
    measures = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            found = cost(name, options.seconds, Path(folder))
            table.add_row(
                found.model,
                f"{1000 * found.window_s:.3f} ms",
                f"{1000 * found.bare_s:.2f} ms",
                f"{1000 * found.replay_s:.2f} ms",
                f"{found.ratio:.2f}",
            )
            measures.append(found.measure)
    finish("imported", "models of other programs", measures, table)


if __name__ == "__main__":
    run(main)
