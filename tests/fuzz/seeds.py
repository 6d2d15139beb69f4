"""What is damaged: recordings in every format that can be written here, stores, settings, annotations and a bundle.

Each seed is a file or folder that the program made itself, or could have. A damaged input is a copy with one file of it
mutated.
"""

import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
from mutations import mislabelled, mutated
from options import odd_command_line

from command_line import started, whipbird_here
from spoilt_bundles import put
from waiting import wait_until

RATE_HZ = 16_000
LIBSNDFILE = {  # name: format, subtype
    "s16.wav": ("WAV", "PCM_16"),
    "float.wav": ("WAV", "FLOAT"),
    "gsm.wav": ("WAV", "GSM610"),
    "s24.aiff": ("AIFF", "PCM_24"),
    "s16.au": ("AU", "PCM_16"),
    "s16.caf": ("CAF", "PCM_16"),
    "s16.w64": ("W64", "PCM_16"),
    "s16.rf64": ("RF64", "PCM_16"),
    "s16.flac": ("FLAC", "PCM_16"),
    "vorbis.ogg": ("OGG", "VORBIS"),
    "opus.ogg": ("OGG", "OPUS"),
    "layer3.mp3": ("MP3", "MPEG_LAYER_III"),
}
LABELLED = frozenset(LIBSNDFILE) - {"vorbis.ogg", "opus.ogg"}  # whose headers give a size
FFMPEG = {"aac.m4a": "aac", "s16.mka": "pcm_s16le", "opus.webm": "libopus", "adpcm.wav": "adpcm_ms"}
SETTINGS = """[station]
name = "hill"
time_zone = "Australia/Sydney"

[outputs]
files = ["heard.sqlite", "heard.csv"]

[outputs.clips]
folder = "clips"
keep = "30d"

[[source]]
name = "creek"
folder = "in"
models = ["capuchinbird"]
labels = ["capuchinbird"]

[[source]]
name = "camera"
feed = "http://127.0.0.1:9/x.mp3"
models = ["commands"]
channel = 1
"""
ANNOTATIONS = {
    "a.csv": "recording,begin_s,end_s,label\nsound.wav,0.1,0.4,yes\nsound.wav,0.6,0.9,no?\n",
    "audacity.txt": "0.100000\t0.400000\tyes\n0.600000\t0.900000\tno\n",
    "raven.txt": "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\t"
    "Begin File\tAnnotation\n"
    "1\tSpectrogram 1\t1\t0.1\t0.4\t0\t8000\tsound.wav\tyes\n2\tSpectrogram 1\t1\t0.6\t0.9\t0\t8000\tsound.wav\tno\n",
}


def _mutate(source: Path, copy: Path, rng: random.Random, is_text: bool = False) -> None:
    copy.write_bytes(mutated(source.read_bytes(), rng, is_text))


def _mislabel(source: Path, copy: Path, rng: random.Random) -> None:
    copy.write_bytes(mislabelled(source.read_bytes(), rng))


def _mutate_one(source: Path, copy: Path, rng: random.Random, fixes_hash: bool = False) -> None:
    """Copy a folder, with one file of it mutated."""
    shutil.copytree(source, copy)
    victim = rng.choice(sorted(file for file in copy.rglob("*") if file.is_file() and file.suffix != ".tflite"))
    content = mutated(victim.read_bytes(), rng, victim.suffix in (".json", ".toml", ".txt", ".csv"))
    if fixes_hash and victim.suffix == ".npz":
        put(copy, victim.name, content)
    else:
        victim.write_bytes(content)


MUTATE_TEXT = partial(_mutate, is_text=True)


@dataclass(frozen=True)
class Seed:
    """A file or folder that is read, and what makes a damaged copy of it from its path, the copy's and chance."""

    kind: str
    path: Path
    damage: Callable[[Path, Path, random.Random], None] = _mutate

    def damaged(self, folder: Path, rng: random.Random) -> Path:
        """A damaged copy in a folder, under the same name."""
        copy = folder / self.path.name
        self.damage(self.path, copy, rng)
        return copy


def make_seeds(folder: Path, demo: Path, bundle: Path, hook: str) -> dict[str, list[Seed]]:
    """Seeds of every kind; ``sound.wav`` in the folder is a good recording for those that need one.

    ``hook`` is an address at which nobody answers yet.
    """
    sound, _ = soundfile.read(demo, frames=round(1.5 * RATE_HZ), dtype="float32")
    soundfile.write(folder / "sound.wav", sound, RATE_HZ)
    (folder / "clips" / "yes").mkdir(parents=True)
    soundfile.write(folder / "clips" / "yes" / "1.wav", sound[:RATE_HZ], RATE_HZ)
    seeds = [Seed("recording", path) for path in _recordings(folder / "recordings", sound)]
    seeds += [Seed("header", seed.path, _mislabel) for seed in seeds if seed.path.name in LABELLED]
    seeds += [Seed("annotations", _text(folder / name, text), MUTATE_TEXT) for name, text in ANNOTATIONS.items()]
    listed = f"path,label,speaker,split\n{folder}/clips/yes/1.wav,yes,a,train\n{folder}/sound.wav,no,b,test\n"
    seeds.append(Seed("clip-list", _text(folder / "clips.csv", listed), MUTATE_TEXT))
    (folder / "in").mkdir()
    seeds.append(Seed("settings", _text(folder / "station.toml", SETTINGS), MUTATE_TEXT))
    seeds += _stores(folder, demo, hook)
    seeds += [
        Seed("standard-input", seed.path) for seed in seeds if seed.path.name in ("s16.wav", "s16.flac", "s16.au")
    ]
    (folder / "options.json").write_text("[]")
    seeds.append(Seed("options", folder / "options.json", odd_command_line))
    shutil.copytree(bundle, folder / "model", ignore=shutil.ignore_patterns("*.png", "*.md", "*.keras"))
    seeds.append(Seed("bundle", folder / "model", partial(_mutate_one, fixes_hash=True)))
    kinds: dict[str, list[Seed]] = {}
    for seed in seeds:
        kinds.setdefault(seed.kind, []).append(seed)
    return kinds


def _text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _recordings(folder: Path, sound: np.ndarray):
    folder.mkdir()
    for name, (form, subtype) in LIBSNDFILE.items():
        if form in soundfile.available_formats() and subtype in soundfile.available_subtypes(form):
            soundfile.write(folder / name, sound, RATE_HZ, subtype, format=form)
            yield folder / name
    try:
        import av
    except ImportError:
        return
    for name, codec in FFMPEG.items():
        path = folder / name
        with av.open(str(path), "w") as container:
            rate_hz = 48_000 if codec == "libopus" else RATE_HZ
            stream = container.add_stream(codec, rate=rate_hz, layout="mono")
            resampler = av.AudioResampler(stream.format.name, "mono", rate_hz, frame_size=stream.frame_size or None)
            frame = av.AudioFrame.from_ndarray(sound[np.newaxis], "flt", "mono")
            frame.sample_rate = RATE_HZ
            for piece in (*resampler.resample(frame), *resampler.resample(None)):
                container.mux(stream.encode(piece))
            container.mux(stream.encode(None))
        yield path


def _stores(folder: Path, demo: Path, hook: str):
    """What the program keeps: made by itself."""
    state = folder / "state"
    state.mkdir()

    def run(*words):
        done = whipbird_here(*words, env={"XDG_STATE_HOME": str(state)})
        assert done.returncode in (0, 1), done.stderr

    commands = ("--model", "commands", "--speed", "max")
    run("replay", demo, *commands, "--out", folder / "heard.sqlite")
    yield Seed("database", folder / "heard.sqlite")
    yield Seed("spool", _spool(folder, demo, hook), _mutate_one)
    run(
        "watch",
        folder / "clips",
        "--once",
        "--settle",
        0.1,
        "--ledger",
        folder / "ledger.sqlite",
        "--out",
        folder / "w.csv",
    )
    yield Seed("ledger", _checkpointed(folder / "ledger.sqlite"))
    run("scan", folder / "clips", "--out", folder / "scan", "--processes", 1)
    yield Seed("scan", folder / "scan", _mutate_one)
    settings = SETTINGS[: SETTINGS.index('[[source]]\nname = "camera"')]
    _text(folder / "short.toml", settings.replace('[outputs.clips]\nfolder = "clips"\nkeep = "30d"\n', ""))
    yield Seed("state", _station_state(folder), _mutate_one)


def _spool(folder: Path, demo: Path, hook: str) -> Path:
    """The state folder of a process that was killed while nobody took its messages."""
    home = folder / "spool-home"
    process = started("replay", demo, "--speed", "max", "--webhook", hook, env={"XDG_STATE_HOME": str(home)})
    try:
        wait_until(lambda: "lost 0.0 s" in process.stdout.readline())
    finally:
        process.kill()
        process.communicate()
    for database in home.rglob("*.sqlite"):
        _checkpointed(database)
    return home


def _checkpointed(path: Path) -> Path:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


def _station_state(folder: Path) -> Path:
    """The state that a station has written, run for a moment."""
    home = folder / "state-home"
    process = started("monitor", folder / "short.toml", "--plain", env={"XDG_STATE_HOME": str(home)})
    try:
        wait_until(lambda: list(home.rglob("state.json")))
    finally:
        process.terminate()
        process.communicate()
    return home
