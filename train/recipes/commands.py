"""The shipped keyword model: log-mel at 16 kHz into a broadcast-residual network (BC-ResNet, arXiv 2106.04140)."""

from __future__ import annotations

from stream.card import LogMelSettings
from train.fit import Settings
from train.keywords import KeywordRecipe
from train.networks import bc_resnet

__all__ = ["recipe"]

WINDOW = 97  # whole frames in one second
WIDTH = 2.0  # times the paper's smallest network
TIME_STRIDE = 2


def recipe() -> KeywordRecipe:
    frontend = LogMelSettings(frame=480, step=160, fft=512, bands=40, low_hz=20, high_hz=8000)
    return KeywordRecipe(
        name="commands",
        description="Ten spoken English commands: down, go, left, no, off, on, right, stop, up, yes.",
        limits="It knows single words said apart. In running speech it takes many a syllable for a command: use it "
        "where people do not talk beside it, or raise the thresholds in its card. English only, some 400 voices.",
        rate_hz=16_000,
        frontend=frontend,
        window=WINDOW,
        network=lambda labels: bc_resnet(WINDOW, frontend.bands, labels, WIDTH, TIME_STRIDE),
        settings=Settings(epochs=120, peak_rate=0.1, weight_decay=0.005, label_smoothing=0.1),
        mask=True,
        synthetic=True,
    )
