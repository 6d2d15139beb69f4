"""Checks what whipbird is to be installed with: the Python that runs this, and the extras in the arguments.

It runs with every Python 3: what is wrong is said before a virtual environment is made.
"""

import os
import re
import shutil
import subprocess
import sys

COMMANDS = ("python3.13", "python3.12", "python3.11", "python3.14")
SETTINGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "pyproject.toml")


def number(text):
    """A version as numbers that can be compared."""
    return tuple(map(int, text.split(".")))


def works(name):
    """Whether a command is there and starts; some are only there to say that they do not."""
    path = shutil.which(name)
    return path is not None and subprocess.run([path, "-c", ""], stderr=subprocess.DEVNULL).returncode == 0


def check_python(settings):
    lowest, end = re.search(r'requires-python = ">=([\d.]+),<([\d.]+)"', settings).groups()
    if number(lowest) <= sys.version_info[:3] < number(end):
        return
    major, minor = number(end)
    clean = "make clean, and then " if sys.prefix != sys.base_prefix else ""
    fitting = next(filter(works, COMMANDS), "/path/to/python3.12")
    sys.exit(
        f"{sys.executable} is Python {'.'.join(map(str, sys.version_info[:3]))}; whipbird works with {lowest} or "
        f"later, up to {major}.{minor - 1}: {clean}make demo PYTHON={fitting}"
    )


def check_extras(settings, names):
    section = settings.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    known = re.findall(r"^(\w+) = \[", section, re.MULTILINE)
    for name in names:
        if name not in known:
            sys.exit(f"EXTRAS={name}: unknown; use {', '.join(sorted(known))}")


if __name__ == "__main__":
    with open(SETTINGS, encoding="utf-8") as file:
        text = file.read()
    check_python(text)
    check_extras(text, sys.argv[1:])
