"""The one token that every contestant mints, and whether an answer holds it. Must not use any contestant's code."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
API_KEY = "SK" + "0123456789abcdef" * 2
API_SECRET = "a-secret-of-the-benchmark-and-of-nobody-else"
ROOM = "r"
VARIABLES = {"ACCOUNT_SID": ACCOUNT_SID, "API_KEY": API_KEY, "API_SECRET": API_SECRET}
LONGEST_LIFETIME_SECONDS = 24 * 3600


def identity(number: int) -> str:
    """Name of the caller on one connection; all names have one length, so all tokens have."""
    return f"alice-{number:04d}"


def request_body(number: int) -> bytes:
    """JSON that a caller posts."""
    return json.dumps({"identity": identity(number)}, separators=(",", ":")).encode()


def fault_of_answer(body: bytes, expected_identity: str) -> str | None:
    """Tell what is wrong with the body of an answer; None when it holds the right token."""
    try:
        answer = json.loads(body)
    except ValueError:
        return "the answer is no JSON"
    token = answer.get("token") if isinstance(answer, dict) else None
    if not isinstance(token, str):
        return "the answer has no token"
    return fault_of_token(token, expected_identity, time.time())


def fault_of_token(token: str, expected_identity: str, now: float) -> str | None:
    """Tell what is wrong with a token; None when it is signed, in time and for the right identity and room."""
    parts = token.split(".")
    if len(parts) != 3:
        return "the token has not three parts"
    signed, _, signature = token.rpartition(".")
    expected = base64.urlsafe_b64encode(hmac.digest(API_SECRET.encode(), signed.encode(), "sha256")).rstrip(b"=")
    if not hmac.compare_digest(expected, signature.encode()):
        return "the signature is wrong"
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, binascii.Error):
        return "the token's parts are no JSON"
    if (header.get("alg"), header.get("cty")) != ("HS256", "twilio-fpa;v=1"):
        return "the header is wrong"
    if (claims.get("iss"), claims.get("sub")) != (API_KEY, ACCOUNT_SID):
        return "the token names another key or account"
    if not str(claims.get("jti", "")).startswith(API_KEY):
        return "the token has no id"
    if not now < claims.get("exp", 0) <= now + LONGEST_LIFETIME_SECONDS:
        return "the token's end is wrong"
    if claims.get("grants") != {"identity": expected_identity, "video": {"room": ROOM}}:
        return "the grants are wrong"
    return None
