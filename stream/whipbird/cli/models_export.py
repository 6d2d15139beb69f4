"""``whipbird models export``: a wake word as files for the program that its network is made for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from whipbird.cli.options import Json, Sensitivity, Threshold, complete_models
from whipbird.cli.values import choose_thresholds
from whipbird.errors import OutputError

__all__ = ["EPILOG", "export"]

EPILOG = (
    "Examples:\n\nwhipbird models export microwakeword-okay_nabu --threshold 0.9 --out esphome/\n\n"
    "whipbird models export openwakeword-alexa --room-thresholds rooms.json --room kitchen --out wake/"
)


def export(
    name: Annotated[str, typer.Argument(help="Installed model, or its folder.", autocompletion=complete_models)],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the files are written; created if missing.")],
    sensitivity: Sensitivity = "balanced",
    threshold: Threshold = [],  # noqa: B006
    room_thresholds: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --room: thresholds from [bold]whipbird calibrate --by-room[/bold].",
            show_default=False,
        ),
    ] = None,
    room: Annotated[
        str | None, typer.Option(metavar="NAME", help="Take the threshold of this room.", show_default=False)
    ] = None,
    json_: Json = False,
) -> None:
    """Write a wake word as files of openWakeWord or microWakeWord, if its network is of that form.

    Those are models that were added from there. openWakeWord gets a .tflite (or .onnx) file, and is told its threshold;
    microWakeWord, also in ESPHome, gets a .tflite file and a .json description with the threshold in it. What the
    description says of memory is an estimate with a reserve, and its author is not named.
    """
    from whipbird.home.room_thresholds import read_room_thresholds
    from whipbird.importers.wake_word_files import wake_word_files
    from whipbird.models.model import Model
    from whipbird.system.whole_file import whole_file

    if (room_thresholds is None) != (room is None):
        raise typer.BadParameter("--room and --room-thresholds: give both")
    model = Model(name, sensitivity, choose_thresholds(threshold, [name]))
    if room_thresholds is not None and room is not None:
        model = read_room_thresholds(room_thresholds).in_room(model, room)
    found = wake_word_files(model.folder, model.card)
    paths = [out / file for file in found.files]
    for path in paths:
        if path.exists():
            raise OutputError(f"{path} is there already; choose another folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path, content in zip(paths, found.files.values(), strict=True):
            with whole_file(path) as file:
                file.write(content)
    except OSError as error:
        raise OutputError(f"cannot write into {out}: {error.strerror or error}") from error
    if json_:
        files = [str(path) for path in paths]
        print(json.dumps({"program": found.program, "files": files, "threshold": found.threshold}))
        return
    for path in paths:
        print(path)
    if found.threshold is not None:
        print(f"{found.program} is told the threshold by an option: {found.threshold:g}")
    print(f"licence: {model.card.licence}")
