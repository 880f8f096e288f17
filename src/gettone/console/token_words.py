"""What a token says, in sentences: what each grant opens, when it was made, begins and ends. Pure.

Sentences are keys of words under `tokens.` with what they are filled with. Must not know how a token is checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gettone.console.token_facts import moment_of
from gettone.tokens import JsonObject, UnverifiedToken

_CHARACTERS_MAX = 300


@dataclass(frozen=True, slots=True)
class Sentence:
    """A key of words, and what fills it."""

    key: str
    values: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class TokenText:
    """A token in its parts. Times are None where it does not say them, or not as times are said."""

    parts: Sequence[str]
    header: str
    claims: str
    algorithm: str
    issued_at: datetime | None
    begins_at: datetime | None
    expires_at: datetime | None
    lasts: Sentence | None
    grants: Sequence[Sentence]


def text_of(token: str, read: UnverifiedToken) -> TokenText:
    """Lay out a token that was read."""
    claims = read.claims
    issued_at = moment_of(claims.get("iat")) or moment_of(_jti_time(claims.get("jti")))
    begins_at, expires_at = moment_of(claims.get("nbf")), moment_of(claims.get("exp"))
    start = issued_at or begins_at
    grants = claims.get("grants")
    return TokenText(
        parts=token.split("."),
        header=_pretty(read.header),
        claims=_pretty(claims),
        algorithm=_shown(read.header.get("alg")),
        issued_at=issued_at,
        begins_at=begins_at,
        expires_at=expires_at,
        lasts=None if start is None or expires_at is None else _lasts((expires_at - start).total_seconds()),
        grants=tuple(grant_sentences(grants)) if isinstance(grants, dict) else (),
    )


def grant_sentences(grants: JsonObject) -> Iterator[Sentence]:
    """What each grant opens."""
    for name, value in grants.items():
        if name == "identity":
            continue
        grant: Mapping[str, object] = value if isinstance(value, dict) else {}
        match name:
            case "video":
                yield _one_or_any("video", "room", grant.get("room"))
            case "voice":
                yield from _voice(grant)
            case "chat":
                yield _one_or_any("chat", "service", grant.get("service_sid"))
            case "data_sync":
                yield _one_or_any("sync", "service", grant.get("service_sid"))
            case "task_router":
                yield Sentence("grant_task_router", {"workspace": _shown(grant.get("workspace_sid"))})
            case "player":
                yield Sentence("grant_player", {})
            case _:
                yield Sentence("grant_other", {"name": _shown(name)})


def _voice(grant: Mapping[str, object]) -> Iterator[Sentence]:
    outgoing, incoming = grant.get("outgoing"), grant.get("incoming")
    if isinstance(outgoing, dict) and outgoing.get("application_sid"):
        yield Sentence("grant_voice_out", {"app": _shown(outgoing["application_sid"])})
    if isinstance(incoming, dict) and incoming.get("allow") is True:
        yield Sentence("grant_voice_in", {})
    elif not outgoing:
        yield Sentence("grant_voice_none", {})


def _lasts(seconds: float) -> Sentence:
    for name, length in (("hours", 3600), ("minutes", 60)):
        if seconds >= length and seconds % length == 0:
            return Sentence(f"lasts_{name}", {"count": int(seconds // length)})
    return Sentence("lasts_seconds", {"count": int(seconds)})


def _one_or_any(kind: str, member: str, value: object) -> Sentence:
    return Sentence(f"grant_{kind}", {member: _shown(value)}) if value else Sentence(f"grant_{kind}_any", {})


def _jti_time(jti: object) -> int | None:
    """The second that Twilio's own libraries write behind the key's SID."""
    digits = jti.rpartition("-")[2] if isinstance(jti, str) else ""
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 12 else None


def _pretty(value: JsonObject) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _shown(value: object) -> str:
    return "?" if value is None else str(value)[:_CHARACTERS_MAX]
