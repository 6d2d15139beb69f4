"""Detect with a model of your own, more readily than its card says.

whipbird train custom my-words                            # writes models/my-words
python examples/own_model.py models/my-words recording.wav
"""

import sys

import whipbird


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: own_model.py MODEL_FOLDER RECORDING")
    folder, recording = sys.argv[1:]
    model = whipbird.load_model(folder, threshold=0.6)
    print(f"{model.name} {model.version} hears {', '.join(model.reported)} at {model.sample_rate_hz} Hz")
    for event in whipbird.detect(recording, model=model):
        print(f"{event.begin_s:7.2f} to {event.end_s:7.2f} s  {event.label}  {event.score:.0%}")


if __name__ == "__main__":
    main()
