"""Which answers hold the right token."""

from __future__ import annotations

import json
import time

import pytest

from benchmarks import specimen
from gettone.tokens import AccessToken, VideoGrant


def mint(identity: str = specimen.identity(0), room: str = specimen.ROOM, secret: str = specimen.API_SECRET) -> str:
    """Mint a token, right unless told otherwise."""
    token = AccessToken(specimen.ACCOUNT_SID, specimen.API_KEY, secret, identity=identity)
    token.add_grant(VideoGrant(room=room))
    return token.to_jwt()


def test_right_token_has_no_fault() -> None:
    """What everybody has to mint is accepted."""
    body = json.dumps({"token": mint()}).encode()

    assert specimen.fault_of_answer(body, specimen.identity(0)) is None


@pytest.mark.parametrize(
    ("token", "fault"),
    [
        (mint(identity="mallory"), "grants"),
        (mint(room="other"), "grants"),
        (mint(secret="another-secret-that-is-long-enough-for-anyone"), "signature"),
        (mint()[:-2], "signature"),
        ("a.b", "three parts"),
    ],
)
def test_wrong_token_is_told_apart(token: str, fault: str) -> None:
    """A token for another caller or room, or signed otherwise, does not count."""
    assert fault in str(specimen.fault_of_token(token, specimen.identity(0), time.time()))


def test_token_that_is_over_is_told_apart() -> None:
    """A token of yesterday is no work of today."""
    assert specimen.fault_of_token(mint(), specimen.identity(0), time.time() + 86400) == "the token's end is wrong"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"token": 1}', b"<html>"])
def test_answer_without_token_is_told_apart(body: bytes) -> None:
    """Whatever else an answer is, it is not counted."""
    assert specimen.fault_of_answer(body, specimen.identity(0)) is not None


def test_all_requests_have_one_length() -> None:
    """So that all answers of a server have one layout."""
    assert len({len(specimen.request_body(number)) for number in (0, 9, 10, 31, 999)}) == 1
