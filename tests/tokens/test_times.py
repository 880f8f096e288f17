"""Clocks differ, step and run past 2038; a fresh token is good all the same, and none lives for ever."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gettone.tokens import (
    ClaimError,
    ExpiredTokenError,
    LifetimeError,
    NotYetValidError,
    TokenError,
    TtlError,
    decode,
    verify,
)
from tests.tokens.samples import ABSENT, KEYS, NOW, make_token, mint, token_with

MOMENTS = {
    "the first second": 0,
    "the leap second of 2016": 1_483_228_800,
    "the end of summer time": 1_698_541_200,
    "the last second of 32 signed bits": 2**31 - 1,
    "the first second after it": 2**31,
    "the end of 32 unsigned bits": 2**32,
    "the year 9999": 253_402_300_799,
}


@given(skew=st.integers(-300, 300), ttl=st.integers(331, 86_400), age=st.integers(0, 30))
@settings(deadline=None)
def test_fresh_token_is_good_on_a_verifier_whose_clock_is_off(skew: int, ttl: int, age: int) -> None:
    """Up to five minutes either way, a fresh token of any sensible ttl is believed without a leeway."""
    token = make_token()
    token.ttl = ttl

    assert verify(mint(token), KEYS, now=NOW + age + skew).identity == "alice"


@given(skew=st.integers(-30, 30))
def test_official_python_token_is_good_with_a_leeway(skew: int) -> None:
    """Its nbf is the minter's now, so a verifier whose clock is behind needs the leeway it can ask for."""
    token = token_with(claims={"iat": ABSENT, "nbf": NOW})

    assert verify(token, KEYS, now=NOW + skew, leeway_seconds=30).identity == "alice"


def test_clock_that_steps_back_spoils_nothing() -> None:
    """A token minted after the clock was set back has that clock's times, and a jti of its own."""
    token = make_token()
    before, after = mint(token, now=NOW, nonce="a1"), mint(token, now=NOW - 1000, nonce="a2")

    assert verify(before, KEYS, now=NOW - 200).issued_at == NOW
    assert verify(after, KEYS, now=NOW - 1000).issued_at == NOW - 1000


def test_twilio_tokens_begin_without_a_claim() -> None:
    """iat is the clock exactly, not set back, and nbf is absent unless asked for."""
    claims = decode(mint(make_token())).claims

    assert claims["iat"] == NOW
    assert "nbf" not in claims


@given(ttl=st.integers())
def test_ttl_is_between_a_second_and_a_day(ttl: int) -> None:
    """Every other ttl is refused, and every minted token lives exactly as long as was asked."""
    token = make_token()
    token.ttl = ttl
    if 1 <= ttl <= 86_400:
        assert decode(mint(token)).claims["exp"] == NOW + ttl
    else:
        with pytest.raises(TtlError):
            mint(token)


@given(ttl=st.none() | st.integers(1, 86_400), valid_until=st.none() | st.integers(NOW + 1, NOW + 86_400))
def test_exp_is_always_there_and_a_whole_number(ttl: int | None, valid_until: int | None) -> None:
    """However the end is given, it is written, and as an integer."""
    token = make_token()
    token.valid_until = valid_until
    claims = decode(mint(token, ttl=ttl)).claims

    assert type(claims["exp"]) is int
    assert claims["exp"] == (NOW + ttl if ttl else valid_until or NOW + 3600)


@given(nbf=st.integers(), ttl=st.integers(1, 86_400))
def test_end_is_after_the_beginning(nbf: int, ttl: int) -> None:
    """A window that can never be open is refused when it is asked for."""
    token = make_token()
    token.nbf, token.ttl = nbf, ttl
    if 0 <= nbf < NOW + ttl:
        assert decode(mint(token)).claims["nbf"] == nbf
    else:
        with pytest.raises(TtlError):
            mint(token)


@pytest.mark.parametrize("now", MOMENTS.values(), ids=MOMENTS)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Rome", "Pacific/Kiritimati"])
def test_any_moment_in_any_zone_is_a_moment(now: int, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds since 1970 know neither summer time nor 32 bits."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        verified = verify(mint(make_token(), now=now), KEYS, now=now)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert (verified.issued_at, verified.expires_at) == (now, now + 3600)


def test_token_ends_at_its_end() -> None:
    """In the second before exp it is good, at exp it is not."""
    token = mint(make_token())

    assert verify(token, KEYS, now=NOW + 3599).expires_at == NOW + 3600
    with pytest.raises(ExpiredTokenError, match="expired 0 seconds ago"):
        verify(token, KEYS, now=NOW + 3600)


def test_leeway_counts_at_both_ends() -> None:
    """It is granted to exp and to nbf, to the second."""
    token = token_with(claims={"iat": NOW, "nbf": NOW + 100, "exp": NOW + 200})

    for now in (NOW + 90, NOW + 209):
        assert verify(token, KEYS, now=now, leeway_seconds=10).identity == "alice"
    with pytest.raises(NotYetValidError):
        verify(token, KEYS, now=NOW + 89, leeway_seconds=10)
    with pytest.raises(ExpiredTokenError):
        verify(token, KEYS, now=NOW + 210, leeway_seconds=10)


def test_token_of_a_far_future_is_refused() -> None:
    """A minter whose clock is more than five minutes ahead is told to compare the clocks."""
    with pytest.raises(NotYetValidError, match="compare the clocks"):
        verify(mint(make_token(), now=NOW + 301), KEYS, now=NOW)


def test_token_without_an_end_is_refused() -> None:
    """exp is required."""
    with pytest.raises(ClaimError, match="exp is missing"):
        verify(token_with(claims={"exp": ABSENT}), KEYS, now=NOW)


@pytest.mark.parametrize("changes", [{"iat": NOW + 60, "exp": NOW + 60}, {"iat": NOW, "nbf": NOW, "exp": NOW}])
def test_token_that_ends_before_it_begins_is_refused(changes: dict[str, Any]) -> None:
    """Times that cannot all be true make no good token at any moment."""
    token = token_with(claims=changes)
    for now in range(NOW - 10, NOW + 70, 10):
        with pytest.raises(TokenError):
            verify(token, KEYS, now=now)
    with pytest.raises(LifetimeError, match="ends before it begins"):
        verify(token, KEYS, now=NOW - 1 if changes["exp"] == NOW else NOW, leeway_seconds=1)
