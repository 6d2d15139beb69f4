"""Facts of a recording for people: lines about the file, and a table row for each channel."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from whipbird.inspect.facts import ChannelFacts, Facts
from whipbird.terminal.printing import new_list
from whipbird.text import clock_time, counted, one_line

__all__ = ["facts_table"]

ORIGINS = {
    "guano": "from its GUANO metadata",
    "audiomoth": "from the AudioMoth's comment",
    "wamd": "from its WAMD metadata",
    "opensoundscape": "from OpenSoundscape's comment",
    "name": "from its name",
    "bext": "from its broadcast extension",
    "modified": "a guess, from when it was last written",
}
ENCODINGS = {
    "MPEG_LAYER_III": "layer III",
    "ULAW": "µ-law",
    "ALAW": "A-law",
    "FLOAT": "32-bit floating point",
    "DOUBLE": "64-bit floating point",
}
SHOWN_AT = 5  # dropouts whose times are shown
WARNING = "bold yellow"
INDENT = 2
WIDE = 70  # least width of the table of channels, in characters


def facts_table(facts: Facts, width: int) -> RenderableType:
    """A title, a line for each fact, and the table of channels; if there is no room for it, a line for each channel."""
    lines = new_list()
    for name, text, warns in _lines(facts):
        lines.add_row(name, Text(one_line(text), WARNING if warns else ""))
    parts = [lines]
    if width >= WIDE:
        parts.append(_channel_table(facts))
    else:
        for number, channel in enumerate(facts.sound, 1):
            lines.add_row(f"channel {number}", _channel_line(channel))
    indented = (Padding(part, (0, 0, 0, INDENT), expand=False) for part in parts)
    return Group(Text(one_line(facts.path), "bold"), *indented)


def _lines(facts: Facts) -> Iterator[tuple[str, str, bool]]:
    """Name and text of each fact, and whether the fact is a warning."""
    yield from ((name, text, False) for name, text in (*_file_lines(facts), *_metadata_lines(facts)))
    if facts.begin_s > 0 or facts.duration_s is None or facts.end_s < facts.duration_s - 0.5 / facts.rate_hz:
        yield (
            "part",
            f"{clock_time(facts.begin_s, 2)} to {clock_time(facts.end_s, 2)}; all facts below are about this part",
            False,
        )
    if facts.below_trigger_s:
        length = _length(facts.below_trigger_s)
        yield "trigger", f"{length} left out below it; not measured, and silence in pictures", False
    if facts.lost_s:
        yield "lost", f"{_length(facts.lost_s)} cannot be read; not measured, and silence in pictures", True
    yield "bandwidth", *_bandwidth(facts)
    if facts.opposite_phase:
        yield "phase", "the channels are in opposite phase and cancel out in their mix; choose one with --channel", True
    if facts.invalid_samples:
        yield "invalid", f"{facts.invalid_samples} samples are not finite, or too large to be sound", True
    several = facts.channels > 1
    for number, channel in enumerate(facts.sound, 1):
        where = f"channel {number}: " if several else ""
        yield from ((name, where + text, True) for name, text in _flaws(channel))


def _file_lines(facts: Facts) -> Iterator[tuple[str, str]]:
    """Format, length and start of the recording."""
    form = facts.form
    encoding = ENCODINGS.get(form.encoding) or (
        f"{form.encoding.lstrip('PCM_SU')} bit"
        if form.encoding.startswith("PCM_")
        else form.encoding
        if " " in form.encoding
        else form.encoding.replace("_", " ").capitalize()
    )
    yield "format", f"{form.format}, {encoding}, {facts.rate_hz} Hz, {counted(facts.channels, 'channel')}"
    length = "unknown"
    if facts.duration_s is not None:
        length = f"{_length(facts.duration_s)}, {counted(facts.samples or 0, 'sample')}"
    yield "length", f"{length}, {decimal(form.bytes)}"
    if facts.start is not None:
        start = facts.start.isoformat(" ", "seconds")
        yield "start", f"{start}, {ORIGINS.get(facts.time_from, facts.time_from)}"
    else:
        yield "start", "unknown"


def _metadata_lines(facts: Facts) -> Iterator[tuple[str, str]]:
    """Metadata from the recorder."""
    if facts.audiomoth is not None:
        comment = facts.audiomoth
        parts = [
            comment.device,
            f"deployment {comment.deployment}" if comment.deployment else "",
            f"gain {comment.gain}" if comment.gain else "",
            f"{comment.battery_v:.1f} V" if comment.battery_v is not None else "",
            f"{comment.temperature_c:.1f} °C" if comment.temperature_c is not None else "",
            "external microphone" if comment.external_microphone else "",
            f"stopped by {comment.stopped}" if comment.stopped else "",
        ]
        yield "AudioMoth", ", ".join(filter(None, parts))
    if facts.guano is not None:
        for number, (key, value) in enumerate(facts.guano.items()):
            yield "" if number else "GUANO", f"{key}: {value}"
    if facts.comment:
        yield "comment", facts.comment


def _bandwidth(facts: Facts) -> tuple[str, bool]:
    half_hz = facts.rate_hz / 2
    if facts.bandwidth_hz == 0:
        return "none: there is no sound", True
    text = f"{_hertz(facts.bandwidth_hz)} of {_hertz(half_hz)}"
    if facts.sufficient_rate_hz is None:
        return text, False
    return f"{text}: hardly any sound above; a rate of {facts.sufficient_rate_hz} Hz would be enough", True


def _flaws(channel: ChannelFacts) -> Iterator[tuple[str, str]]:
    if channel.clipped_runs and channel.clipped_at_dbfs is not None:
        flat_tops = counted(channel.clipped_runs, "flat top")
        yield "clipping", f"{channel.clipped_samples} samples in {flat_tops} at {_level(channel.clipped_at_dbfs)} dBFS"
    if channel.dropouts:
        times = ", ".join(clock_time(start_s, 2) for start_s, _ in channel.dropouts_at[:SHOWN_AT])
        more = ", …" if channel.dropouts > SHOWN_AT else ""
        yield "dropouts", f"{channel.dropouts}, {channel.dropped_s:.3f} s in total, at {times}{more}"


def _channel_table(facts: Facts) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False, padding=(0, 1), show_edge=False)
    names = (
        "channel",
        "peak\ndBFS",
        "RMS\ndBFS",
        "noise\ndBFS",
        "offset\n%",
        "clipped\nsamples",
        "silent\nseconds",
        "drop-\nouts",
    )
    for name in names:
        table.add_column(name, justify="right")
    for number, channel in enumerate(facts.sound, 1):
        table.add_row(
            str(number),
            _level(channel.peak_dbfs),
            _level(channel.rms_dbfs),
            _level(channel.noise_floor_dbfs),
            _offset(channel),
            Text(str(channel.clipped_samples), WARNING if channel.clipped_samples else ""),
            f"{channel.silent_s:.2f}",
            Text(str(channel.dropouts), WARNING if channel.dropouts else ""),
        )
    return table


def _channel_line(channel: ChannelFacts) -> str:
    return (
        f"peak {_level(channel.peak_dbfs)}, RMS {_level(channel.rms_dbfs)}, noise {_level(channel.noise_floor_dbfs)} "
        f"dBFS, offset {_offset(channel)} %, {channel.clipped_samples} clipped, {channel.silent_s:.2f} s silent, "
        f"{channel.dropouts} dropouts"
    )


def _offset(channel: ChannelFacts) -> str:
    return f"{round(100 * channel.dc_offset, 3) + 0:.3f}"  # not -0.000


def _level(dbfs: float | None) -> str:
    return "–" if dbfs is None else f"{round(dbfs, 1) + 0:.1f}"


def _hertz(frequency_hz: float) -> str:
    return f"{frequency_hz / 1000:.3g} kHz" if frequency_hz >= 1000 else f"{frequency_hz:.0f} Hz"


def _length(seconds: float) -> str:
    return f"{seconds:.3f} s" if seconds < 60 else f"{clock_time(seconds, 2)} ({seconds:.1f} s)"
