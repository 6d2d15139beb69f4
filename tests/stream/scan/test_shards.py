from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from whipbird.scan.shards import FILE_COST_S, SMALLEST_S, WHOLE, Length, divide

lengths = st.lists(
    st.builds(Length, st.uuids().map(str), st.none() | st.floats(0, 200_000), st.booleans()), max_size=30, unique=True
)


@given(lengths, st.integers(1, 100), st.sampled_from([64, 192, 448]), st.integers(0, 10))
def test_pieces_cover_each_recording_once(recordings, workers, grid, first):
    shards = list(divide(recordings, workers, grid, first))
    assert [shard.number for shard in shards] == list(range(first, first + len(shards)))
    pieces = [piece for shard in shards for piece in shard.pieces]
    for one in recordings:
        own = [piece for piece in pieces if piece.path == one.path]
        assert own[0].span.begin_s == 0
        assert own[-1].span.end_s is None
        assert all(before.span.end_s == after.span.begin_s for before, after in pairwise(own))
        assert all(piece.span.begin_s % grid == 0 for piece in own)
        if one.duration_s is not None:
            assert abs(sum(piece.sound_s for piece in own) - one.duration_s) < 1e-6 * (1 + one.duration_s)
            assert own[-1].span.begin_s <= one.duration_s
        assert one.can_cut or len(own) == 1


def test_a_day_is_enough_for_all_cores():
    day = [Length("day.wav", 86_400.0, True)]
    assert len(list(divide(day, 4, 64))) >= 16


def test_tiny_recordings_share_shards():
    tiny = [Length(str(number), 1.0, True) for number in range(200_000)]
    shards = list(divide(tiny, 4, 64))
    assert 50 <= len(shards) <= 100
    few = tiny[:50]
    assert len(list(divide(few, 4, 64))) == 1
    assert 50 * (1 + FILE_COST_S) < SMALLEST_S


def test_without_a_grid_recordings_stay_whole():
    day = [Length("day.wav", 86_400.0, True)]
    (shard,) = divide(day, 4, None)
    assert [piece.span for piece in shard.pieces] == [WHOLE]


@given(st.integers(2, 16), st.integers(1, 30), st.sampled_from([64, 192]))
def test_workers_finish_at_about_the_same_time(workers, hours, grid):
    recordings = [Length(str(number), 3600.0, True) for number in range(hours)]
    finished_s = [0.0] * workers
    for shard in divide(recordings, workers, grid):  # whoever is free takes the next
        finished_s[finished_s.index(min(finished_s))] += shard.sound_s
    assert max(finished_s) - min(finished_s) <= SMALLEST_S + 1.5 * grid + SMALLEST_S / 2
