"""What a hop costs, held against what it cost before: figures that are much the same on every machine.

The baseline is in ``cost.json``. Where a change is worth its cost, or saves some, renew it and commit it with the
change: ``python tests/test_cost.py``.
"""

import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.work import least_seconds, multiply_adds
from whipbird.audio.clock import Clock
from whipbird.engine.detector import Detector
from whipbird.engine.timings import Timings
from whipbird.models.model import Model
from whipbird.models.networks.streaming import StreamingNetwork

BASELINE = Path(__file__).with_name("cost.json")
ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "examples" / "demo.flac"
RENEW = "python tests/test_cost.py"
MODELS = ("capuchinbird",)  # those that listen in steps
WARM = 50  # hops before anything is counted
MARGINS = {  # times the baseline
    "multiply-adds": 1.01,
    "bytes allocated at once": 1.5,
    "of the time of a window": 2.5,  # caches of machines differ
}
MOST_KEPT = 2048  # bytes in as many hops as there are in the demo; a hop's scores are hundreds


def costs(model):
    """Of one hop: each of `MARGINS`."""
    return {
        "multiply-adds": multiply_adds((model.folder / StreamingNetwork.FILE).read_bytes(), model.card.hop_frames),
        "bytes allocated at once": allocated(model),
        "of the time of a window": round(time_of_a_step(model), 3),
    }


def hops_of_demo(model):
    """The bundled recording in hops, with words in it and pauses."""
    sound, rate_hz = soundfile.read(DEMO, dtype="float32")
    assert rate_hz == model.card.sample_rate_hz
    return list(sound[: len(sound) // model.card.hop * model.card.hop].reshape(-1, model.card.hop))


def warm_detector(model, hops):
    """A detector that has made all that it makes but once."""
    detector = Detector(model, "demo", model.card.sample_rate_hz, Clock(), Timings())
    for hop in hops[:WARM]:
        detector.process(hop)
    return detector


def allocated(model):
    """The most bytes that a hop needs at once beyond what was there before it; TFLite's own are not seen."""
    hops = hops_of_demo(model)
    detector = warm_detector(model, hops)
    most = 0
    tracemalloc.start()
    try:
        for hop in hops[WARM:]:
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            detector.process(hop)
            most = max(most, tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    return most


def time_of_a_step(model):
    """Time of a step of the streaming network, divided by that of a window of the same one."""
    card, memory = model.card, model.network.new_state()
    frames = np.tile(model.frontend().silence(), (card.window, 1))
    step = frames[None, : card.hop_frames]
    least = least_seconds(
        {
            "step": lambda: model.network.score([memory], step),
            "window": lambda: model.windowed_network.score_window(frames),
        }
    )
    return least["step"] / least["window"]


def piled_up(model):
    """Bytes that more and more sound leaves behind."""
    hops = hops_of_demo(model)
    detector = warm_detector(model, hops)
    for hop in hops:
        detector.process(hop)
    tracemalloc.start()
    try:
        for hop in hops:
            detector.process(hop)
        once, _ = tracemalloc.get_traced_memory()
        for _ in range(2):
            for hop in hops:
                detector.process(hop)
        return tracemalloc.get_traced_memory()[0] - once
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def measured():
    """Costs of each model, in a process in which nothing else allocates memory."""
    words = [sys.executable, __file__, "--show"]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'stream'}"}
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True, env=environment).stdout)


@pytest.mark.parametrize("name", MODELS)
def test_a_hop_costs_no_more_than_before(measured, name):
    baseline = json.loads(BASELINE.read_text())[name]
    dearer = [
        f"{what}: {measured[name][what]:g}, which is {measured[name][what] / cost:.2f} times the baseline"
        for what, cost in baseline.items()
        if measured[name][what] > MARGINS[what] * cost
    ]
    assert not dearer, f"{'; '.join(dearer)} (if it is worth that: {RENEW})"


@pytest.mark.parametrize("name", MODELS)
def test_nothing_piles_up(measured, name):
    assert measured[name]["piled up"] < MOST_KEPT


if __name__ == "__main__":
    found = {name: costs(Model(name)) for name in MODELS}
    if "--show" in sys.argv:
        print(json.dumps({name: own | {"piled up": piled_up(Model(name))} for name, own in found.items()}))
    else:
        BASELINE.write_text(json.dumps(found, indent=2) + "\n")
