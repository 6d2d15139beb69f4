"""Facts of a recording: the metadata of its file and the measures of its sound."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from typing import Any

from whipbird.inspect.survey import Survey
from whipbird.measures.bandwidth import effective_bandwidth_hz, sufficient_rate_hz
from whipbird.measures.levels import dbfs
from whipbird.recordings.metadata import guano
from whipbird.recordings.metadata.audiomoth import AudioMothComment, from_comment
from whipbird.recordings.metadata.chunks import Header, read_header
from whipbird.recordings.metadata.start import recording_clock
from whipbird.recordings.reader import Recording
from whipbird.sources.ring_writer import break_message
from whipbird.terminal.printing import rounded
from whipbird.text import as_text

__all__ = ["ChannelFacts", "Facts", "Form", "facts_of", "form_of"]

FORMATS = {"WAVEX": "WAV", "RF64": "WAV (RF64)", "MPEG": "MP3"}  # where libsndfile's name is not the usual one


@dataclass(frozen=True, slots=True)
class Form:
    """Format of a file.

    Attributes
    ----------
    format : str
        ``WAV``, ``FLAC``, ``OGG``, ``MP3``, …
    encoding : str
        Libsndfile's name of the sample format, such as ``PCM_16``; ``decoded by FFmpeg`` for other formats.
    bytes : int
        Size of the file.
    """

    format: str
    encoding: str
    bytes: int


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """Measures of a channel. Levels are in dBFS, None for silence; times are in seconds.

    Attributes
    ----------
    peak_dbfs, rms_dbfs : float or None
        See `whipbird.measures.levels`.
    dc_offset : float
        Mean of all samples, as a share of full scale.
    noise_floor_dbfs : float or None
        Level that a tenth of the frames of 0.1 s do not exceed.
    clipped_samples, clipped_runs : int
        Samples in flat tops, and number of these, see `whipbird.measures.clipping`.
    clipped_at_dbfs : float or None
        Level of the clipped samples.
    silent_s : float
        Length of digital silence, see `whipbird.measures.flat_runs`.
    dropouts : int
    dropped_s : float
        Number and total length of dropouts, see `whipbird.measures.flat_runs`.
    dropouts_at : list of (float, float)
        Start and end of the first thousand dropouts.
    """

    peak_dbfs: float | None
    rms_dbfs: float | None
    dc_offset: float
    noise_floor_dbfs: float | None
    clipped_samples: int
    clipped_runs: int
    clipped_at_dbfs: float | None
    silent_s: float
    dropouts: int
    dropped_s: float
    dropouts_at: list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of a recording.

    Attributes
    ----------
    path : str
        As `as_text` writes it.
    form : Form
    rate_hz, channels : int
    samples : int or None
        Samples of each channel in the whole file: the number that was read if it was read to its end, else the number
        that its header promises.
    start : datetime or None
    time_from : str
        When the recording started, and the origin of this time, see `whipbird.audio.clock.Clock`.
    guano : mapping or None
        GUANO metadata.
    audiomoth : AudioMothComment or None
    comment : str
        Any other comment.
    begin_s, end_s : float
        The part that was measured; the attributes that follow are about this part.
    bandwidth_hz : float
        Bandwidth of the chosen channel or of the mean of all channels, see `effective_bandwidth_hz`.
    sufficient_rate_hz : int or None
        A clearly lower rate that would hold all of the sound.
    opposite_phase : bool
        Whether the channels cancel out in their mix.
    below_trigger_s, lost_s : float
        Length of what a triggered recorder left out, and of what could not be read; neither is measured.
    invalid_samples : int
        Number of samples that are not finite or absurdly large.
    sound : tuple of ChannelFacts
    problem : str
        Why it could not be read to its end; empty if it could.
    """

    path: str
    form: Form
    rate_hz: int
    channels: int
    samples: int | None
    start: datetime | None
    time_from: str
    guano: dict[str, str] | None
    audiomoth: AudioMothComment | None
    comment: str
    begin_s: float
    end_s: float
    bandwidth_hz: float
    sufficient_rate_hz: int | None
    opposite_phase: bool
    below_trigger_s: float
    lost_s: float
    invalid_samples: int
    sound: tuple[ChannelFacts, ...]
    problem: str

    @property
    def duration_s(self) -> float | None:
        """Length of the whole file."""
        return None if self.samples is None else self.samples / self.rate_hz

    def as_object(self) -> dict[str, Any]:
        """The fields for JSON, flat except ``guano``, ``audiomoth`` and ``sound``; times in ISO 8601."""
        fields = asdict(self)
        fields["problem"] = self.problem or None
        for group in (fields, fields["audiomoth"]):
            if group is not None and group["start"] is not None:
                group["start"] = group["start"].isoformat(timespec="milliseconds")
        first = {"path": self.path, **fields.pop("form")}
        for name in ("rate_hz", "channels", "samples", "duration_s"):
            first[name] = getattr(self, name)
        rounded_fields: dict[str, Any] = rounded(first | fields)
        return rounded_fields


def form_of(recording: Recording) -> Form:
    """Format of an open recording."""
    form = recording.format
    return Form(FORMATS.get(form, form), recording.encoding, os.stat(recording.path).st_size)


def facts_of(path: str, form: Form, survey: Survey, zone: tzinfo | None = None) -> Facts:
    """Facts of a recording from its form, its metadata and its survey.

    Parameters
    ----------
    zone : tzinfo, optional
        Time zone of start times without one, see `recording_clock`.
    """
    rate_hz = survey.rate_hz
    samples = survey.read if survey.read is not None else survey.promised
    try:
        with open(path, "rb") as file:
            header = read_header(file)
    except OSError:
        header = Header()
    clock = recording_clock(path, None if samples is None else samples / rate_hz, zone)
    problem = ""
    if survey.read is not None:
        problem = break_message(path, survey.read, survey.promised, rate_hz, survey.problem, survey.partly)
    audiomoth = from_comment(header.comment)
    bandwidth_hz = effective_bandwidth_hz(survey.spectra.mean(), rate_hz, form.encoding)
    return Facts(
        path=as_text(path),
        form=form,
        rate_hz=rate_hz,
        channels=survey.channels,
        samples=samples,
        start=clock.start,
        time_from=clock.origin,
        guano=None if header.guano is None else dict(guano.from_bytes(header.guano).fields),
        audiomoth=audiomoth,
        comment="" if audiomoth else header.comment,
        begin_s=survey.begin_s,
        end_s=survey.end_s,
        bandwidth_hz=bandwidth_hz,
        sufficient_rate_hz=sufficient_rate_hz(bandwidth_hz, rate_hz),
        opposite_phase=survey.cancellation.found,
        below_trigger_s=survey.below_trigger / rate_hz,
        lost_s=survey.lost / rate_hz,
        invalid_samples=survey.invalid,
        sound=tuple(_channel_facts(survey, number) for number in range(survey.channels)),
        problem=problem,
    )


def _channel_facts(survey: Survey, number: int) -> ChannelFacts:
    levels, clipping, flat_runs = survey.levels, survey.clipping[number], survey.flat_runs[number]
    rate_hz, start = survey.rate_hz, survey.start
    return ChannelFacts(
        peak_dbfs=dbfs(float(levels.peak[number])),
        rms_dbfs=dbfs(float(levels.rms[number])),
        dc_offset=float(levels.offset[number]),
        noise_floor_dbfs=levels.noise_floors_dbfs[number],
        clipped_samples=clipping.samples,
        clipped_runs=clipping.runs,
        clipped_at_dbfs=None if clipping.level is None else dbfs(clipping.level),
        silent_s=flat_runs.silent_samples / rate_hz,
        dropouts=flat_runs.dropouts,
        dropped_s=flat_runs.dropped_samples / rate_hz,
        dropouts_at=[((start + run.start) / rate_hz, (start + run.end) / rate_hz) for run in flat_runs.first_dropouts],
    )
