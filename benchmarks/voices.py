"""Voices in clips of birds: how many get through, how many clips of birds alone are withheld, and what it costs.

Clips of seven seconds are cut from recordings of birds and forests. Into each, two seconds of read speech are mixed, at
0, -6, -12 and -18 dB against the clip. The same clips are then heard live, one after the other, as on the page: which
seconds with speech are sent, and which without are muted.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soxr
from rich.table import Table

from benchmarks.common import Measure, Unavailable, data_folder, finish, number, run
from whipbird.arrays import Floats
from whipbird.errors import SourceError
from whipbird.page.voice_mute import VoiceMute
from whipbird.recordings.files import sound_files
from whipbird.recordings.reader import Recording
from whipbird.sinks.clips.voices import LEAST_FRAMES, RATE_HZ, THRESHOLD, VoiceDetector
from whipbird_train.datasets.clips import load_clip
from whipbird_train.examples.augment import rms

CLIP_S, SPEECH_S, BEGIN_S = 7.0, 2.0, 2.5
RATIOS_DB = (0, -6, -12, -18)
STEPS = 7  # seconds of a clip
SPEECH_STEPS = (2, 3, 4)  # seconds with speech
THRESHOLDS = (0.3, 0.4, 0.5, 0.6)
BIRDS = ("qut-boobook", "birdnet-soundscape", "birdnet-pi-pica")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.voices", description=__doc__)
    parser.add_argument("--clips", type=int, default=200, help="number of clips (default: 200)")
    wanted = parser.parse_args().clips
    data = data_folder("birds").parent
    rng = np.random.default_rng(1)
    clips = _clips(data, wanted, rng)
    speech = sound_files(data / "read-speech", nested=True)
    if not speech:
        raise Unavailable(f"no read speech in {data}")
    detector = VoiceDetector()
    began_s = time.process_time()
    alone = [detector.probabilities(clip[:, None], RATE_HZ) for _, clip in clips]
    cost_ms = 1000 * (time.process_time() - began_s) / len(clips)
    voiced = {ratio_db: _mixed(clips, speech, ratio_db, rng) for ratio_db in RATIOS_DB}
    mixed = {
        ratio_db: [detector.probabilities(clip[:, None], RATE_HZ) for clip in own] for ratio_db, own in voiced.items()
    }
    muted_birds = 1 - _sent(detector, [clip for _, clip in clips], range(STEPS))
    sent_speech = {ratio_db: _sent(detector, own, SPEECH_STEPS) for ratio_db, own in voiced.items()}
    ratios = (f"{one} dB" for one in RATIOS_DB)
    table = Table("threshold", "birds alone", *ratios, title="share of clips that are withheld")
    shares = {}
    for threshold in THRESHOLDS:
        found = [_share(alone, threshold), *(_share(mixed[ratio_db], threshold) for ratio_db in RATIOS_DB)]
        shares[threshold] = found[0], [1 - share for share in found[1:]]
        chosen = " (chosen)" if threshold == THRESHOLD else ""
        table.add_row(f"{threshold}{chosen}", *(f"{100 * one:.1f} %" for one in found))
    for name in sorted({name for name, _ in clips}):
        own = [scores for (of, _), scores in zip(clips, alone, strict=True) if of == name]
        table.add_row(f"{name}, {len(own)} clips", f"{100 * _share(own, THRESHOLD):.1f} %")
    withheld, through = shares[THRESHOLD]
    measures = [
        Measure("clips", len(clips)),
        Measure("clips of birds alone that are withheld", 100 * withheld, "%"),
        *(
            Measure(f"clips with speech at {ratio_db} dB that get through", 100 * share, "%")
            for ratio_db, share in zip(RATIOS_DB, through, strict=True)
        ),
        Measure("seconds of birds alone that are muted live", 100 * muted_birds, "%"),
        *(
            Measure(f"seconds with speech at {ratio_db} dB that are sent live", 100 * share, "%")
            for ratio_db, share in sent_speech.items()
        ),
        Measure(f"CPU for a clip of {CLIP_S:.0f} s", cost_ms, "ms"),
    ]
    heard_live = (f"{100 * (1 - share):.1f} %" for share in sent_speech.values())
    table.add_row("live: seconds that are muted", f"{100 * muted_birds:.1f} %", *heard_live)
    table.add_row(f"CPU for {CLIP_S:.0f} s of sound", number(cost_ms, "ms"))
    finish("voices", "voices in clips", measures, table)


def _clips(data: Path, wanted: int, rng: np.random.Generator) -> list[tuple[str, Floats]]:
    """Some clips of all recordings, at the detector's rate, each with the name of its collection."""
    recordings = [(name, path) for name in BIRDS for path in sound_files(data / "birds" / name, nested=True)]
    recordings += [("forest", path) for path in sound_files(data / "capuchinbird" / "forest", nested=True)]
    found = []
    length = round(CLIP_S * RATE_HZ)
    for name, path in recordings:
        try:
            recording = Recording(str(path))
        except SourceError:
            continue
        rate_hz = recording.rate_hz
        recording.close()
        sound = load_clip(path, rate_hz)
        sound = soxr.resample(sound, rate_hz, RATE_HZ)
        found += [(name, sound[begin : begin + length]) for begin in range(0, len(sound) - length, length)]
    order = rng.permutation(len(found))[:wanted]
    return [found[number_] for number_ in order]


def _mixed(
    clips: list[tuple[str, Floats]],
    speech: list[Path],
    ratio_db: float,
    rng: np.random.Generator,
) -> list[Floats]:
    """Each clip with a voice in it."""
    chosen = rng.choice(len(speech), len(clips), replace=len(clips) > len(speech))
    found = []
    for (_, clip), number_ in zip(clips, chosen, strict=True):
        voice = load_clip(speech[number_], RATE_HZ)[: round(SPEECH_S * RATE_HZ)]
        heard = clip.copy()
        begin = round(BEGIN_S * RATE_HZ)
        heard[begin : begin + len(voice)] += voice * np.float32(rms(clip) / rms(voice) * 10 ** (ratio_db / 20))
        found.append(heard)
    return found


def _sent(detector: VoiceDetector, clips: list[Floats], steps: Sequence[int]) -> float:
    """Share of some seconds of clips that are sent live, each clip on its own."""
    sent = 0
    for clip in clips:
        mute = VoiceMute(detector, RATE_HZ)
        on = []
        for step in (*np.split(clip[: STEPS * RATE_HZ], STEPS), clip[:RATE_HZ]):
            mute.push(step)
            on.append(mute.is_on)
        sent += sum(not on[1 + step] for step in steps)
    return sent / (len(clips) * len(steps))


def _share(clips: list[Floats], threshold: float) -> float:
    """Share of clips in which a voice is found."""
    return float(np.mean([(scores >= threshold).sum() >= LEAST_FRAMES for scores in clips])) if clips else 0.0


if __name__ == "__main__":
    run(main)
