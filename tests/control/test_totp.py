"""Codes of an authenticator app, as RFC 6238 has them, and what stands in for them."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from gettone.control.totp import (
    digest_of_recovery_code,
    make_recovery_codes,
    make_totp_secret,
    step_of_code,
    uri_of,
)
from tests.control.offices import seeded

# RFC 6238, appendix B: this key, these times, the last six of eight digits.
KEY = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]


def at(seconds: int) -> datetime:
    """A moment, in seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    """Each belongs to its step."""
    assert step_of_code(KEY, code, at(seconds), None) == seconds // 30


def test_code_holds_for_one_step_before_and_after() -> None:
    """Clocks differ; no more than that."""
    code, step = "081804", 1111111109 // 30
    middle = at(step * 30 + 15)
    found = [step_of_code(KEY, code, middle + timedelta(seconds=30 * n), None) for n in (-2, -1, 0, 1, 2)]

    assert found == [None, step, step, step, None]


def test_code_is_taken_once() -> None:
    """The step that was taken, and those before it, are over."""
    step = 1111111109 // 30
    found = [step_of_code(KEY, "081804", at(1111111109), after) for after in (step - 1, step, step + 1)]

    assert found == [step, None, None]


@pytest.mark.parametrize("typed", ["081 804", " 081804\n", "\uff10\uff18\uff11\uff18\uff10\uff14"])
def test_code_is_taken_as_people_type_it(typed: str) -> None:
    """With blanks, and in the wide digits of Japanese keyboards."""
    assert step_of_code(KEY, typed, at(1111111109), None) is not None


@pytest.mark.parametrize("typed", ["", "81804", "0818041", "x" * 100_000, "\ud800", "081804 081804"])
def test_what_is_no_code_is_none(typed: str) -> None:
    """Whatever is sent."""
    assert step_of_code(KEY, typed, at(1111111109), None) is None


def test_secret_goes_into_an_app_as_an_address() -> None:
    """With our name and whose it is; RFC 4226 wants 160 bits."""
    secret = make_totp_secret(seeded())
    parts = urlsplit(uri_of(secret, "ada@example.com"))

    assert len(base64.b32decode(secret)) == 20
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Gettone:ada%40example.com")
    assert parse_qs(parts.query)["secret"] == [secret]


def test_recovery_codes_are_ten_and_found_however_they_are_typed() -> None:
    """No two are equal, and each has 80 bits."""
    codes = make_recovery_codes(seeded())
    first = codes[0]
    typed = [first, first.upper(), first.replace("-", " "), f" {first.replace('-', '')} "]

    assert len(set(codes)) == 10
    assert {len(code.replace("-", "")) for code in codes} == {16}
    assert {digest_of_recovery_code(each) for each in typed} == {digest_of_recovery_code(first)}
    assert digest_of_recovery_code(codes[1]) != digest_of_recovery_code(first)
