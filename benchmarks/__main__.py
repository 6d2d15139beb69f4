"""Run all benchmarks, one after the other, each in a process of its own: ``python -m benchmarks [NAME ...]``.

Those that take very long run only when they are named. A benchmark that cannot run here (no sound server, no
recordings, ...) is skipped, with the reason. Each also runs alone, with options of its own:
``python -m benchmarks.live --help``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from rich.console import Console
from rich.table import Table

from benchmarks.common import RESULTS, ROOT, SKIPPED

BENCHMARKS = (
    "install",
    "replay",
    "scan",
    "hop",
    "growth",
    "crowd",
    "imported",
    "peers",
    "wyoming",
    "delay",
    "words",
    "strangers",
    "forest",
    "calls",
    "voices",
    "faults",
    "live",
)
LONG = (
    "birdnet",
    "calibrated",
    "own",
    "page",
    "page_browsers",
    "review",
    "same_scores",
    "search",
    "station",
    "wake",
    "week",
)


def main() -> int:
    known = ", ".join(BENCHMARKS + LONG)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {known}; when not given, all but {', '.join(LONG)}"
    )
    names = parser.parse_args().names or BENCHMARKS
    if unknown := sorted(set(names) - set(BENCHMARKS + LONG)):
        parser.error(f"no benchmark {unknown[0]!r}; there are {known}")
    console = Console(highlight=False)
    overview = Table("benchmark", "outcome", title="all benchmarks")
    failed = False
    for name in names:
        console.rule(name)
        sys.stdout.flush()
        code = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT, check=False).returncode
        failed |= code not in (0, SKIPPED)
        done = f"measured: {(RESULTS / f'{name}.json').relative_to(ROOT)}"
        overview.add_row(name, {0: done, SKIPPED: "skipped, see above"}.get(code, f"failed with exit code {code}"))
    console.print(overview)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
