"""``whipbird train speak``: synthetic voices for the recipe `commands` and its benchmark."""

from __future__ import annotations

from typing import Annotated

import typer

from whipbird.system.extras import check_installed
from whipbird_train.cli.options import Data
from whipbird_train.datasets.data_folders import data_root

__all__ = ["speak"]


def speak(
    data: Data = None,
    processes: Annotated[
        int | None,
        typer.Option(min=1, metavar="COUNT", help="Speakers at once. Default: one for each core.", show_default=False),
    ] = None,
) -> None:
    """Let Kokoro speak words and sentences in many voices: hours. If interrupted, run it again to resume."""
    from whipbird_train.datasets.kokoro_voices import VOICES
    from whipbird_train.synthesis.command_plans import read_plans
    from whipbird_train.synthesis.kokoro import EXTRA, PARTS, VOCABULARY
    from whipbird_train.synthesis.spoken_clips import cache_folder, speak_all

    check_installed(EXTRA, "onnxruntime", *PARTS, VOCABULARY)
    folder = data or data_root()
    for name, plan in read_plans(folder).items():
        spoken, broken = speak_all(plan, folder / VOICES, cache_folder(), processes)
        print(f"{name}: {spoken} spoken, {broken} came out broken and are left out")
    print(cache_folder())
