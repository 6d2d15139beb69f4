"""Command lines with one odd word in each: what people mistype, paste, and find out by trying."""

import json
import random
from pathlib import Path

__all__ = ["odd_command_line"]

SAMPLES = ("{sound}", "--model", "capuchinbird", "--speed", "max")
COMMAND_LINES = (
    ("replay", *SAMPLES, "--channel", "1", "--label", "capuchinbird", "--sensitivity", "balanced"),
    ("replay", *SAMPLES, "--out", "{out}/heard.csv", "--time-zone", "Europe/Zurich", "--station", "hill"),
    ("replay", *SAMPLES, "--clips", "{out}/clips", "--clip-before", "1", "--clips-keep", "30d", "--clips-most", "1GB"),
    ("inspect", "{sound}", "--annotations", "{annotations}", "--channel", "1", "--json"),
    ("classify", "{sound}", "--model", "capuchinbird", "--channel", "mix"),
    ("watch", "--once", "{out}", "--model", "capuchinbird", "--out", "{out}/w.jsonl"),
    ("scan", "{out}", "--out", "{out}/scan", "--processes", "1", "--model", "capuchinbird"),
    ("report", "{database}", "--json"),
    ("report", "{database}", "--csv", "{out}/report"),
    ("export", "{scan}", "--form", "raven", "--to", "{out}/tables"),
    ("monitor", "{settings}", "--check"),
    ("status", "{settings}", "--json"),
    ("models", "--json"),
    ("devices", "--json"),
    ("evaluate", "{sound}", "--model", "capuchinbird", "--background"),
    ("mix", "{clips}", "--out", "{out}/m.wav", "--seed", "1", "--rate", "16000"),
)
KEPT = ("max", "--once", "--check", "--background")  # what ends the command soon
ODD = (
    "",
    " ",
    "-",
    "--",
    "-1",
    "0",
    "nan",
    "inf",
    "1e308",
    "-0.0",
    "9" * 4300,
    "A" * 70_000,
    "x" * 300 + "/y",
    "/dev/null",
    "/dev/zero",
    "~nobody",
    "a\nb",
    "\u202eabc",
    "🐦",
    "\udcff\udcfe",
    "%s{0}$HOME",
    "s3://user:secret@host/x",
    "http://[::1",
    "--help",
    "--no-such-option",
    "[bold]",
)


def odd_command_line(seed: Path, path: Path, rng: random.Random) -> None:
    """Write the words of a command line, as a JSON list, to a file; one of them is odd, doubled or gone.

    ``seed`` is beside the inputs of the other kinds.
    """
    seeds = seed.parent
    out = path.parent / "out"
    out.mkdir()
    places = {
        "out": out,
        "sound": seeds / "sound.wav",
        "annotations": seeds / "audacity.txt",
        "database": seeds / "heard.sqlite",
        "scan": seeds / "scan",
        "settings": seeds / "short.toml",
        "clips": seeds / "clips.csv",
    }
    words = list(rng.choice(COMMAND_LINES))
    index = rng.choice([number for number, word in enumerate(words) if number and word not in KEPT])
    words[index : index + 1] = rng.choice(([rng.choice(ODD)],) * 8 + ([words[index]] * 2, []))
    path.write_text(json.dumps([word.format(**places) if word.startswith("{") else word for word in words]))
