"""What a token in an answer says, in a few words: for whom, what it opens, until when, and who signed it. Pure.

Must not know how a token is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gettone.control.token_desk import Check, Verdict
from gettone.tokens import UnverifiedToken

# The last day of the year 9998: no zone makes more of it than a calendar holds.
_SECONDS_MAX = 253_370_764_799

_WORDS: Mapping[Verdict, str] = {
    Verdict.GOOD: "verified",
    Verdict.EXPIRED: "over",
    Verdict.EARLY: "early",
    Verdict.FORGED: "forged",
    Verdict.STRANGE: "strange",
    Verdict.REFUSED: "refused",
}


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """A token as it stands beside an answer. `grants` are pairs of a grant's name and what it opens."""

    identity: str
    grants: tuple[tuple[str, str], ...]
    expires_at: datetime | None
    signing_key: str
    key_name: str
    verdict: str
    state: str


def facts_of(token: UnverifiedToken, check: Check | None) -> TokenFacts:
    """What there is to tell of a token; `check` None where nobody may check it."""
    claims = token.claims
    grants = claims.get("grants")
    granted: Mapping[str, object] = grants if isinstance(grants, dict) else {}
    key = None if check is None else check.key
    return TokenFacts(
        identity=_text(granted.get("identity")),
        grants=tuple((name, _opened(value)) for name, value in granted.items() if name != "identity"),
        expires_at=moment_of(claims.get("exp")),
        signing_key=_text(claims.get("iss")),
        key_name="" if key is None else key.friendly_name,
        verdict="unchecked" if check is None else _word(check),
        state=_state(check),
    )


def _word(check: Check) -> str:
    is_previous = check.verdict is Verdict.GOOD and check.previous_until is not None
    return "previous" if is_previous else _WORDS[check.verdict]


def _state(check: Check | None) -> str:
    if check is None or check.verdict is Verdict.STRANGE:
        return "warn"
    return "ok" if check.verdict is Verdict.GOOD else "warn" if check.is_signed else "bad"


def _opened(grant: object) -> str:
    """`{"room": "standup"}` as `room standup`; what is nested stands behind the name it is under."""
    if not isinstance(grant, dict):
        return _text(grant)
    return ", ".join(f"{name} {_opened(value)}".strip() for name, value in grant.items())


def moment_of(value: object) -> datetime | None:
    """The moment that a claim names; None for what is no time."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _SECONDS_MAX:
        return datetime.fromtimestamp(value, UTC)
    return None


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:300]
