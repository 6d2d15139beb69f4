"""``whipbird selftest``: test microphone and loudspeaker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from whipbird.cli.command import command_app
from whipbird.errors import SourceError
from whipbird.terminal.printing import new_list, rounded

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["app"]

app = command_app()


@app.command(
    name="selftest",
    epilog="Examples:\n\nwhipbird selftest\n\nwhipbird selftest --device usb --output speakers --level -30 --json",
)
def selftest(
    device: Annotated[
        str | None,
        typer.Option(
            "--device", "-d", metavar="DEVICE", help="Microphone: number or part of its name, see 'whipbird devices'."
        ),
    ] = None,
    channel: Annotated[
        int, typer.Option(min=1, max=256, metavar="CHANNEL", help="Channel of the microphone, counted from 1.")
    ] = 1,
    output: Annotated[
        str | None, typer.Option(metavar="DEVICE", help="Loudspeaker: number or part of its name.")
    ] = None,
    level: Annotated[
        float, typer.Option(min=-80, max=0, metavar="DBFS", help="Peak level of the played sound; 0 is full scale.")
    ] = -12.0,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Play a click and a sweep, record them, and measure the microphone.

    Shows level, noise floor, bandwidth, and the delay from the loudspeaker to processing, as accurately as the sound
    system knows when it played. When listening, a model needs additional time to report an event. It tests only these
    two devices, by sound; 'whipbird doctor' checks what is installed, and plays nothing.

    [bold]Exit codes[/bold]: 0 the sound was found in the recording; 1 not, or a device cannot be used; 2 invalid
    command line.
    """
    from whipbird.soundcheck.run import run_self_test

    facts, any_sound = run_self_test(device, channel, output, level)
    if json_:
        print(json.dumps(rounded(facts)))
    else:
        from rich.console import Console

        Console(highlight=False).print(_table(facts))
    if not facts["works"]:
        raise SourceError(_why(facts["microphone"], facts["loudspeaker"], any_sound))


def _table(facts: dict[str, Any]) -> Table:
    from rich.text import Text

    table = new_list()
    works = (
        Text("works", "bold green") if facts["works"] else Text("the sound was not found in the recording", "bold red")
    )
    rows: list[tuple[str, str | Text]] = [
        ("microphone", Text(f"{facts['microphone']}, {facts['rate_hz']} Hz")),
        ("loudspeaker", Text(facts["loudspeaker"])),
        ("result", works),
        ("noise floor", _level(facts["noise_floor_dbfs"])),
    ]
    if facts["works"]:
        rows += [("level", f"{_level(facts['level_dbfs'])}, peak {_level(facts['peak_dbfs'])}")]
        band_hz = facts["band_hz"]
        rows += [("bandwidth", f"{band_hz[0]:.0f} to {band_hz[1]:.0f} Hz" if band_hz else "nothing above the noise")]
        mean_ms, longest_ms = 1000 * facts["delay_s"], 1000 * facts["longest_delay_s"]
        rows += [("delay", f"{mean_ms:.0f} ms from the loudspeaker to processing, up to {longest_ms:.0f} ms")]
    rows += [("DC offset", f"{100 * facts['dc_offset']:.3f} %")]
    if facts["lost_s"]:
        rows += [("lost", f"{facts['lost_s']:.3f} s")]
    for name, value in rows:
        table.add_row(name, value)
    return table


def _why(microphone: str, speaker: str, any_sound: bool) -> str:
    if not any_sound:
        return f"{microphone}: records only digital silence; check that it is not muted and that recording is permitted"
    return f"{microphone}: does not record the sound of {speaker}; check the volume, distance and headphones"


def _level(level_dbfs: float | None) -> str:
    return "digital silence" if level_dbfs is None else f"{level_dbfs:.1f} dBFS"
