"""Which clips stay, whatever came in whatever order."""

from hypothesis import given
from hypothesis import strategies as st

from whipbird.sinks.retention import FileIndex, KeptFile, Retention

NOW = 1_000.0
CLIPS = st.lists(
    st.builds(
        KeptFile,
        written=st.floats(0, NOW),
        name=st.uuids().map(str),
        label=st.sampled_from(["yes", "no", "up"]),
        size=st.integers(0, 100),
    ),
    max_size=30,
)
LIMITS = st.builds(
    Retention,
    age_s=st.none() | st.floats(0, 2 * NOW),
    most_bytes=st.none() | st.integers(0, 1500),
    per_label=st.none() | st.integers(1, 12),
)


def within(limits, clips):
    """Whether clips may all stay."""
    return (
        (limits.age_s is None or all(clip.written >= NOW - limits.age_s for clip in clips))
        and (limits.most_bytes is None or sum(clip.size for clip in clips) <= limits.most_bytes)
        and (
            limits.per_label is None
            or all(sum(clip.label == label for clip in clips) <= limits.per_label for label in ("yes", "no", "up"))
        )
    )


@given(LIMITS, CLIPS, st.integers(0, 30))
def test_what_stays_is_within_the_limits_and_no_more_goes_than_must(limits, clips, known):
    index = FileIndex(limits, clips[:known])
    gone = []
    for clip in clips[known:]:
        index.add(clip)
        gone += index.due(NOW)
    gone += index.due(NOW)
    stay = [clip for clip in clips if clip not in gone]
    assert len(gone) == len(set(gone))
    assert within(limits, stay)
    assert index.due(NOW) == []
    # Of those that were there at the same time, the last to go was one too many.
    if known >= len(clips) and gone:
        assert not within(limits, [*stay, gone[-1]])


@given(LIMITS, CLIPS)
def test_the_oldest_go_first(limits, clips):
    gone = FileIndex(limits, clips).due(NOW)
    stay = [clip for clip in clips if clip not in gone]
    for label in ("yes", "no", "up"):
        newest_gone = max((clip for clip in gone if clip.label == label), default=None)
        oldest_kept = min((clip for clip in stay if clip.label == label), default=None)
        assert newest_gone is None or oldest_kept is None or newest_gone < oldest_kept
    if limits.per_label is None:
        assert sorted(clips)[: len(gone)] == sorted(gone)


def test_without_limits_nothing_is_remembered():
    index = FileIndex(Retention())
    index.add(KeptFile(0.0, "a", "yes", 10))
    assert index.due(1e12) == []
