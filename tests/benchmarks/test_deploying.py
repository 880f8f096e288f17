"""What counts as failed while versions are deployed."""

from __future__ import annotations

from benchmarks.deploying import JAVASCRIPT, PYTHON, Deployed
from benchmarks.steady import Reply

FIRST = Reply(sent_at=0.0, ended_at=1.0, status=200, body="1")
SECOND = Reply(sent_at=1.5, ended_at=2.0, status=200, body="2")
# Asked for before the second version had answered anybody: either will do.
BETWEEN = Reply(sent_at=1.9, ended_at=2.5, status=200, body="1")
LATE = Reply(sent_at=2.1, ended_at=2.6, status=200, body="1")
REFUSED = Reply(sent_at=2.2, ended_at=2.3, status=503, body="away")


def test_older_version_after_a_newer_one_is_told() -> None:
    """What was asked for after a newer version had answered must not be answered by the older one."""
    done = Deployed((), (SECOND, LATE, FIRST, BETWEEN))

    assert done.turned_back == [LATE]
    assert done.failures == []


def test_what_is_not_answered_is_a_failure() -> None:
    """Whatever its body says."""
    done = Deployed((), (FIRST, REFUSED))

    assert done.failures == [REFUSED]
    assert done.turned_back == []


def test_each_version_has_a_source_of_its_own() -> None:
    """In both languages, the number stands in it."""
    for language in (PYTHON, JAVASCRIPT):
        assert b'"17"' in language.content(17)
        assert language.content(17) != language.content(18)
