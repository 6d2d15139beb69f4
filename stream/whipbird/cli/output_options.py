"""Options of the command line for outputs besides the screen.

They fill `whipbird.sinks.settings.Outputs`, which has the defaults and bounds; it is imported late, so that help is
quick.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from whipbird.cli.options import FILES

if TYPE_CHECKING:
    from whipbird.sinks.settings import Outputs

__all__ = ["with_outputs"]

CLIPS, PROGRAMS = "Clips of each event", "Output to other programs"
WEBHOOK = "WHIPBIRD_WEBHOOK"
KEYWORD = inspect.Parameter.KEYWORD_ONLY

Out = Annotated[
    list[str],
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        rich_help_panel=FILES,
        help="Also write to this file; the extension selects the format: .jsonl, .csv, .birdnet.csv, .raven.txt, "
        ".audacity.txt, .sqlite. Repeat for several.",
    ),
]
Station = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", rich_help_panel=FILES, help="Name of this station in outputs. Default: the computer's name."
    ),
]


@dataclass(frozen=True)
class _Option:
    """An option for a setting of an output; it has no effect without the main option of that output.

    Attributes
    ----------
    setting : str
        Path of the setting, such as ``clips.folder``.
    type : type
        Type that Typer converts its text to.
    envvar : str or None
        Environment variable with the same meaning; empty text is ignored.
    """

    name: str
    setting: str
    type: Any
    metavar: str | None
    help: str
    envvar: str | None = None

    @property
    def argument(self) -> str:
        """Name of the argument of the command."""
        return self.setting.replace(".", "_")

    @property
    def annotation(self) -> Any:
        """Annotation of the argument, for Typer."""
        option = typer.Option(
            self.name,
            metavar=self.metavar,
            help=self.help,
            envvar=self.envvar,
            show_envvar=False,
            rich_help_panel=CLIPS if self.setting.startswith("clips.") else PROGRAMS,
        )
        return Annotated[self.type | None, option]


OPTIONS = (
    _Option(
        "--clips",
        "clips.folder",
        Path,
        "FOLDER",
        "Write the sound around each event into this folder, as FLAC (WAV above full scale).",
    ),
    _Option("--clip-before", "clips.before", float, "SECONDS", "Seconds to keep before the event. Default: 2."),
    _Option("--clip-after", "clips.after", float, "SECONDS", "Seconds to keep after the event. Default: 2."),
    _Option(
        "--clip-pictures",
        "clips.pictures",
        bool,
        None,
        "Also draw the spectrogram of each clip, as PNG (needs matplotlib).",
    ),
    _Option("--clips-keep", "clips.keep", str, "TIME", "Remove clips older than this, such as 12h or 30d."),
    _Option("--clips-most", "clips.most", str, "SIZE", "Remove the oldest clips over this total size, such as 2GB."),
    _Option(
        "--clips-per-label", "clips.per_label", int, "NUMBER", "Remove the oldest clips of a label over this number."
    ),
    _Option(
        *("--clip-voices", "clips.voices", str, "WHAT"),
        "What becomes of a clip in which somebody speaks: keep, blank (silence the voice) or withhold. Default: keep "
        "for models of words, withhold for others.",
    ),
    _Option(
        *("--mqtt", "mqtt.address", str, "ADDRESS"),
        "Send events and health to an MQTT broker: mqtt://user@host:1883/topic, or mqtts://.",
    ),
    _Option(
        *("--mqtt-password-file", "mqtt.password_file", Path, "FILE"),
        "File with the password. Default: the environment variable WHIPBIRD_MQTT_PASSWORD.",
    ),
    _Option("--mqtt-ca", "mqtt.ca", Path, "FILE", "Certificates to trust instead of the system's, for mqtts://."),
    _Option(
        *("--webhook", "webhook.address", str, "ADDRESS"),
        f"POST each event as JSON to this address. Default: the environment variable {WEBHOOK}.",
        WEBHOOK,
    ),
    _Option(
        *("--webhook-token-file", "webhook.token_file", Path, "FILE"),
        "File with a bearer token. Default: the environment variable WHIPBIRD_WEBHOOK_TOKEN.",
    ),
    _Option(
        *("--exec", "exec.command", str, "COMMAND"),
        "Run this command for each event, with the event as JSON on standard input; not through a shell.",
    ),
)


def with_outputs(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of outputs to a command, which gets the name of its ``station``, and ``outputs`` or None."""
    signature = inspect.signature(command, eval_str=True, locals={"Outputs": Any})  # not imported yet
    own = [
        parameter.replace(kind=KEYWORD)
        for name, parameter in signature.parameters.items()
        if name not in ("outputs", "station")
    ]
    given = [
        inspect.Parameter("out", KEYWORD, default=[], annotation=Out),
        inspect.Parameter("station", KEYWORD, default=None, annotation=Station),
        *(inspect.Parameter(one.argument, KEYWORD, default=None, annotation=one.annotation) for one in OPTIONS),
    ]

    @functools.wraps(command)
    def run(**arguments: Any) -> None:
        from whipbird.system.station_name import station_name

        values = {parameter.name: arguments.pop(parameter.name) for parameter in given}
        station = station_name(values["station"])
        command(**arguments, outputs=_outputs(values), station=station)

    run.__signature__ = signature.replace(parameters=[*own, *given])  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *given)}
    return run


def _outputs(values: dict[str, Any]) -> Outputs | None:
    """Make `Outputs` from the values of options; None without any."""
    if not values["out"] and not any(values[option.argument] for option in OPTIONS):
        return None
    from pydantic import ValidationError

    from whipbird.sinks.settings import OTHERS, Outputs
    from whipbird.system.strict import explain

    wanted: dict[str, Any] = {"files": values["out"]}
    for option in OPTIONS:  # the main option of each output is the first
        kind, _, key = option.setting.partition(".")
        value = values[option.argument]
        if value is None or (option.envvar and not value):
            continue
        if key == OTHERS[kind].MAIN_KEY:
            wanted[kind] = {}
        if kind in wanted:
            wanted[kind][key] = str(value) if option.type is Path else value
    try:
        return Outputs.model_validate(wanted)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        setting = ".".join(map(str, problem["loc"]))
        name = next((option.name for option in OPTIONS if option.setting == setting), "--out")
        raise typer.BadParameter(f"{name}: {explain(problem)}") from error
