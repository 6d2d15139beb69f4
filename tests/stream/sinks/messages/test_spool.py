"""Spools: nothing is lost whatever happens, in order; the disk fails as SQLite fails when it cannot write."""

import itertools
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whipbird.errors import OutputError
from whipbird.sinks.messages import spool as module
from whipbird.sinks.messages.message import Message
from whipbird.sinks.messages.spool import MOST_IN_MEMORY, Spool, spool_name

KB = 1000


def message(number, size=10):
    return Message("event", f"{number:032x}", bytes(size))


def numbers(entries):
    return [int(entry.message.id, 16) for entry in entries]


def drain(spool, most=1000):
    """Take and deliver all; returns the numbers of what was."""
    found = []
    while batch := spool.take(most):
        found += numbers(batch)
        spool.done(batch)
    return found


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(module, "RETRY_S", 0.0)


def set_writable(spool, writable):
    spool._file._connection.execute(f"PRAGMA query_only = {'OFF' if writable else 'ON'}")


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 5)),
        st.tuples(st.just("take"), st.integers(1, 4)),
        st.tuples(st.sampled_from(["deliver", "fail", "restart", "kill", "disk fails", "disk works"]), st.just(0)),
    ),
    max_size=40,
)


@given(OPERATIONS)
def test_whatever_happens_each_is_delivered_in_order_and_none_is_lost(tmp_path_factory, operations):
    folder = tmp_path_factory.mktemp("spool")
    places = (folder / str(number) for number in itertools.count())
    place = next(places)
    spool = Spool(place, "x")
    added = itertools.count()
    waiting, unsaved, delivered, in_hand = [], set(), [], []
    disk_works = True

    def again(place):
        spool = Spool(place, "x")
        assert spool.kept == spool.waiting
        return spool

    for what, count in operations:
        if what == "add":
            new = list(itertools.islice(added, count))
            assert spool.add([message(number) for number in new])
            waiting += new
            unsaved |= set() if disk_works else set(new)
        elif what == "take" and not in_hand:
            in_hand = spool.take(count)
            assert numbers(in_hand) == waiting[: len(in_hand)]
            assert bool(in_hand) == bool(waiting)
        elif what == "deliver":
            spool.done(in_hand)
            delivered += numbers(in_hand)
            waiting = waiting[len(in_hand) :]
            in_hand = []
        elif what == "fail":
            spool.give_back(in_hand)
            in_hand = []
        elif what in ("disk fails", "disk works"):
            disk_works = what == "disk works"
            set_writable(spool, disk_works)
            spool.save()
            if disk_works:
                unsaved = set()
        elif what in ("restart", "kill"):
            if what == "restart":
                spool.give_back(in_hand)
                set_writable(spool, True)
                unsaved = set()
                spool.close()
            else:
                former, place = place, next(places)
                shutil.copytree(former, place)
                spool.close()
            in_hand = []
            spool = again(place)
            entries = []
            while batch := spool.take(1000):
                entries += batch
            spool.give_back(entries)
            there = numbers(entries)
            assert there == sorted(there)
            assert [number for number in waiting if number not in unsaved] == [n for n in there if n in waiting]
            assert set(there) <= {*waiting, *delivered}
            waiting, unsaved, disk_works = there, set(), True
        assert spool.waiting == len(waiting)
    spool.give_back(in_hand)
    assert drain(spool) == waiting
    spool.close()


def test_what_is_taken_by_several_and_given_back_comes_first(tmp_path):
    spool = Spool(tmp_path, "x")
    spool.add([message(number) for number in range(6)])
    one, two, three = spool.take(2), spool.take(2), spool.take(1)
    spool.give_back(two)
    spool.give_back(one)
    spool.done(three)
    assert drain(spool, 1) == [0, 1, 2, 3, 5]
    assert spool.waiting == 0
    spool.close()


def test_what_is_done_does_not_come_back_though_what_came_before_is_not(tmp_path):
    spool = Spool(tmp_path, "x")
    spool.add([message(number) for number in range(3)])
    slow, quick = spool.take(1), spool.take(1)
    spool.done(quick)
    assert spool.kept == 2
    spool.give_back(slow)
    spool.close()
    spool = Spool(tmp_path, "x")
    assert drain(spool) == [0, 2]
    spool.close()


def test_there_is_a_limit_on_disk_and_what_finds_no_room_is_refused(tmp_path):
    spool = Spool(tmp_path, "x", most_bytes=10 * KB)
    kept = sum(spool.add([message(number, KB)]) for number in range(20))
    assert kept == 10
    spool.done(spool.take(4))
    assert sum(spool.add([message(number, KB)]) for number in range(20, 40)) == 4
    assert drain(spool) == [4, 5, 6, 7, 8, 9, 20, 21, 22, 23]
    spool.close()


@pytest.mark.parametrize("limits", [{"folder": None}, {"most_bytes": 0}])
def test_without_a_disk_memory_has_a_limit_too(tmp_path, limits):
    spool = Spool(**{"folder": tmp_path, "name": "x", **limits})
    kept = sum(spool.add([message(number)]) for number in range(MOST_IN_MEMORY + 7))
    assert kept == MOST_IN_MEMORY
    assert (spool.trouble, spool.path, spool.kept) == ("", None, 0)
    assert drain(spool) == list(range(MOST_IN_MEMORY))
    assert not list(tmp_path.iterdir())


def test_a_place_that_comes_later_is_used_then(tmp_path):
    (tmp_path / "place").touch()
    spool = Spool(tmp_path / "place", "x")
    assert str(tmp_path / "place") in spool.trouble
    spool.add([message(0)])
    (tmp_path / "place").unlink()
    spool.add([message(1)])
    assert (spool.trouble, spool.kept) == ("", 2)
    assert drain(spool) == [0, 1]
    spool.close()


@pytest.mark.parametrize("folder", [True, False])
def test_what_must_be_kept_once_is(tmp_path, folder):
    spool = Spool(tmp_path if folder else None, "x")
    spool.add_once([message(0), message(1)], "one")
    spool.add_once([message(0), message(1)], "one")
    assert drain(spool) == [0, 1]
    if folder:
        shutil.copytree(tmp_path, tmp_path / "killed")
        spool.close()
        spool = Spool(tmp_path / "killed", "x")
    spool.add_once([message(0), message(1)], "one")
    spool.add_once([message(2)], "two")
    assert drain(spool) == [2]
    spool.close()


def test_what_must_be_kept_and_cannot_be_is_not(tmp_path):
    spool = Spool(tmp_path, "x", most_bytes=KB)
    set_writable(spool, False)
    with pytest.raises(OutputError, match="cannot be written to"):
        spool.add_once([message(0)], "one")
    set_writable(spool, True)
    spool.add_once([message(0, KB)], "one")
    with pytest.raises(OutputError, match="is full"):
        spool.add_once([message(1)], "two")
    assert drain(spool) == [0]
    spool.close()


def test_two_at_once_have_files_of_their_own_and_who_goes_on_adopts_what_the_other_leaves(tmp_path):
    one, two = Spool(tmp_path, "x"), Spool(tmp_path, "x")
    assert (one.path.name, two.path.name) == ("x.sqlite", "x-2.sqlite")
    one.add([message(0)])
    two.add([message(1), message(2)])
    assert one.adopt() == 0
    two.close()
    assert one.adopt() == 2
    assert one.adopt() == 0
    assert drain(one) == [0, 1, 2]
    one.close()


def test_names_do_not_tell_addresses_and_differ():
    names = {spool_name("webhook", "https://host/secret"), spool_name("webhook", "https://host/other")}
    assert len(names) == 2
    assert all("secret" not in name and name.startswith("webhook-") for name in names)


def test_a_full_disk_loses_nothing_and_holds_nothing_up(small_disk):
    spool = Spool(small_disk.folder, "x")
    spool.add([message(number, KB) for number in range(100)])
    small_disk.fill()
    count = 100
    while not spool.trouble:
        assert spool.add([message(count, KB)])
        count += 1
    for _ in range(500):
        assert spool.add([message(count, KB)])
        count += 1
    found = []
    while len(found) < count - 100:  # into what was never on the disk
        batch = spool.take(10)
        found += numbers(batch)
        spool.done(batch)
    assert spool.trouble
    small_disk.free()
    spool.save()
    assert (spool.trouble, spool.kept) == ("", count - len(found))
    found += drain(spool)
    assert found == list(range(count))
    spool.close()
