"""Whether a webhook was signed with an account's auth token (`X-Twilio-Signature`). Pure; knows no HTTP server.

The signature is HMAC-SHA-1 over the URL as the caller was told it, followed by the form's parameters. Neither side
is certain how the other spells the URL, so every official validator tries more than one spelling, and so does this
one. Each spelling names the same resource, so a second one gives nothing to a forger.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal
from urllib.parse import parse_qs

FormParams = Sequence[tuple[str, str]]
"""Decoded names and values in any order, repeated names and empty values kept."""

Algorithm = Literal["HMAC_SHA1", "HMAC_SHA256"]
"""HMAC_SHA256 belongs to Twilio's shared keys: their secret stands where the auth token does otherwise."""

BODY_HASH = "bodySHA256"

# Scheme, user information, host (IPv6 in brackets), port, the rest. Deliberately lenient: what it does not match is
# compared as it stands.
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/?#]*@)?(\[[^\]/?#]*\]|[^:/?#]*)(:[0-9]*)?(?=[/?#]|\Z)")


def is_signed_by(
    auth_token: str,
    signature: str,
    url: str,
    form_params: FormParams | None,
    body: bytes,
    *,
    algorithm: Algorithm = "HMAC_SHA1",
) -> bool:
    """Whether `signature` was made with `auth_token` for this request.

    `url` is the whole address with scheme, host and query as they came, undecoded. `form_params` is None unless the
    body is a form. Any other body must be named by the query's `bodySHA256`; one that nothing vouches for is refused.
    An empty auth token has signed nothing. Raises nothing, whatever the caller sends.
    """
    if not auth_token:
        return False
    said_hash = _body_hash(url)
    hash_agrees = said_hash is not None and _is_equal(said_hash, hashlib.sha256(body).hexdigest())
    url_covers_body = hash_agrees if said_hash is not None else not body
    endings = _orders(form_params) if form_params is not None else set()
    if url_covers_body:
        endings.add("")
    agrees = False
    for spelling in _spellings(url):
        for ending in endings:
            agrees |= _is_equal(signature, _mac(auth_token, spelling + ending, algorithm))
    return agrees


def sign(auth_token: str, url: str, params: FormParams = (), *, algorithm: Algorithm = "HMAC_SHA1") -> str:
    """Sign a request the way Twilio does.

    A body that is no form is signed through the URL: add its hash to the query first (`with_body_hash`).
    """
    return _mac(auth_token, url + _joined(sorted(set(params))), algorithm)


def with_body_hash(url: str, body: bytes) -> str:
    """The URL with the body's hash in its query, as Twilio calls it when the body is no form."""
    address, mark, fragment = url.partition("#")
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{BODY_HASH}={hashlib.sha256(body).hexdigest()}{mark}{fragment}"


def _mac(auth_token: str, text: str, algorithm: Algorithm) -> str:
    # SHA-1 is the protocol's; HMAC does not rest on the collisions that SHA-1 fell to.
    digest = "sha1" if algorithm == "HMAC_SHA1" else "sha256"
    mac = hmac.digest(_encode(auth_token), _encode(text), digest)
    return base64.b64encode(mac).decode("ascii")


def _is_equal(theirs: str, ours: str) -> bool:
    # SAFETY: constant time, so that a signature cannot be found byte by byte.
    return hmac.compare_digest(_encode(theirs), _encode(ours))


def _encode(text: str) -> bytes:
    # A decoder can leave a lone surrogate behind: it must not raise, and nothing that Twilio signed holds one.
    return text.encode("utf-8", "surrogatepass")


def _body_hash(url: str) -> str | None:
    """The first `bodySHA256` of the query, as the official validators choose it."""
    if BODY_HASH not in url:
        return None
    query = url.partition("#")[0].partition("?")[2]
    hashes = parse_qs(query).get(BODY_HASH)
    return hashes[0] if hashes else None


def _spellings(url: str) -> Iterator[str]:
    """The URL as it came, without a port or with the default one, and each with the query's apostrophes otherwise."""
    for address in _port_spellings(url):
        yield address
        path, mark, query = address.partition("?")
        if "'" in query:
            yield path + mark + query.replace("'", "%27")
        if "%27" in query:
            yield path + mark + query.replace("%27", "'")


def _port_spellings(url: str) -> Iterator[str]:
    yield url
    match = _URL.match(url)
    if match is None:
        return
    scheme, user, host, port = match[1], match[2] or "", match[3], match[4]
    rest = url[match.end() :]
    if port is not None:
        yield scheme + user + host + rest
    if port is None or port == ":":
        default = ":443" if scheme.lower() == "https://" else ":80"
        yield scheme + user + host + default + rest


def _orders(params: FormParams) -> set[str]:
    """The form as signed text, in each order that an official library would give it."""
    pairs = set(params)
    text = _joined(sorted(pairs))
    if text.isascii():
        return {text}
    # Python's library sorts by code point, Node's by UTF-16 unit. They differ beyond the basic plane: both are right.
    return {text, _joined(sorted(pairs, key=_utf16_units))}


def _joined(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(name + value for name, value in pairs)


def _utf16_units(pair: tuple[str, str]) -> tuple[bytes, bytes]:
    name, value = pair
    return name.encode("utf-16-be", "surrogatepass"), value.encode("utf-16-be", "surrogatepass")
