import numpy as np

from made_frontends import MEL, SIZES, made
from whipbird.models.frontends.log_mel import LogMelSettings


def test_digital_silence_is_at_the_floor():
    np.testing.assert_allclose(made(LogMelSettings(**SIZES[0], **MEL)).silence(), -100)
    np.testing.assert_allclose(made(LogMelSettings(**SIZES[0], **MEL, floor=1e-6)).silence(), -60)
