"""Which loads start, and which revision is served when: pure."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.gateway.course import Course, End
from gettone.routes.segment import Manifest, SegmentEntry, SegmentKind
from tests.routes.samples import AT


def entry(owner: str, version: int) -> SegmentEntry:
    """A version of an owner's segment."""
    return SegmentEntry(owner, SegmentKind.ENVIRONMENT, f"{owner}{version}".rjust(64, "0"), 100)


def manifest(revision: int, **versions: int) -> Manifest:
    """A manifest of these owners in these versions."""
    return Manifest("c", revision, AT, tuple(entry(owner, version) for owner, version in sorted(versions.items())))


def test_only_what_changed_is_loaded() -> None:
    """An owner whose digest is the same is left alone."""
    course = Course()
    for start in course.announce(manifest(1, a=1, b=1)).starts:
        course.land(start, End.LOADED)

    moves = course.announce(manifest(2, a=1, b=2))

    assert (moves.starts, moves.gone) == ((entry("b", 2),), ())


def test_same_manifest_again_starts_nothing() -> None:
    """As after a new connection: equal digest, nothing happens."""
    course = Course()
    for start in course.announce(manifest(1, a=1)).starts:
        course.land(start, End.LOADED)

    moves = course.announce(manifest(1, a=1))

    assert (moves.starts, moves.gone, course.served) == ((), (), 1)


def test_newer_manifest_waits_for_the_load_under_way() -> None:
    """What was nearly there is served, then the newest: a stream of publications delays none for ever."""
    course = Course()
    course.announce(manifest(1, a=1))
    assert course.announce(manifest(2, a=2)).starts == ()
    assert course.announce(manifest(3, a=3)).starts == ()

    landing = course.land(entry("a", 1), End.LOADED)

    assert (landing.is_served, landing.next, course.served) == (True, entry("a", 3), 1)
    assert course.land(entry("a", 3), End.LOADED).next is None
    assert course.served == 3


def test_slow_owner_holds_back_the_report_and_nobody_else() -> None:
    """`b` is served while `a` is under way; the revision counts once both are."""
    course = Course()
    course.announce(manifest(1, a=1, b=1))

    assert course.land(entry("b", 1), End.LOADED).is_served
    assert course.served == 0
    course.land(entry("a", 1), End.FAILED)
    assert (course.served, course.failed) == (1, frozenset({"a"}))


def test_what_failed_is_tried_again_with_the_next_announcement() -> None:
    """Also with the same manifest, over a new connection."""
    course = Course()
    course.announce(manifest(1, a=1))
    course.land(entry("a", 1), End.FAILED)

    assert course.announce(manifest(1, a=1)).starts == (entry("a", 1),)
    assert course.failed == frozenset()


def test_what_was_put_off_is_not_served_yet() -> None:
    """Control went away in the middle: the revision counts once the rest has come."""
    course = Course()
    course.announce(manifest(1, a=1))
    course.land(entry("a", 1), End.PUT_OFF)
    assert course.served == 0

    (start,) = course.announce(manifest(1, a=1)).starts
    assert course.served == 0
    course.land(start, End.LOADED)
    assert course.served == 1


def test_what_is_gone_is_not_served_when_it_lands() -> None:
    """An environment that was deleted while it was loaded."""
    course = Course()
    course.announce(manifest(1, a=1))

    assert course.announce(manifest(2)).gone == ("a",)
    assert not course.land(entry("a", 1), End.LOADED).is_served
    assert course.served == 2


def test_going_back_to_what_is_served_needs_no_load() -> None:
    """A rollback that overtakes the deployment it undoes."""
    course = Course()
    course.announce(manifest(1, a=1))
    course.land(entry("a", 1), End.LOADED)
    course.announce(manifest(2, a=2))
    course.announce(manifest(3, a=1))

    landing = course.land(entry("a", 2), End.LOADED)

    assert (landing.is_served, landing.next, course.served) == (False, None, 3)


def test_doubted_segment_is_loaded_once_more() -> None:
    """A content of it was found damaged; it is loaded again at once, and not twice."""
    course = Course()
    course.announce(manifest(1, a=1))
    course.land(entry("a", 1), End.LOADED)

    assert (course.doubt("a"), course.doubt("a"), course.doubt("b")) == (entry("a", 1), None, None)
    assert course.land(entry("a", 1), End.LOADED).is_served


@pytest.mark.parametrize("has_loaded", [True, False])
def test_resumed_state_counts_as_served(has_loaded: bool) -> None:
    """What could not be read from the disk is loaded with the first announcement."""
    course = Course()
    course.resume(
        manifest(7, a=1, b=1), {"a": entry("a", 1).digest} | ({"b": entry("b", 1).digest} if has_loaded else {})
    )

    assert (course.served, course.told) == (7, 7)
    assert course.announce(manifest(7, a=1, b=1)).starts == (() if has_loaded else (entry("b", 1),))
    assert (course.served, course.told) == (7, 7 if has_loaded else 6)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=40))
def test_every_course_of_events_ends_with_the_newest_served(seed: int, steps: int) -> None:
    """Whatever is announced, lands or fails in whatever order: one load an owner at most, no revision back.

    A revision counts as served only while nothing that it changed is still to be loaded.
    """
    chance = random.Random(seed)
    course = Course()
    flying: list[SegmentEntry] = []
    served: dict[str, str] = {}
    wanted: dict[str, int] = {}
    revision = reported = 0
    for _ in range(steps):
        if flying and chance.random() < 0.6:
            landed = flying.pop(chance.randrange(len(flying)))
            landing = course.land(landed, chance.choice((End.LOADED, End.LOADED, End.LOADED, End.FAILED, End.PUT_OFF)))
            if landing.is_served:
                served[landed.owner] = landed.digest
            if landing.next is not None:
                flying.append(landing.next)
        else:
            revision += 1
            wanted = {owner: version for owner in "abc" if (version := chance.randrange(4))}
            moves = course.announce(manifest(revision, **wanted))
            flying += moves.starts
            for owner in moves.gone:
                served.pop(owner, None)
        assert len({each.owner for each in flying}) == len(flying)
        assert reported <= course.served <= revision
        reported = course.served

    while flying:
        landed = flying.pop()
        landing = course.land(landed, End.LOADED)
        if landing.is_served:
            served[landed.owner] = landed.digest
        if landing.next is not None:
            flying.append(landing.next)
    for start in course.announce(manifest(revision, **wanted)).starts if revision else ():
        if course.land(start, End.LOADED).is_served:
            served[start.owner] = start.digest

    assert course.served == revision
    assert served == {owner: entry(owner, version).digest for owner, version in wanted.items()}
