"""Run a command for each word that is heard, one after the other, in the order of the words.

python examples/word_to_command.py                        # from the microphone, until Ctrl-C
python examples/word_to_command.py examples/demo.flac     # from a recording
"""

import subprocess
import sys

import whipbird

COMMANDS = {
    "go": [sys.executable, "-c", "print('light on')"],  # such as ["curl", "http://lamp.local/on"]
    "stop": [sys.executable, "-c", "print('light off')"],
}


def main() -> None:
    events = whipbird.detect(sys.argv[1]) if len(sys.argv) > 1 else whipbird.listen()
    for event in events:  # while a command runs, the microphone's events wait
        print(f"{event.begin_s:.2f} s: {event.label}", flush=True)
        if event.label in COMMANDS:
            subprocess.run(COMMANDS[event.label], check=False)


if __name__ == "__main__":
    main()
