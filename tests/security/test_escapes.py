"""Functions that try to get out: what docs/security.md promises is what they get."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pyseccomp  # type: ignore[import-untyped]
import pytest

from gettone.sandbox.filters import DENIED
from tests.security.prison import LANGUAGES, ROOT, Prison, open_prison
from tests.security.promises import ATTEMPTS, NOTHING_TO_GET, read_promises

pytestmark = [pytest.mark.needs("bwrap"), pytest.mark.xdist_group("escapes")]

NOBODY = 65534
LAST_CALL = 480  # beyond what any kernel of today has
IS_ROOT = os.geteuid() == 0
# What is attempted without a sandbox must not reach this machine's mounts.
APART = ("unshare", "--mount") if IS_ROOT else ("unshare", "--map-root-user", "--mount")


# What lies in root's own folders is shown to others, by mounts that only they see: $0 holds what $1 names meanwhile.
AS_NOBODY = f"""
IFS=:
count=0
for path in $1; do count=$((count + 1)); mkdir "$0/$count"; mount --rbind "$path" "$0/$count"; done
count=0
for path in $1; do
    count=$((count + 1))
    top=
    at=$(dirname "$path")
    while [ "$at" != / ]; do
        setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups test -x "$at" || top="$at"
        at=$(dirname "$at")
    done
    if [ "$top" ]; then
        mount -t tmpfs -o mode=755 none "$top"
        mkdir -p "$path"
        mount --rbind "$0/$count" "$path"
    fi
done
shift
exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups "$@"
"""


@pytest.fixture(scope="module")
def confined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prison]:
    """Everybody in bubblewrap, started by whoever runs the tests."""
    with open_prison(tmp_path_factory.mktemp("confined"), "bubblewrap") as prison:
        yield prison


def made(prison: Prison) -> dict[str, list[str]]:
    """What each language got, by attempt. Not what it was: that may be a secret of this machine."""
    found: dict[str, list[str]] = {}
    for language in LANGUAGES:
        for name in prison.attempts(language):
            if prison.attempt(language, name).got:
                found.setdefault(name, []).append(language)
    return found


def test_every_attempt_is_made_on_a_promise_and_every_promise_is_attacked(confined: Prison) -> None:
    """The page, the table of attempts and the functions tell of the same."""
    names = {name for language in LANGUAGES for name in confined.attempts(language)}

    assert names == {name for attempts in ATTEMPTS.values() for name in attempts}
    assert set(read_promises()) == set(ATTEMPTS)
    assert min(len(confined.attempts(language)) for language in LANGUAGES) >= 40


def test_nothing_gets_out_of_bubblewrap(confined: Prison) -> None:
    """In both languages; the neighbour and the gateway go on."""
    programs = confined.server.programs()

    assert made(confined) == {}
    assert all(kept["bubblewrap"] for kept in read_promises().values())
    assert confined.neighbour_answers()
    assert confined.server.programs() == programs


def test_every_system_call_is_made(confined: Prison) -> None:
    """Those that are denied are refused, whatever the rest comes to; and everybody lives."""
    programs = confined.server.programs()
    found: dict[int, str] = {}
    for first in range(0, LAST_CALL, 50):
        event = {"attempt": "sweep", "first": first, "last": min(first + 50, LAST_CALL)}
        status, body = confined.call("python", event)
        assert status == 200, body
        found |= {int(number): came for number, came in json.loads(body).items()}
    denied = {number: found[number] for name in DENIED if 0 <= (number := number_of(name)) < LAST_CALL}

    assert len(found) == LAST_CALL
    assert len(denied) > 60
    assert {number: came for number, came in denied.items() if came != "EPERM"} == {}
    assert confined.neighbour_answers()
    assert confined.server.programs() == programs


def number_of(name: str) -> int:
    """The number of a system call here, by libseccomp; negative where there is none."""
    number: int = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    return number


@pytest.mark.skipif(not IS_ROOT, reason="needs root, which gives guests users of their own")
def test_guests_are_users_of_their_own_on_the_host(confined: Prison) -> None:
    """Nobody in a sandbox is root outside, and no two Node guests are the same."""
    users = confined.users_of_guests()

    assert 0 not in users
    assert len(set(users)) >= 2


@pytest.mark.skipif(not IS_ROOT, reason="needs root, to become another user")
def test_nothing_gets_out_of_an_ordinary_user_s_sandbox(tmp_path: Path) -> None:
    """Without root's help: namespaces of users do the same."""
    tmp_path.chmod(0o777)
    for folder in tmp_path.parents:
        if folder.stat().st_uid == os.geteuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    (tmp_path / "held").mkdir()
    become = ("unshare", "--mount", "sh", "-ec", AS_NOBODY, str(tmp_path / "held"), f"{sys.base_prefix}:{ROOT}")
    with open_prison(tmp_path, "bubblewrap", become) as prison:
        got = made(prison)

    assert got == {}


def test_without_a_sandbox_nothing_is_kept(tmp_path: Path) -> None:
    """As the page says: so the attempts are real ones."""
    with open_prison(tmp_path, "off", APART) as prison:
        got = made(prison)

    for promise, attempts in ATTEMPTS.items():
        assert not read_promises()[promise]["off"]
        for name in set(attempts) - NOTHING_TO_GET:
            assert name in got, f"{name} got nothing, with nothing in its way"
