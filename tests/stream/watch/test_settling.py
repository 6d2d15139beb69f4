"""Settled files: each version is returned once, never too early, and always in the end."""

from hypothesis import given
from hypothesis import strategies as st

from whipbird.recordings.files import Version
from whipbird.watch.settling import Settling

SETTLE_S = 5.0


def found(**sizes):
    return {name: Version(name, size, size) for name, size in sizes.items()}


def names(versions):
    return sorted(version.path for version in versions)


def test_an_unchanged_file_settles_once():
    settling = Settling(SETTLE_S)
    assert settling.update(found(a=1), 0.0) == []
    assert settling.due_s == 5.0
    assert settling.update(found(a=1), 4.9) == []
    assert names(settling.update(found(a=1), 5.0)) == ["a"]
    assert settling.update(found(a=1), 99.0) == []
    assert settling.due_s is None
    assert settling.unsettled == 0


def test_a_growing_file_settles_when_it_stops():
    settling = Settling(SETTLE_S)
    for second in range(10):
        assert settling.update(found(a=second), float(second)) == []
    assert settling.update(found(a=9), 13.9) == []
    assert names(settling.update(found(a=9), 14.0)) == ["a"]


def test_a_restarted_file_settles_again():
    settling = Settling(SETTLE_S)
    settling.update(found(a=1), 0.0, {"a"})
    settling.restart("a", 10.0)
    settling.restart("never seen", 10.0)
    assert settling.update(found(a=1), 14.0) == []
    assert names(settling.update(found(a=1), 15.0)) == ["a"]


looks = st.lists(
    st.tuples(
        st.floats(0.1, 4.0), st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)), st.sets(st.sampled_from("abc"))
    ),
    max_size=30,
)


@given(looks)
def test_returned_if_and_only_if_unchanged_for_long_enough_or_renamed(looks):
    settling = Settling(SETTLE_S)
    now_s = 0.0
    since: dict[str, tuple[int, float, bool]] = {}  # size, time when first seen with this size, whether returned
    for pause_s, sizes, renamed in looks:
        now_s += pause_s
        returned_now = names(settling.update(found(**sizes), now_s, renamed))
        expected = []
        for name in list(since):
            if name not in sizes:
                del since[name]
        for name, size in sizes.items():
            if name not in since or since[name][0] != size:
                since[name] = size, now_s, False
            _, first_s, returned_before = since[name]
            if not returned_before and (name in renamed or now_s >= first_s + SETTLE_S):
                expected.append(name)
                since[name] = size, first_s, True
        assert returned_now == sorted(expected)
    last = {name: size for name, (size, _, _) in since.items()}
    late = names(settling.update(found(**last), now_s + SETTLE_S))
    assert late == sorted(name for name, (_, _, returned_before) in since.items() if not returned_before)
