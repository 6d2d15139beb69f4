"""Waiting for what is to come, as long as it takes on a busy machine."""

import time

LIMIT_S = 120  # ends a wait in vain, and measures nothing


def wait_until(condition, seconds=LIMIT_S):
    """Ask until the answer is true, and return it."""
    until_s = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < until_s, "waited in vain"
        time.sleep(0.01)
    return answer
