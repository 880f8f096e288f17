"""What a refusal of a server, or its silence, is to people: what happened, why, and what to do next. Pure.

Reads both bodies that a Gettone sends, Twilio's and RFC 9457's; what has neither is some other program. Must not know
what was asked for, nor a secret.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from gettone.model.errors import Code, PlatformError

_CODES: Mapping[int, Code] = MappingProxyType(
    {
        400: "invalid",
        401: "denied",
        403: "denied",
        404: "not_found",
        405: "invalid",
        409: "conflict",
        413: "too_large",
        421: "invalid",
        429: "unavailable",
        500: "internal",
        503: "unavailable",
    }
)
SAID_CHARACTERS_MAX = 2000


def refusal(status: int, body: bytes, origin: str, username: str, request_id: str | None) -> PlatformError:
    """The error that an answer is."""
    code: Code = _CODES.get(status, "internal" if status >= 500 else "invalid")
    said, number = _read(body)
    evidence: dict[str, object] = {"status": status, "request_id": request_id}
    if number is not None:
        evidence["twilio_code"] = number
    if said is None:
        return _foreign(status, origin, evidence)
    if status == 401:
        return PlatformError("denied", _unknown(origin, username), **evidence)
    if status == 404:
        said = f"{said.rstrip('.')} at {origin}: look at the SID or the name, and at the account (gettone whoami)"
    elif status == 421:
        said = f"{origin} does not answer under this name ({said}): use one that it was set up with"
    elif status == 429:
        said = f"{origin} was asked too often ({said}): wait a moment, and try again"
    elif status == 503:
        said = f"{origin} cannot do it now ({said}): try again in a moment"
    elif code == "internal":
        said = f"{origin} failed: {said}"
    return PlatformError(code, said, **evidence)


def silence(origin: str, error: Exception, seconds: float, *, sent: bool) -> PlatformError:
    """The error that no answer is. `sent` where the server may have done what it was asked."""
    reason = _reason(error)
    if "CERTIFICATE" in reason or "certificate" in reason:
        why = (
            f"the certificate of {origin} cannot be trusted ({reason}): "
            "if it is your own, name the file of its authority in SSL_CERT_FILE"
        )
    elif "SSL" in reason:
        why = (
            f"{origin} does not speak TLS ({reason}): if it is meant to, look at it, else write http:// in the address"
        )
    elif "timeout" in type(error).__name__.lower():
        why = f"{origin} did not answer within {seconds:g} s: look whether it runs, and try again"
    elif sent:
        why = (
            f"the connection to {origin} broke off ({reason}): look at the network, and type the same again; "
            "what is there already is not done twice"
        )
    else:
        why = f"nothing answers at {origin} ({reason}): start a Gettone with gettone start, or name another address"
    return PlatformError("unavailable", why, origin=origin)


def _reason(error: Exception) -> str:
    """The innermost words: those of the operating system, where it has some."""
    seen: BaseException = error
    while (inner := seen.__cause__ or seen.__context__) is not None:
        seen = inner
    if isinstance(seen, OSError) and seen.strerror:
        return seen.strerror
    return str(seen) or type(seen).__name__


def _read(body: bytes) -> tuple[str | None, int | None]:
    """What a refusal says and its number at Twilio; None for the words where it is none of a Gettone's."""
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(values, dict):
        return None, None
    code = values.get("code")
    said = values.get("detail") if isinstance(code, str) else values.get("message")
    if not isinstance(said, str):
        return None, None
    return said[:SAID_CHARACTERS_MAX], code if isinstance(code, int) else None


def _unknown(origin: str, username: str) -> str:
    what = "API key" if username.startswith("SK") else "account"
    why = "or was revoked or has expired, or has another secret" if what == "API key" else "or has another auth token"
    return (
        f"{origin} does not let {username or 'nobody'} in: the {what} is not known there, {why}. "
        f"Sign in again with: gettone login {origin}"
    )


def _foreign(status: int, origin: str, evidence: Mapping[str, object]) -> PlatformError:
    """What an answer is that no Gettone wrote: that of a proxy before it, or of another program."""
    if status == 413:
        why = f"what was sent is too large for what stands before {origin} (413): raise the proxy's limit, or send less"
        return PlatformError("too_large", why, **evidence)
    if status >= 500:
        why = f"{origin} answers {status}: what stands before the Gettone cannot reach it. Look whether it runs"
        return PlatformError("unavailable", why, **evidence)
    # Never not_found: it is not for this program to say what is there.
    why = (
        f"{origin} answers {status}, and not as a Gettone does: give the address of console and API, "
        "which is http://localhost:8001 unless it was set"
    )
    return PlatformError("invalid", why, **evidence)
