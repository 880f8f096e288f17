"""Tokens in answers: found where they are, and nothing else is taken for one."""

from __future__ import annotations

import json

import pytest

from gettone.control.tokens_in_answers import find_token
from gettone.tokens import AccessToken, VideoGrant

TOKEN = AccessToken("AC" + "a" * 32, "SK" + "b" * 32, "c" * 32, identity="alice")
TOKEN.add_grant(VideoGrant(room="standup"))
JWT = TOKEN.to_jwt()


@pytest.mark.parametrize(
    "text",
    [
        JWT,
        f"\n{JWT}\n",
        json.dumps(JWT),
        json.dumps({"identity": "alice", "token": JWT}),
        json.dumps({"a": [{"b": None}, {"c": {"d": [1, JWT]}}], "e": "x"}),
    ],
    ids=["bare", "with-blanks", "json-text", "member", "deep"],
)
def test_token_is_found(text: str) -> None:
    """Bare, or anywhere in a JSON document."""
    assert find_token(text) == JWT


def test_first_of_several_is_found() -> None:
    """Those that stand less deep come first."""
    other = JWT.replace(JWT[-4:], "AAAA")

    assert find_token(json.dumps({"deep": {"token": other}, "token": JWT})) == JWT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "a.b.c",
        f"The token is {JWT}",
        JWT.rpartition(".")[0],
        "eyJhIjoxfQxxxxxxxx.eyJhIjoxfQ.aaaaaaaaaaaaaaaa",
        "eyJhIjogMSwgImIiOiAyfQ.eyJhIjoxfQ.aaaaaaaaaaaaaaaa",
        '{"token": 1}',
        "[" * 100_000,
        json.dumps({"token": JWT, "padding": "x" * (1 << 20)}),
    ],
    ids=[
        "empty",
        "text",
        "three-parts",
        "in-a-sentence",
        "two-parts",
        "no-json",
        "no-algorithm",
        "number",
        "nested",
        "long",
    ],
)
def test_nothing_else_is_a_token(text: str) -> None:
    """Nor does looking for one take long, or fail."""
    assert find_token(text) is None
