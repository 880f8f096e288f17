"""Ten thousand random tokens: Twilio's own libraries and ours agree, claim by claim, in both directions.

They differ by intent in `jti`, unique here, and in `iat`, which the official Python library leaves out. A number
as identity is written out as text, as in the official Node library. The official Python library drops empty parameters
and its Node sister keeps them; each of our sides does as its sister, and the specs have none.
"""

import random
import time
from types import SimpleNamespace

import pytest
from twilio.jwt.access_token import AccessToken as OfficialToken  # type: ignore[import-untyped]

from gettone.tokens import MAX_LIFETIME_SECONDS, JsonObject, TrustedKey, decode, verify
from tests.tokens.samples import NONCE, NOW
from tests.tokens.specs import Spec, Twin, mint_from, official_from

TOKENS = 10_000
TEXTS = (
    "alice",
    "user@example.com",
    "Zoë",
    "Zoe\u0308",
    "日本語",
    "👩‍👩‍👧‍👦",
    "\u202eשלום",
    "a\u200bb",
    '"quoted" \\back\\slash\\ud800',
    "\x00\x01\x1f\x7f",
    "\u2028\u2029",
    "</script>",
    "~?>~?>",
    "ÿþ",
    "x" * 512,
    " ",
    "0",
    "null",
)


def make_spec(rng: random.Random, now: int) -> Spec:
    """Make one random token: any identity, any grants, region, lifetime and beginning."""
    spec: Spec = {
        "account_sid": f"AC{rng.getrandbits(128):032x}",
        "signing_key_sid": f"SK{rng.getrandbits(128):032x}",
        "secret": "".join(rng.choices("abcXYZ0189/+-_é", k=rng.randint(32, 80))),
        "identity": rng.choice([make_text(rng), make_text(rng), rng.randint(1, 2**53 - 1)]),
        "ttl": rng.randint(600, 86_400),
        "grants": [make_grant(rng, kind) for kind in rng.choices(sorted(MEMBERS), k=rng.randint(0, 6))],
        "now": now,
        "nonce": f"{NONCE}{rng.getrandbits(32)}",
    }
    if rng.random() < 0.3:
        # ASCII: the official Node library writes other letters of a region in Latin-1, which is no JSON.
        spec["region"] = rng.choice(["au1", "ie1", "sg1"])
    if rng.random() < 0.3:
        spec["nbf"] = now - rng.randint(0, 3600)
    return spec


def make_text(rng: random.Random) -> str:
    """Make a text of one to three awkward pieces."""
    return "".join(rng.choices(TEXTS, k=rng.randint(1, 3)))


def make_value(rng: random.Random, depth: int = 0) -> object:
    """Make a value that JSON can say and that is not empty."""
    leaves = [make_text(rng), rng.randint(-(2**53) + 1, 2**53 - 1), rng.random(), True, False, None]
    if depth < 2 and rng.random() < 0.3:
        return [make_value(rng, depth + 1) for _ in range(rng.randint(1, 3))]
    if depth < 2 and rng.random() < 0.3:
        return make_object(rng, depth + 1)
    return rng.choice(leaves)


def make_object(rng: random.Random, depth: int = 0) -> dict[str, object]:
    """Make an object with at least one member."""
    return {make_text(rng): make_value(rng, depth) for _ in range(rng.randint(1, 3))}


MEMBERS = {
    "video": ("room",),
    "voice": ("outgoing_application_sid", "push_credential_sid", "endpoint_id"),
    "chat": ("service_sid", "endpoint_id", "deployment_role_sid", "push_credential_sid"),
    "sync": ("service_sid", "endpoint_id"),
    "task_router": ("workspace_sid", "worker_sid", "role"),
    "playback": (),
}


def make_grant(rng: random.Random, kind: str) -> dict[str, object]:
    """Make a grant with some of its members, some of them empty."""
    grant: dict[str, object] = {"kind": kind}
    for name in MEMBERS[kind]:
        if rng.random() < 0.7:
            grant[name] = rng.choice([make_text(rng), make_text(rng), ""])
    if kind == "voice":
        grant["incoming_allow"] = rng.choice([True, False, "true", 1, None])
        if rng.random() < 0.5:
            grant["outgoing_application_params"] = make_object(rng)
    if kind == "playback":
        grant["grant"] = make_object(rng)
    return grant


def comparable(claims: JsonObject) -> dict[str, object]:
    """Leave out the two claims that differ by intent, and write a number as identity out."""
    grants = claims["grants"]
    assert isinstance(grants, dict)
    rest = {name: value for name, value in claims.items() if name not in ("jti", "iat", "grants")}
    return {**rest, "grants": {**grants, "identity": str(grants["identity"])}}


def keys_of(spec: Spec) -> dict[str, TrustedKey]:
    """The one key that a spec's token may be believed by."""
    return {spec["signing_key_sid"]: TrustedKey(spec["secret"], spec["account_sid"])}


def test_official_python_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    """The PyPI library reads ours with its key, ours verifies its tokens, and header and claims are equal."""
    now = int(time.time())
    rng = random.Random(20)
    # Its clock stands; what reads tokens there, PyJWT, keeps the real one.
    for module in ("twilio.jwt.time", "twilio.jwt.access_token.time"):
        monkeypatch.setattr(module, SimpleNamespace(time=lambda: now))

    for _ in range(TOKENS):
        spec = make_spec(rng, now)
        ours, theirs = mint_from(spec), official_from(spec).to_jwt()
        read, unverified = OfficialToken.from_jwt(ours, spec["secret"]), decode(theirs)
        # Without iat, the lifetime counts from nbf, and an early nbf makes it longer than a day.
        if spec["ttl"] + now - spec.get("nbf", now) <= MAX_LIFETIME_SECONDS:
            verified = verify(theirs, keys_of(spec), now=now)
            assert verified.identity == str(spec["identity"])
            assert verified.claims == unverified.claims

        assert read.headers == unverified.header
        assert comparable(read.payload) == comparable(unverified.claims)
        assert read.payload["jti"] == f"{spec['signing_key_sid']}-{spec['nonce']}"


def test_official_node_agrees(twin: Twin) -> None:
    """What npm's library signs, Python verifies; what Python signs, its jsonwebtoken reads; all and the twin agree."""
    rng = random.Random(24)
    specs = [make_spec(rng, NOW) for _ in range(TOKENS)]
    python = [mint_from(spec) for spec in specs]
    javascript = [answer["token"] for answer in twin.mint(specs)]
    official = [answer["token"] for answer in twin.mint(specs, "official")]
    orders = [(token, spec["secret"], NOW) for token, spec in zip(python, specs, strict=True)]
    reads = twin.read(orders)

    for spec, ours, twins, theirs, read in zip(specs, python, javascript, official, reads, strict=True):
        unverified, verified = decode(ours), verify(theirs, keys_of(spec), now=NOW)
        assert read == {"header": unverified.header, "claims": unverified.claims}
        assert decode(theirs).header == unverified.header
        assert comparable(verified.claims) == comparable(unverified.claims)
        assert verified.identity == str(spec["identity"])
        assert verify(twins, keys_of(spec), now=NOW).claims == unverified.claims
