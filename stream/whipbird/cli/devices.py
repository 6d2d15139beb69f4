"""``whipbird devices``: list the recording devices."""

from __future__ import annotations

import json

from whipbird.cli.command import command_app
from whipbird.cli.options import Json
from whipbird.errors import WhipbirdError
from whipbird.terminal.printing import new_table

__all__ = ["app"]

app = command_app()


@app.command(epilog="Example:\n\nwhipbird devices --json")
def devices(json_: Json = False) -> None:
    """List the devices that can record."""
    from dataclasses import asdict

    from rich.console import Console
    from rich.text import Text

    from whipbird.sources.devices import input_devices

    found = input_devices()
    if json_:
        for device in found:
            print(json.dumps(asdict(device)))
    elif not found:
        raise WhipbirdError("no recording device found; connect a microphone, or type: whipbird replay --demo")
    else:
        table = new_table("number", "name", "sound system", "channels", "rate")
        table.columns[1].no_wrap = True
        for device in found:
            name = Text(f"{device.name} (default)" if device.default else device.name, "bold" if device.default else "")
            table.add_row(str(device.number), name, Text(device.host), str(device.channels), f"{device.rate_hz} Hz")
        Console().print(table)
