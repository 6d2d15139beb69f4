"""The TFLite runtime, and the installed models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from whipbird.doctor.finding import Finding, Status
from whipbird.errors import WhipbirdError, error_text
from whipbird.models.bundle import find_bundles, shipped_folder, user_folder
from whipbird.models.model import Model
from whipbird.system.extras import pip_install
from whipbird.system.shipped import demo_recording
from whipbird.text import counted, listed

__all__ = ["detection", "models"]

TRIED = "commands"
AGAIN = "install whipbird again, as you did before"
MOST_NAMED = 8


def detection() -> Iterator[Finding]:
    """Whether TFLite runs, and a model that comes with whipbird detects words in a recording that also does."""
    from whipbird.engine.run import run_source
    from whipbird.models.runtimes.interpreter import make_interpreter
    from whipbird.sources.replay import Replay

    folder = shipped_folder() / TRIED
    try:
        make_interpreter((folder / "model.tflite").read_bytes())
        model = Model(str(folder))
        source = Replay(str(demo_recording()), None)
        source.open()
        outcome = run_source(source, [model], lambda report: None)
        if outcome.failure is not None:
            raise outcome.failure
    except ImportError as error:
        text = f"TFLite cannot be loaded: {error}"
        yield Finding("detection", Status.PROBLEM, text, pip_install("--force-reinstall ai-edge-litert"))
    except Exception as error:  # TFLite raises anything
        yield Finding("detection", Status.PROBLEM, f"{TRIED} does not run: {error_text(error)}; {AGAIN}")
    else:
        if events := outcome.summary.events:
            text = f"TFLite runs: {TRIED} detects {counted(events, 'word')} in the demo recording"
            yield Finding("detection", Status.OK, text)
        else:
            text = f"TFLite runs, but {TRIED} detects nothing in the demo recording; {AGAIN}"
            yield Finding("detection", Status.PROBLEM, text)


def models() -> Iterator[Finding]:
    """Which models load, and which are broken."""
    working, installed = [], find_bundles()
    for name, folder in installed.items():
        try:
            Model(str(folder))
        except WhipbirdError as error:
            yield _broken(name, folder, str(error))
        else:
            working.append(name)
    if working:
        text = f"{counted(len(working), 'model')} can be loaded: {listed(working, MOST_NAMED)}"
        yield Finding("models", Status.OK, text)
    if "birdnet" not in installed:
        text = "BirdNET, which knows 6,522 sounds, is not installed"
        yield Finding("models", Status.NOTE, text, "whipbird models add birdnet")


def _broken(name: str, folder: Path, reason: str) -> Finding:
    text = f"the model {name} is broken: {reason}"
    if folder.parent == user_folder():
        return Finding(f"model {name}", Status.PROBLEM, text, f"whipbird models remove {name}")
    return Finding(f"model {name}", Status.PROBLEM, f"{text}; {AGAIN}")
