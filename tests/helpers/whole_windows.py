"""A small bundle whose windows are whole: the lecture's network of raw sound, a second at 8 kHz."""

import json
import shutil
from pathlib import Path

from ai_edge_litert.interpreter import Interpreter

LECTURE = Path(__file__).resolve().parents[2] / "models" / "commands-lecture"
EMBEDDING_WIDTH = 128
RATE_HZ = 8_000
WINDOW_S = 1.0


def embedding_tensor():
    """Name of the tensor before the last layer: Keras numbers layers anew in each training."""
    details = Interpreter(str(LECTURE / "model.tflite")).get_tensor_details()
    return next(one["name"] for one in details if tuple(one["shape"]) == (1, EMBEDDING_WIDTH))


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
        "tensors": {"embedding": embedding_tensor()},
        "debounce": {"*": {"smooth_s": 0, "on": 0.3, "off": 0.2, "release_s": 0.7, "min_s": 0, "refractory_s": 0}},
        "operating_points": {},
    }
    path.write_text(json.dumps(card | changes))
    return Path(folder)
