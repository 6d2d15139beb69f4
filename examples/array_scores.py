"""Show the scores of an array over time: the best label of each tenth of a second.

python examples/array_scores.py examples/demo.flac
"""

import sys

import numpy as np
import soundfile

import whipbird

STEP_S = 0.1


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: array_scores.py RECORDING")
    samples, rate_hz = soundfile.read(sys.argv[1], dtype="float32")  # or any other array
    model = whipbird.load_model("commands")
    found = model.scores(samples, rate_hz)  # scores has the shape (windows, labels)
    for start_s in np.arange(0, len(samples) / rate_hz, STEP_S):
        inside = (found.time_s >= start_s) & (found.time_s < start_s + STEP_S)
        mean = found.scores[inside].mean(axis=0)
        best = int(mean.argmax())
        print(f"{start_s:6.1f} s  {'#' * round(20 * mean[best]):20}  {found.labels[best]}")


if __name__ == "__main__":
    main()
