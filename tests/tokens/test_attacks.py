"""Known attacks on signed tokens, each by name, each refused (RFC 8725, and the advisories of other libraries)."""

import ast
import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.tokens import (
    AlgorithmError,
    HeaderError,
    MalformedTokenError,
    SignatureError,
    TokenError,
    TrustedKey,
    UnknownKeyError,
    WeakSecretError,
    decode,
    verify,
)
from gettone.tokens.algorithms import ALGORITHMS, PreparedSignature
from tests.tokens.samples import (
    ACCOUNT_SID,
    CLAIMS,
    HEADER,
    KEY_SID,
    KEYS,
    NOW,
    SECRET,
    encode,
    make_token,
    mint,
    sign,
    token_with,
)

EVERY_HMAC = ["HS256", "HS384", "HS512"]

# A public RSA key of nobody's, in the forms in which libraries have taken one for an HMAC secret.
PUBLIC_DER = bytes.fromhex("30820122300d06092a864886f70d01010105000382010f003082010a0282010100") + bytes(range(1, 256))
PUBLIC_KEYS = {
    "PEM": "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----\n",
    "certificate": "-----BEGIN CERTIFICATE-----\nMIIDazCCAlOgAwIBAgIUZz\n-----END CERTIFICATE-----\n",
    "SSH": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDgettone nobody",
    "JWK": '{"kty":"RSA","n":"sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1Wl","e":"AQAB"}',
    "DER": PUBLIC_DER,
}


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", "none ", "", "HS256\x00", "hs256", " HS256"])
@pytest.mark.parametrize("signed", [True, False])
def test_token_without_an_algorithm_is_refused(name: str, signed: bool) -> None:
    """No spelling of "none" makes a token believable, signed or not."""
    token = sign({**HEADER, "alg": name}, CLAIMS)

    with pytest.raises(AlgorithmError if signed else MalformedTokenError):
        verify(token if signed else token.rpartition(".")[0] + ".", KEYS, algorithms=EVERY_HMAC, now=NOW)


@pytest.mark.parametrize("value", [None, 0, 1, True, [], ["HS256"], {}, {"HS256": 1}, 1.5])
def test_algorithm_that_is_no_name_is_refused(value: Any) -> None:
    """alg is text or it is nothing."""
    with pytest.raises(AlgorithmError):
        verify(token_with(header={"alg": value}), KEYS, now=NOW)


@pytest.mark.parametrize("name", ["RS256", "RS384", "PS256", "ES256", "ES256K", "EdDSA", "Ed25519", "dir", "A256GCM"])
def test_asymmetric_algorithm_is_refused(name: str) -> None:
    """There is no key here that such a signature could be checked with."""
    with pytest.raises(AlgorithmError):
        verify(token_with(header={"alg": name}), KEYS, algorithms=EVERY_HMAC, now=NOW)


@pytest.mark.parametrize("key", PUBLIC_KEYS.values(), ids=PUBLIC_KEYS)
@pytest.mark.parametrize("name", EVERY_HMAC)
def test_public_key_is_no_secret(key: str | bytes, name: str) -> None:
    """RS to HS confusion: an HMAC made with somebody's public key, in any of its forms, proves nothing."""
    token = sign({**HEADER, "alg": name}, CLAIMS, secret=key, hash_name=f"sha{name[2:]}")

    with pytest.raises(SignatureError):
        verify(token, KEYS, algorithms=EVERY_HMAC, now=NOW)


def test_signature_of_another_algorithm_is_refused() -> None:
    """The header's algorithm and the signature's must be one."""
    with pytest.raises(SignatureError):
        verify(sign({**HEADER, "alg": "HS512"}, CLAIMS, hash_name="sha256"), KEYS, algorithms=EVERY_HMAC, now=NOW)


@pytest.mark.parametrize("value", [["exp"], ["x"], [], None, "exp", {"b64": True}, ["b64"]])
def test_critical_headers_are_refused(value: Any) -> None:
    """crit names what a verifier must understand; we understand none of it, so none may be there."""
    with pytest.raises(HeaderError, match="crit"):
        verify(token_with(header={"crit": value}), KEYS, now=NOW)


@pytest.mark.parametrize("value", [False, True, None, 0, "false"])
def test_unencoded_payload_is_refused(value: Any) -> None:
    """b64 (RFC 7797) would change what is signed."""
    with pytest.raises(HeaderError, match="b64"):
        verify(token_with(header={"b64": value}), KEYS, now=NOW)


def signed_text(header: str, claims: str) -> str:
    """Sign JSON as it is written."""
    return sign(header.encode(), claims.encode())


def test_double_names_are_refused() -> None:
    """Two readers could believe two different members, in the header, the claims or deep in the grants."""
    header, claims = json.dumps(HEADER), json.dumps(CLAIMS)
    doubled = [
        (header[:-1] + ',"alg":"HS256"}', claims),
        (header[:-1] + ',"\\u0061lg":"none"}', claims),
        (header, claims[:-1] + f',"exp":{NOW + 99}}}'),
        (header, claims[:-1] + f',"iss":"{KEY_SID}"}}'),
        (header, claims.replace('"identity": "alice"', '"identity": "alice", "identity": "root"')),
        (header, claims.replace('{"room"', '{"room": "attic", "room"')),
    ]

    assert verify(signed_text(header, claims), KEYS, now=NOW).identity == "alice"
    for pair in doubled:
        with pytest.raises(MalformedTokenError, match="the same name twice"):
            verify(signed_text(*pair), KEYS, now=NOW)


@pytest.mark.parametrize(
    "kid", ["../../../../dev/null", "' UNION SELECT 'x", "/etc/passwd", "|id", KEY_SID, "", None, 7]
)
def test_key_id_of_the_header_is_not_looked_at(kid: Any) -> None:
    """kid opens no file and asks no database: the same secret decides with it and without."""
    assert verify(token_with(header={"kid": kid}), KEYS, now=NOW).signing_key_sid == KEY_SID
    with pytest.raises(SignatureError):
        verify(sign({**HEADER, "kid": kid}, CLAIMS, secret=b""), KEYS, now=NOW)


@pytest.mark.parametrize(
    "iss", ["../../dev/null", "' OR 1=1 --", KEY_SID + "\x00", KEY_SID + "/", KEY_SID.lower(), " "]
)
def test_issuer_is_only_looked_up(iss: str) -> None:
    """An issuer that is not exactly a trusted key's SID is unknown, whatever it looks like."""
    with pytest.raises(UnknownKeyError):
        verify(token_with(claims={"iss": iss}), KEYS, now=NOW)


@pytest.mark.parametrize("member", ["jku", "x5u", "jwk", "x5c", "x5t", "x5t#S256"])
def test_key_that_the_token_brings_along_is_refused(member: str) -> None:
    """A key of the token's own choosing is not even ignored."""
    value = {"kty": "oct", "k": encode(b"d" * 32)} if member == "jwk" else "https://attacker.example/keys"

    with pytest.raises(HeaderError, match=member):
        verify(token_with(header={member: value}), KEYS, now=NOW)
    with pytest.raises(HeaderError):
        verify(sign({**HEADER, member: value}, CLAIMS, secret="d" * 32), KEYS, now=NOW)


TAILS = ["\n", " ", "=", "==", ".", ".AAAA", "\x00", "%0A", "#", "\t", "\r\n", "\ufeff", "\u200b"]


@pytest.mark.parametrize("tail", TAILS, ids=ascii)
def test_anything_around_a_token_is_refused(tail: str) -> None:
    """White space, padding, further parts and other trimmings, before, after and in between."""
    token = mint(make_token())

    for text in (token + tail, tail + token, token.replace(".", tail + "."), token.replace(".", "." + tail)):
        with pytest.raises(MalformedTokenError):
            verify(text, KEYS, now=NOW)


@pytest.mark.parametrize("parts", [0, 1, 2, 4, 5, 6, 1000])
def test_other_numbers_of_parts_are_refused(parts: int) -> None:
    """Two parts, or the five of an encrypted token, are no signed token."""
    with pytest.raises(MalformedTokenError):
        verify(".".join(["e30"] * parts), KEYS, now=NOW)


def test_encrypted_token_is_refused() -> None:
    """A JWE, or a header that speaks of one, has no place here."""
    header = encode({"alg": "dir", "enc": "A256GCM", "zip": "DEF"})

    with pytest.raises(MalformedTokenError, match="has 5"):
        verify(f"{header}..AAAA.AAAA.AAAA", KEYS, now=NOW)
    for member, value in (("enc", "A256GCM"), ("zip", "DEF")):
        with pytest.raises(HeaderError, match=member):
            verify(token_with(header={member: value}), KEYS, now=NOW)


def test_json_serialization_is_refused() -> None:
    """The JSON form of RFC 7515 section 7.2 is not the compact one."""
    protected, payload, signature = mint(make_token()).split(".")

    with pytest.raises(MalformedTokenError):
        verify(json.dumps({"protected": protected, "payload": payload, "signature": signature}), KEYS, now=NOW)


def test_spare_bits_of_a_signature_are_refused() -> None:
    """The last character of 32 bytes has two bits to spare: four spellings, one of which counts."""
    token = mint(make_token())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    place = alphabet.index(token[-1])
    spellings = [token[:-1] + alphabet[place // 4 * 4 + bits] for bits in range(4)]

    assert [accepted(spelling) for spelling in spellings].count(True) == 1


def accepted(token: str) -> bool:
    """Tell whether a token is believed."""
    try:
        verify(token, KEYS, now=NOW)
    except TokenError:
        return False
    return True


@pytest.mark.parametrize("length", [16_385, 1_000_000])
def test_huge_token_is_refused_before_it_is_read(length: int) -> None:
    """Beyond 16 384 characters nothing is decoded."""
    with pytest.raises(MalformedTokenError, match="longer than 16384"):
        verify("A" * length, KEYS, now=NOW)


def test_deep_nesting_is_refused() -> None:
    """Neither ten levels too many nor ten thousand exhaust anything."""
    for depth in (43, 5000):
        claims = json.dumps(CLAIMS)[:-1] + ',"x":' + "[" * depth + "]" * depth + "}"
        with pytest.raises(MalformedTokenError):
            verify(signed_text(json.dumps(HEADER), claims), KEYS, now=NOW)


# RFC 4231: key, data, HMAC-SHA-256, and the beginnings of HMAC-SHA-384 and HMAC-SHA-512.
RFC_4231 = [
    (
        b"\x0b" * 20,
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "afd03944",
        "87aa7cde",
    ),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "af45d2e3",
        "164b7a7b",
    ),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        "4ece0844",
        "80b24263",
    ),
]


@pytest.mark.parametrize(("key", "data", "sha256", "sha384", "sha512"), RFC_4231)
def test_published_answers_of_hmac(key: bytes, data: bytes, sha256: str, sha384: str, sha512: str) -> None:
    """Both ways of signing give the answers of RFC 4231."""
    for name, answer in (("HS256", sha256), ("HS384", sha384), ("HS512", sha512)):
        algorithm = ALGORITHMS[name]

        assert algorithm.sign(key, data).hex().startswith(answer)
        assert PreparedSignature(algorithm, key, data[:5]).finish(data[5:]).hex().startswith(answer)


def test_published_token_has_a_good_signature() -> None:
    """The example of RFC 7515 appendix A.1 is signed as we sign."""
    token = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )
    key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
    signed, _, signature = token.rpartition(".")
    made = ALGORITHMS["HS256"].sign(base64.urlsafe_b64decode(key + "=="), signed.encode())

    assert encode(made) == signature
    assert decode(token).claims["iss"] == "joe"


@given(secret=st.binary(min_size=1, max_size=200), beginning=st.binary(max_size=300), rest=st.binary(max_size=300))
def test_prepared_signature_is_hmac(secret: bytes, beginning: bytes, rest: bytes) -> None:
    """For any secret, and a message cut anywhere, the prepared way gives what the standard library gives."""
    for algorithm in ALGORITHMS.values():
        made = PreparedSignature(algorithm, secret, beginning).finish(rest)

        assert made == hmac.new(secret, beginning + rest, getattr(hashlib, algorithm.hash_name)).digest()


@pytest.mark.parametrize("secret", ["secret", "12345", "a" * 31, "é" * 15])
def test_guessable_secret_is_refused(secret: str) -> None:
    """Fewer than 32 bytes can be guessed from one token, so no token proves anything."""
    with pytest.raises(WeakSecretError):
        verify(sign(HEADER, CLAIMS, secret=secret), {KEY_SID: TrustedKey(secret, ACCOUNT_SID)}, now=NOW)


@pytest.mark.parametrize("typ", ["at+jwt", "jwt", "JOSE", "JWT ", "application/JWT", "", None, 1, ["JWT"]])
def test_token_of_another_type_is_refused(typ: Any) -> None:
    """A token that was signed for something else does not pass for an access token."""
    with pytest.raises(HeaderError, match="typ must be JWT"):
        verify(token_with(header={"typ": typ}), KEYS, now=NOW)


@pytest.mark.parametrize(
    "cty", ["twilio-fpa;v=2", "twilio-fpa", "twilio-fpa; v=1", "TWILIO-FPA;V=1", "JWT", "", None, 1]
)
def test_token_of_another_content_type_is_refused(cty: Any) -> None:
    """cty is compared exactly: the next version may mean something else by the same claims."""
    with pytest.raises(HeaderError, match="cty must be twilio-fpa;v=1"):
        verify(token_with(header={"cty": cty}), KEYS, now=NOW)


@pytest.mark.parametrize("twr", [None, 1, ["au1"], {}])
def test_region_that_is_no_text_is_refused(twr: Any) -> None:
    """twr, where it is, is text."""
    with pytest.raises(HeaderError, match="twr must be text"):
        verify(token_with(header={"twr": twr}), KEYS, now=NOW)


COMPARED_IN_CONSTANT_TIME = {"signature", "digest", "mac", "secret", "secret_bytes", "finish", "sign"}


def comparisons(source: str) -> Iterator[str]:
    """Find every comparison with anything that is called like a signature or a secret."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            parts = list(ast.walk(node))
            names = {part.id for part in parts if isinstance(part, ast.Name)}
            names |= {part.attr for part in parts if isinstance(part, ast.Attribute)}
            # How long a secret is may be asked; what is in it may not.
            if names & COMPARED_IN_CONSTANT_TIME and "len" not in names:
                yield ast.unparse(node)


def test_signatures_are_compared_in_constant_time(repository: Path) -> None:
    """No comparison operator touches a signature or a secret; hmac.compare_digest does, in one place."""
    sources = [path.read_text(encoding="utf-8") for path in sorted((repository / "src/gettone/tokens").glob("*.py"))]

    assert [found for source in sources for found in comparisons(source)] == []
    assert sum(source.count("hmac.compare_digest(") for source in sources) == 1
    assert list(comparisons("if signature == expected: pass")) == ["signature == expected"]


def test_decode_tool_says_neither_secret_nor_valid(capsys: pytest.CaptureFixture[str]) -> None:
    """decode takes no key, prints nothing, and calls what it returns unverified."""
    read = decode(mint(make_token()))
    shown = repr(read) + str(read)

    assert shown.startswith("UnverifiedToken(")
    assert SECRET not in shown
    assert " valid" not in shown
    assert mint(make_token()).rpartition(".")[2] not in shown
    assert capsys.readouterr() == ("", "")
