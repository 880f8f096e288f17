"""A token beside an answer: for whom, what it opens, until when, who signed it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gettone.console.token_facts import facts_of
from gettone.control.token_desk import Check, Verdict
from gettone.tokens import AccessToken, UnverifiedToken, VideoGrant, VoiceGrant, decode

ACCOUNT, KEY, SECRET = "AC" + "a" * 32, "SK" + "b" * 32, "c" * 32


def test_grants_are_told_in_words() -> None:
    """What is nested stands behind the name that it is under."""
    token = AccessToken(ACCOUNT, KEY, SECRET, identity="alice", ttl=60)
    token.add_grant(VideoGrant(room="standup"))
    token.add_grant(VoiceGrant(outgoing_application_sid="AP1", incoming_allow=True))
    facts = facts_of(decode(token.to_jwt()), None)

    assert (facts.identity, facts.signing_key, facts.verdict, facts.state) == ("alice", KEY, "unchecked", "warn")
    assert dict(facts.grants)["video"] == "room standup"
    assert "outgoing application_sid AP1" in dict(facts.grants)["voice"]
    assert "incoming allow true" in dict(facts.grants)["voice"]
    assert facts.expires_at is not None
    assert facts.expires_at > datetime.now(UTC)


@pytest.mark.parametrize(
    ("verdict", "word", "state"),
    [
        (Verdict.GOOD, "verified", "ok"),
        (Verdict.EXPIRED, "over", "warn"),
        (Verdict.FORGED, "forged", "bad"),
        (Verdict.STRANGE, "strange", "warn"),
        (Verdict.REFUSED, "refused", "bad"),
    ],
)
def test_verdict_has_its_word(verdict: Verdict, word: str, state: str) -> None:
    """And its colour."""
    facts = facts_of(UnverifiedToken({}, {}), Check(verdict))

    assert (facts.verdict, facts.state) == (word, state)


def test_old_secret_is_told() -> None:
    """It is good, and not for long."""
    until = datetime(2026, 11, 24, 18, tzinfo=UTC)

    assert facts_of(UnverifiedToken({}, {}), Check(Verdict.GOOD, previous_until=until)).verdict == "previous"


@pytest.mark.parametrize("value", [None, "soon", True, -1, 1 << 80, 1.5])
def test_end_that_is_no_time_is_none(value: str | bool | float | None) -> None:
    """A token may say anything."""
    assert facts_of(UnverifiedToken({}, {"exp": value}), None).expires_at is None


def test_strange_token_is_told_all_the_same() -> None:
    """Whatever stands in it is text, and bounded."""
    facts = facts_of(UnverifiedToken({}, {"grants": {"identity": 7, "x": ["y"]}, "iss": "k" * 5000}), None)

    assert facts.identity == "7"
    assert facts.grants == (("x", "['y']"),)
    assert len(facts.signing_key) == 300
