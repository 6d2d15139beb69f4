"""Count the calls of each kind in the recordings of a folder.

python examples/count_calls.py forest/                    # capuchinbirds
python examples/count_calls.py forest/ birdnet            # after: whipbird models add birdnet
"""

import sys
from collections import Counter
from pathlib import Path

import whipbird

SUFFIXES = {".wav", ".flac", ".ogg", ".opus", ".mp3"}


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit("usage: count_calls.py FOLDER [MODEL]")
    folder, model = Path(sys.argv[1]), whipbird.load_model(*sys.argv[2:] or ["capuchinbird"])
    total: Counter[str] = Counter()
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        sys.exit(f"no recordings in {folder}")
    for path in paths:
        calls: Counter[str] = Counter()
        try:
            for event in whipbird.detect(path, model=model):
                calls[event.shown_name] += 1
        except whipbird.SourceError as error:  # a broken recording: what came before the break counts
            print(error, file=sys.stderr)
        total += calls
        print(f"{path.relative_to(folder)}: {sum(calls.values())}")
    for name, count in total.most_common():
        print(f"{count:5d}  {name}")


if __name__ == "__main__":
    main()
