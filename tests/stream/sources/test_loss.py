from whipbird.sources.loss import LossMeter

RATE_HZ = 48_000
BLOCK_S = 0.02


def listen(meter, seconds, begin_s=0.0, lost=0, latency_s=0.05, jitter_s=(0.0, 0.004, 0.011, 0.002)):
    """Sound arrives in blocks, late by the latency and some jitter; returns its end and the number of samples."""
    for number in range(round(seconds / BLOCK_S)):
        sound_s = begin_s + (number + 1) * BLOCK_S
        received = round(sound_s * RATE_HZ) - lost
        meter.update(sound_s + latency_s + jitter_s[number % len(jitter_s)], received)
    return sound_s, received


def test_a_steady_stream_misses_nothing_but_jitter():
    meter = LossMeter(RATE_HZ)
    end_s, received = listen(meter, 10)
    assert meter.missing(end_s + 0.05, received) == 0
    assert meter.missing(end_s + 0.05 + 0.011, received) <= 0.011 * RATE_HZ


def test_before_the_first_samples_nothing_can_be_missing():
    assert LossMeter(RATE_HZ).missing(100.0, 0) == 0


def test_lost_samples_are_measured_to_within_the_jitter():
    meter = LossMeter(RATE_HZ)
    end_s, received = listen(meter, 10)
    lost = meter.missing(end_s + 3 + 0.05, received)
    assert abs(lost - 3 * RATE_HZ) <= 0.011 * RATE_HZ


def test_samples_counted_as_lost_are_not_missing_again():
    meter = LossMeter(RATE_HZ)
    end_s, received = listen(meter, 10)
    now_s = end_s + 3 + 0.05
    received += meter.missing(now_s, received)
    meter.update(now_s, received)
    assert meter.missing(now_s, received) == 0


def test_samples_that_arrive_early_are_not_a_loss():
    meter = LossMeter(RATE_HZ)
    end_s, received = listen(meter, 10)
    assert meter.missing(end_s + 0.05, received + 5_000) == 0


def test_clocks_that_drift_apart_lose_nothing():
    meter = LossMeter(RATE_HZ)
    slow = 1 - 100e-6  # of a sound card; in an hour it falls behind by a third of a second
    for number in range(round(3_600 / 0.5)):
        now_s = 0.5 * number
        received = round(now_s * slow * RATE_HZ)
        assert meter.missing(now_s, received) <= 0.001 * RATE_HZ
        meter.update(now_s, received)
