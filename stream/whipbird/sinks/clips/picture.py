"""The spectrogram of a clip as PNG (extra ``inspect``)."""

from __future__ import annotations

from whipbird.figure_style import COLOUR_MAP, new_figure, png, write_names
from whipbird.measures.spectra import Spectra
from whipbird.measures.views import decibels
from whipbird.sinks.clips.clip import Clip
from whipbird.text import one_line

__all__ = ["draw"]

SIZE_IN = (7.0, 3.2)
MARK = "#7fe3ff"  # on the colours of any level
KHZ = 1000.0
SHOWN_DB = 60.0  # below the loudest point; anything quieter in a clip is noise


def draw(clip: Clip) -> bytes:
    """Draw a PNG: time from the start of the clip, frequency up to half the sample rate, and the extents of events."""
    from whipbird.audio.channels import choose_channel

    mono = choose_channel(clip.samples, clip.channel)
    spectra = Spectra(clip.rate_hz, len(mono))
    spectra.push(mono)
    spectra.finish()
    levels = decibels(spectra.spectrogram())
    length_s = len(mono) / clip.rate_hz
    top_khz = clip.rate_hz / 2 / KHZ

    figure = new_figure(SIZE_IN)
    axes = figure.add_subplot()
    axes.imshow(
        levels,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(0, length_s, 0, top_khz),
        cmap=COLOUR_MAP,
        vmin=levels.max() - SHOWN_DB,
    )
    for event in clip.events:
        begin_s, end_s = event.begin_s - clip.begin_s, event.end_s - clip.begin_s
        axes.axvline(begin_s, color=MARK, linewidth=0.9, linestyle="--")
        axes.axvline(end_s, color=MARK, linewidth=0.9, linestyle="--")
        axes.plot([begin_s, end_s], [top_khz, top_khz], color=MARK, linewidth=4, solid_capstyle="butt")
    axes.set_xlim(0, length_s)
    axes.set_ylim(0, top_khz)
    title = _title(clip)
    write_names(axes, title, "seconds", "kHz")
    return png(figure, title)


def _title(clip: Clip) -> str:
    """Label, score, model and time."""
    best = clip.best
    more = f" (best of {len(clip.events)})" if len(clip.events) > 1 else ""
    parts = [f"{best.shown_name}  {best.score:.0%}{more}", best.model]
    if best.shown_time is not None:
        parts.append(best.shown_time.isoformat(" ", "seconds"))
    return one_line("   ".join(parts)).encode(errors="replace").decode()
