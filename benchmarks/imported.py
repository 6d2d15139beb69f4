"""Models of other programs: processor time of a whole replay, compared with calling their networks alone.

Bare is one call of the network for each window, and of those in its front end, with nothing set or read. A replay also
reads and resamples the recording, computes features, debounces scores and reports. Both are for a second of sound, the
shortest of several rounds in which they take turns. By default, all models that are installed and not shipped.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import soundfile
from rich.table import Table

from benchmarks.common import Measure, Unavailable, finish, run, speech
from benchmarks.work import least_seconds
from whipbird.engine.run import run_source
from whipbird.models.bundle import find_bundles, user_folder
from whipbird.models.frontends.speech_embedding import SpeechEmbedding
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
        calls += [one._interpreter.invoke for one in (frontend._networks._mel, frontend._networks._embedding)]

    def call() -> None:
        for invoke in calls:
            invoke()

    return call


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
    names = options.models or [name for name, folder in find_bundles().items() if folder.parent == user_folder()]
    if not names:
        raise Unavailable("no models of other programs are installed; see 'whipbird models add --help'")
    table = Table("model", "window", "bare", "replay", "ratio", title="per second of sound")
    measures = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            model = Model(name)
            rate_hz = model.card.sample_rate_hz
            path = Path(folder) / "sound.wav"
            soundfile.write(path, speech(options.seconds, rate_hz), rate_hz)
            call = bare(model)
            found = least_seconds({"bare": call, "replay": lambda p=path, m=model: replayed(p, m)}, ROUNDS)
            bare_s = found["bare"] / model.card.hop_s
            replay_s = found["replay"] / options.seconds
            table.add_row(
                model.card.name,
                f"{1000 * found['bare']:.3f} ms",
                f"{1000 * bare_s:.2f} ms",
                f"{1000 * replay_s:.2f} ms",
                f"{replay_s / bare_s:.2f}",
            )
            limit = MOST_RATIO if found["bare"] >= COSTLY_S else None
            measures.append(Measure(f"{model.card.name}: replay ÷ bare", replay_s / bare_s, "", limit))
    finish("imported", "models of other programs", measures, table)


if __name__ == "__main__":
    run(main)
