"""Places in which faults can be made for real: a small disk, a card that breaks, a clock that can be set.

Disk and card need root on Linux, the clock a C compiler. Without them tests are skipped.
"""

import contextlib
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


def _run(*command):
    return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True)


class Disk:
    """A disk of its own in a folder; a context manager.

    Parameters
    ----------
    folder : Path
    size : int
        In bytes.
    """

    def __init__(self, folder, size):
        self.folder = folder
        self._size = size
        self._filler = folder / "filler"

    def __enter__(self):
        self.folder.mkdir(exist_ok=True)
        try:
            self.mount()
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"needs to mount a file system: {getattr(error, 'stderr', None) or error}")
        return self

    def mount(self):
        """Put in an empty one."""
        _run("mount", "-t", "tmpfs", "-o", f"size={self._size}", "whipbird", self.folder)

    def pull_out(self):
        """Take it out, though it may be in use; returns a folder where it is, to be given to `put_in`."""
        aside = self.folder.with_name(f"{self.folder.name}-aside")
        aside.mkdir()
        _run("mount", "--bind", self.folder, aside)
        _run("umount", "--lazy", self.folder)
        return aside

    def put_in(self, aside):
        """Put it in again."""
        _run("mount", "--bind", aside, self.folder)
        _run("umount", "--lazy", aside)
        aside.rmdir()

    def fill(self):
        """Leave nothing free."""
        with self._filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            for size in (1 << 16, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))

    def free(self):
        """Give back what `fill` took."""
        self._filler.unlink()

    def __exit__(self, *_):
        for folder in (self.folder, self.folder.with_name(f"{self.folder.name}-aside")):
            with contextlib.suppress(subprocess.CalledProcessError):
                while os.path.ismount(folder):
                    _run("umount", "--lazy", folder)


class Card:
    """A memory card (ext4) that breaks and is repaired: nothing can be written, and the system makes it read-only.

    Its image is on a disk of its own, which is filled: then writing to the card fails, as with worn flash.

    Parameters
    ----------
    folder : Path
        Where the card is mounted.
    size : int
        Bytes that can be written before it breaks.
    """

    def __init__(self, folder, size):
        self.folder = folder
        self._beneath = Disk(folder.with_name(f"{folder.name}-beneath"), size)
        self._image = self._beneath.folder / "card.img"

    def __enter__(self):
        self._beneath.__enter__()
        self.folder.mkdir()
        with self._image.open("wb") as file:
            file.truncate(64 << 20)
        try:
            _run("mkfs.ext4", "-q", self._image)
            self._mount()
        except (OSError, subprocess.CalledProcessError) as error:
            self._beneath.__exit__()
            pytest.skip(f"needs ext4 on a loop device: {getattr(error, 'stderr', None) or error}")
        return self

    def _mount(self):
        _run("mount", "-o", "loop", self._image, self.folder)

    def wear_out(self):
        self._beneath.fill()

    def repair(self):
        """Take it out, check its file system, and put it in again."""
        self._beneath.free()
        _run("umount", "--lazy", self.folder)
        copy = self._image.with_suffix(".repaired")  # open files keep the old one busy
        _run("cp", "--sparse=always", self._image, copy)
        self._image = copy
        checked = subprocess.run(["e2fsck", "-p", "-f", copy], capture_output=True, text=True, check=False)
        assert checked.returncode in (0, 1), checked.stdout
        self._mount()

    def __exit__(self, *_):
        while os.path.ismount(self.folder):
            _run("umount", "--lazy", self.folder)
        self._beneath.__exit__()


class SetClock:
    """Clocks of a process, which can be set while it runs, as by a person, or as if the computer had slept.

    Attributes
    ----------
    environment : dict
        For the process.
    """

    def __init__(self, folder):
        library, self._file = folder / "set_clock.so", folder / "clock"
        compiler = shutil.which("cc")
        if compiler is None or not sys.platform.startswith("linux"):
            pytest.skip("needs Linux and a C compiler, see tests/system_packages.sh")
        _run(compiler, "-shared", "-fPIC", "-O2", "-o", library, HERE / "set_clock.c")
        self.put(0.0)
        self.environment = {"LD_PRELOAD": str(library), "SET_CLOCK": str(self._file)}

    def put(self, seconds, asleep_s=0.0):
        """Set the time of day this many seconds before (negative) or after the right time, after a sleep."""
        mode = "r+b" if self._file.exists() else "wb"
        with self._file.open(mode) as file:
            file.write(struct.pack("=dd", seconds, asleep_s))
