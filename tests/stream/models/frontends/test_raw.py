import numpy as np

from whipbird.models.frontends.raw import RawFrames


def test_raw_frames_are_the_samples():
    assert RawFrames().push(np.array([1, 2, 3], np.float32)).tolist() == [[1], [2], [3]]
