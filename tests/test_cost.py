"""What a hop costs, held against what it cost before: counts and ratios, which are the same on every machine.

The baseline is in ``cost.json``. Where a change is worth its cost, or saves some, renew it and commit it with the
change: ``python tests/test_cost.py``.
"""

import json
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.work import least_seconds, multiply_adds
from stream.clock import Clock
from stream.detector import Detector
from stream.model import STEPS, Model
from stream.timings import Timings

BASELINE = Path(__file__).with_name("cost.json")
DEMO = Path(__file__).parent.parent / "examples" / "demo.flac"
RENEW = "python tests/test_cost.py"
MODELS = ("commands", "capuchinbird")
WARM = 50  # hops before anything is counted
MARGINS = {  # times the baseline
    "multiply-adds": 1.01,
    "calls of Python functions": 1.5,  # versions of Python differ by some
    "calls of built-in functions": 1.5,
    "bytes allocated at once": 1.5,
    "of the time of a window": 2.5,  # caches of machines differ
}
MOST_KEPT = 2048  # bytes in as many hops as there are in the demo; a hop's scores are hundreds


def costs(model):
    """Of one hop: each of `MARGINS`."""
    calls = count_calls(model)
    return {
        "multiply-adds": multiply_adds((model.folder / STEPS).read_bytes(), model.card.hop_frames),
        "calls of Python functions": round(calls["call"], 1),
        "calls of built-in functions": round(calls["c_call"], 1),
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
        detector.push(hop)
    return detector


def count_calls(model):
    """Calls in a hop, on average over the recording, by the profiler's names for Python's and built-in functions."""
    hops = hops_of_demo(model)
    detector = warm_detector(model, hops)
    counts = {"call": 0, "c_call": 0}

    def count(frame, event, argument):
        if event in counts:
            counts[event] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        for hop in hops[WARM:]:
            detector.push(hop)
    finally:
        sys.setprofile(before)
    return {event: number / len(hops[WARM:]) for event, number in counts.items()}


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
            detector.push(hop)
            most = max(most, tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    return most


def time_of_a_step(model):
    """Time of a step of the streaming network, divided by that of a window of the same one."""
    card, memory = model.card, model.network.memory()
    frames = np.tile(model.frontend().silence(), (card.window, 1))
    step = frames[None, : card.hop_frames]
    least = least_seconds(
        {"step": lambda: model.network.hear([memory], step), "window": lambda: model.windows.scores(frames)}
    )
    return least["step"] / least["window"]


@pytest.fixture(params=MODELS)
def model(request):
    found = Model(request.param)
    if found.card.kind != "streaming":
        pytest.skip(f"{request.param} sees whole windows")
    return found


def test_a_hop_costs_no_more_than_before(model):
    baseline = json.loads(BASELINE.read_text()).get(model.card.name)
    assert baseline, f"no baseline yet: {RENEW}"
    dearer = [
        f"{name}: {cost:g}, which is {cost / baseline[name]:.2f} times the baseline"
        for name, cost in costs(model).items()
        if cost > MARGINS[name] * baseline[name]
    ]
    assert not dearer, f"{'; '.join(dearer)} (if it is worth that: {RENEW})"


def test_nothing_piles_up(model):
    hops = hops_of_demo(model)
    detector = warm_detector(model, hops)
    for hop in hops:
        detector.push(hop)
    tracemalloc.start()
    try:
        for hop in hops:
            detector.push(hop)
        once, _ = tracemalloc.get_traced_memory()
        for _ in range(2):
            for hop in hops:
                detector.push(hop)
        assert tracemalloc.get_traced_memory()[0] - once < MOST_KEPT
    finally:
        tracemalloc.stop()


if __name__ == "__main__":
    found = {name: costs(model) for name in MODELS if (model := Model(name)).card.kind == "streaming"}
    kept = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    BASELINE.write_text(json.dumps(kept | found, indent=2) + "\n")
