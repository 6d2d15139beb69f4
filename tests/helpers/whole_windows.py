"""A small bundle whose windows are whole: the lecture's network of raw sound, a second at 8 kHz."""

import json
import shutil
from pathlib import Path

LECTURE = Path(__file__).resolve().parents[2] / "models" / "commands-lecture"
EMBEDDING = (
    "functional_1/lecture_conv1d_1/dense_5_1/MatMul;functional_1/lecture_conv1d_1/dense_5_1/Relu;"
    "functional_1/lecture_conv1d_1/dense_5_1/BiasAdd"
)
RATE_HZ = 8_000
WINDOW_S = 1.0


def whole_bundle(folder, **changes):
    """Write it into a folder, with changes to its card; returns the folder. Many things are events for it."""
    shutil.copytree(LECTURE, folder)
    path = Path(folder) / "card.json"
    card = json.loads(path.read_text()) | {
        "name": "whole",
        "windows": "whole",
        "shortest_window_s": 0.3,
        "hop_s": 0.5,
        "reference_s": 0.25,
        "trim_s": 0.25,
        "report": "end",
        "tensors": {"embedding": EMBEDDING},
        "debounce": {"*": {"smooth_s": 0, "on": 0.3, "off": 0.2, "release_s": 0.7, "min_s": 0, "refractory_s": 0}},
        "operating_points": {},
    }
    path.write_text(json.dumps(card | changes))
    return Path(folder)
