"""Reads one damaged input after the other, as the commands do, and says what was wrong with how that went.

A program: it gets a JSON object per line (``kind`` and ``path``) and prints one for each, with a list of ``problems``.
Right is what a user can bear: a result, or one line that names the file. Wrong are a traceback, a crash (the parent
process sees that), an error without the file's name, and readers that do not agree on the length of a recording.
"""

import json
import os
import resource
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "helpers"))
from command_line import as_objects, whipbird, whipbird_here
from hook_server import serving
from whipbird.errors import WhipbirdError

DEMO_S = 0.05  # lengths that differ by less are equal: the last frame of a coded file
MOST_BYTES = 4 << 30  # of address space
LONGEST_NAMES = 40


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        problems = READERS[request["kind"]](Path(request["path"]))
        print(json.dumps({"problems": problems}), file=answers, flush=True)


def _run(*words, names=(), env=None, cwd=None):
    """Run a command; return its result and what is wrong with it. ``names``: one of these must be in an error."""
    command = f"whipbird {' '.join(map(str, words))}"
    try:
        result = whipbird_here(*words, env=env, cwd=cwd)
    except BaseException as error:
        return None, [f"{command}: {type(error).__name__}: {str(error)[:200]}"]
    signs = ("Traceback", "Exception in thread", "Exception ignored")
    problems = [f"{command}: {result.stderr[-600:]}"] if any(sign in result.stderr for sign in signs) else []
    if result.returncode not in (0, 1, 2):
        problems.append(f"{command}: exit code {result.returncode}")
    if result.returncode == 1 and not problems:
        if not any(name[:LONGEST_NAMES] in result.stderr for name in names):
            problems.append(f"{command}: its error names no file: {result.stderr[-300:]!r}")
        if len(result.stderr) > 4000:
            problems.append(f"{command}: an error of {len(result.stderr)} characters")
    return result, problems


def read_recording(path):
    lengths, problems = {}, []
    result, wrong = _run("replay", path, "--speed", "max", "--model", "capuchinbird", "--json", names=[path.name])
    problems += wrong
    whole = result is not None and result.returncode == 0
    if whole:
        (summary,) = (each["summary"] for each in as_objects(result.stdout) if "summary" in each)
        lengths["replay"] = summary["heard_s"] + summary["lost_s"]
    result, wrong = _run("inspect", path, "--json", names=[path.name])
    problems += wrong
    if result is not None and result.returncode == 0:
        lengths["inspect"] = as_objects(result.stdout)[0]["end_s"]
    _, wrong = _run("classify", path, "--model", "capuchinbird", "--json", names=[path.name])
    problems += wrong
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder, "in")
        inside.mkdir()
        shutil.copy(path, inside)
        words = ("--once", "--settle", 0.1, "--ledger", Path(folder, "l"), "--model", "capuchinbird", "--json")
        result, wrong = _run("watch", inside, *words, names=[path.name])
        problems += wrong
        if result is not None and result.returncode == 0:
            heard = [
                each["summary"] for each in as_objects(result.stdout) if "summary" in each and each["summary"]["source"]
            ]
            lengths["watch"] = sum(each["heard_s"] + each["lost_s"] for each in heard)
        elif whole:
            problems.append(f"watch refuses what replay takes for whole: {result and result.stderr[-300:]}")
    problems += _train_on(path, lengths)
    if lengths and max(lengths.values()) - min(lengths.values()) > DEMO_S:
        problems.append(f"lengths differ: {lengths}")
    return problems


def _train_on(path, lengths):
    try:
        from whipbird_train.datasets.clips import load_clip
    except ImportError:
        return []
    try:
        length_s = len(load_clip(path, 16_000)) / 16_000
    except WhipbirdError as error:
        return [] if path.name in str(error) else [f"training: its error names no file: {error}"]
    except Exception as error:
        return [f"training: {type(error).__name__}: {str(error)[:200]}"]
    if "replay" in lengths:
        lengths["training"] = length_s
    return []


def read_annotations(path):
    return _run("inspect", SOUND, "--annotations", path, "--json", names=[path.name, SOUND.name])[1]


def read_clip_list(path):
    with tempfile.TemporaryDirectory() as folder:
        names = [path.name, SOUND.name, "left out "]  # clips that cannot be read are named, each in a line
        return _run("mix", path, "--out", Path(folder, "m.wav"), names=names)[1]


def read_settings(path):
    return _run("monitor", path, "--check", names=[path.name])[1]


def read_database(path):
    return _run("report", path, "--json", names=[path.name])[1]


def read_ledger(path):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(SOUND, folder)
        words = ("--once", "--settle", 0.1, "--model", "capuchinbird")
        return _run("watch", folder, *words, "--ledger", path, names=[path.name, SOUND.name])[1]


def read_spool(path):
    words = ("--speed", "max", "--model", "capuchinbird", "--json", "--webhook", HOOK)
    with serving(port=urlsplit(HOOK).port):
        names = ["spool", "webhook", HOOK.removesuffix("/events")]
        return _run("replay", SOUND, *words, env={"XDG_STATE_HOME": str(path)}, names=names)[1]


def read_state(path):
    return _run("status", env={"XDG_STATE_HOME": str(path)}, names=["state", "station"])[1]


def read_scan(path):
    with tempfile.TemporaryDirectory() as folder:
        problems = _run("report", path, "--json", names=[path.name])[1]
        return problems + _run("export", path, "--form", "csv", "--out", folder, names=[path.name])[1]


def read_bundle(path):
    return _run("classify", SOUND, "--model", path, "--json", names=[path.name, *os.listdir(path)])[1]


def read_standard_input(path):
    """Sound from another program: whatever comes, it ends when that ends."""
    problems = []
    for words in ((), ("--rate", 16_000), ("--rate", 48_000, "--channels", 3, "--format", "s24le")):
        with path.open("rb") as sound:
            done = whipbird("listen", "-", *words, "--model", "capuchinbird", "--json", stdin=sound)
        if (
            done.returncode not in (0, 1)
            or "Traceback" in done.stderr
            or (done.returncode and "input" not in done.stderr)
        ):
            problems.append(f"whipbird listen - {words}: exit code {done.returncode}: {done.stderr[-600:]}")
    return problems


def read_options(path):
    """A command line; everything it writes is beside the file with its words."""
    words = json.loads(path.read_text())
    return _run(*words, names=[""], env={"XDG_STATE_HOME": str(path.parent / "state")}, cwd=path.parent / "out")[1]


HOOK = os.environ.get("WHIPBIRD_FUZZ_HOOK", "")
SOUND = Path(os.environ.get("WHIPBIRD_FUZZ_SOUND", "sound.wav"))
READERS = {
    "recording": read_recording,
    "header": read_recording,
    "annotations": read_annotations,
    "clip-list": read_clip_list,
    "settings": read_settings,
    "database": read_database,
    "ledger": read_ledger,
    "spool": read_spool,
    "state": read_state,
    "scan": read_scan,
    "bundle": read_bundle,
    "standard-input": read_standard_input,
    "options": read_options,
}

if __name__ == "__main__":
    main()
