"""What verify() believes, in which order it asks, and what decode() does not claim."""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gettone.tokens import (
    ClaimError,
    CredentialsError,
    LifetimeError,
    MissingValueError,
    SignatureError,
    SyncGrant,
    TokenError,
    TrustedKey,
    UnknownKeyError,
    VerifiedToken,
    VideoGrant,
    WeakSecretError,
    decode,
    verify,
)
from tests.tokens.samples import (
    ABSENT,
    ACCOUNT_SID,
    CLAIMS,
    HEADER,
    KEY,
    KEY_SID,
    KEYS,
    NOW,
    SECRET,
    make_token,
    mint,
    sign,
    token_with,
)

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\x00é"


def test_verified_token_tells_everything() -> None:
    """Identity, grants, account, key, region and times come out typed; the grants without the identity."""
    token = make_token(VideoGrant("kitchen"), SyncGrant("IS1"))
    token.region = "au1"
    verified = verify(mint(token), KEYS, now=NOW)

    assert verified == VerifiedToken(
        identity="alice",
        grants={"video": {"room": "kitchen"}, "data_sync": {"service_sid": "IS1"}},
        account_sid=ACCOUNT_SID,
        signing_key_sid=KEY_SID,
        region="au1",
        issued_at=NOW,
        expires_at=NOW + 3600,
        claims=decode(mint(token)).claims,
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        verified.identity = "mallory"  # type: ignore[misc]


@given(identity=st.text(min_size=1, max_size=200), room=st.text(max_size=200), region=st.none() | st.text(max_size=9))
@settings(deadline=None)
def test_whatever_is_minted_is_verified(identity: str, room: str, region: str | None) -> None:
    """Any identity, room and region come back as they were given."""
    token = make_token(VideoGrant(room), identity=identity)
    token.region = region
    verified = verify(mint(token), KEYS, now=NOW)

    assert (verified.identity, verified.region or "") == (identity, region or "")
    assert verified.grants == {"video": {"room": room} if room else {}}


def test_any_single_character_changed_is_refused() -> None:
    """At every place of a token every other character makes it unbelievable."""
    token = mint(make_token())
    for place, character in enumerate(token):
        for other in ALPHABET.replace(character, ""):
            with pytest.raises(TokenError):
                verify(token[:place] + other + token[place + 1 :], KEYS, now=NOW)


def test_any_character_lost_or_doubled_is_refused() -> None:
    """A token is refused with any character left out, doubled, or with its end cut off."""
    token = mint(make_token())
    for place in range(len(token)):
        for text in (token[:place], token[:place] + token[place + 1 :], token[:place] + token[place] + token[place:]):
            with pytest.raises(TokenError):
                verify(text, KEYS, now=NOW)


@given(st.text() | st.from_regex(r"[\w-]+\.[\w-]+\.[\w-]+", fullmatch=True))
@settings(deadline=None)
def test_any_text_raises_nothing_but_token_errors(text: str) -> None:
    """No text makes verify or decode fail in a way of its own."""
    for read in (lambda: decode(text), lambda: verify(text, KEYS, now=NOW)):
        try:
            read()
        except TokenError:
            continue


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=5,
)


@given(
    header=st.dictionaries(st.sampled_from([*HEADER, "twr", "kid", "crit", "x"]), JSON, max_size=3),
    claims=st.dictionaries(st.sampled_from([*CLAIMS, "nbf", "aud", "x"]), JSON, max_size=3),
)
@settings(deadline=None, max_examples=300)
def test_any_signed_json_raises_nothing_but_token_errors(header: dict[str, Any], claims: dict[str, Any]) -> None:
    """Not even the holder of the secret can make verify fail in a way of its own."""
    message = "believed"
    try:
        verify(token_with(header, claims), KEYS, now=NOW)
    except TokenError as error:
        message = str(error)

    assert message
    assert "\n" not in message


@pytest.mark.parametrize("token", [None, 42, b"a.b.c", ["a", "b", "c"], {}, object()])
def test_what_is_no_text_is_no_token(token: Any) -> None:
    """A value of another type is malformed."""
    with pytest.raises(TokenError, match="a token is text"):
        verify(token, KEYS)


def test_key_of_another_account_is_no_use() -> None:
    """A good signature does not carry over to an account that the key does not belong to."""
    keys = {KEY_SID: TrustedKey(SECRET, "AC" + "0" * 32)}

    with pytest.raises(ClaimError, match="its API key belongs to another"):
        verify(mint(make_token()), keys, now=NOW)


def test_key_that_is_not_trusted_is_unknown() -> None:
    """The token's own word about its key counts only if the key is among those given."""
    with pytest.raises(UnknownKeyError):
        verify(mint(make_token()), {}, now=NOW)
    with pytest.raises(UnknownKeyError):
        verify(mint(make_token()), {"SK" + "0" * 32: KEY}, now=NOW)


class CountingKeys(Mapping[str, TrustedKey]):
    """Keys that count how often they are asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getitem__(self, sid: str) -> TrustedKey:
        self.asked.append(sid)
        return KEYS[sid]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("keys are looked up, never tried one after the other")

    def __len__(self) -> int:
        return len(KEYS)


def test_keys_are_asked_once() -> None:
    """Neither a good token nor one of an unknown key makes verify search or ask again."""
    keys = CountingKeys()
    verify(mint(make_token()), keys, now=NOW)
    with pytest.raises(UnknownKeyError):
        verify(token_with(claims={"iss": "SK0"}), keys, now=NOW)

    assert keys.asked == [KEY_SID, "SK0"]


def test_signature_is_checked_before_any_claim() -> None:
    """A forged token with nothing right in it fails for its signature, and tells no more."""
    forged = sign(HEADER, {"iss": KEY_SID, "exp": "soon", "sub": 1, "grants": None}, secret="d" * 32)

    with pytest.raises(SignatureError):
        verify(forged, KEYS, now=NOW)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_other_algorithms_are_believed_on_request(algorithm: str) -> None:
    """HS384 and HS512 count when they are named, and only then."""
    token = sign({**HEADER, "alg": algorithm}, CLAIMS, hash_name=f"sha{algorithm[2:]}")

    assert verify(token, KEYS, algorithms=["HS256", algorithm], now=NOW).identity == "alice"
    with pytest.raises(TokenError, match="only HS256 is allowed"):
        verify(token, KEYS, now=NOW)
    with pytest.raises(TokenError, match=f"only {algorithm} is allowed"):
        verify(mint(make_token()), KEYS, algorithms=[algorithm], now=NOW)


@pytest.mark.parametrize("algorithms", [[], ["none"], ["RS256"], ["HS256", "none"], ["hs256"], "HS256", [""]])
def test_caller_can_only_allow_what_there_is(algorithms: Any) -> None:
    """A mistake in the caller's own code is a ValueError, not an opinion about the token."""
    with pytest.raises(ValueError, match="algorithms must name some of HS256, HS384, HS512") as caught:
        verify(mint(make_token()), KEYS, algorithms=algorithms, now=NOW)
    assert not isinstance(caught.value, TokenError)


@pytest.mark.parametrize("leeway_seconds", [-1, 301, 10**9])
def test_leeway_is_bounded(leeway_seconds: int) -> None:
    """Nobody can ask for a leeway that makes expiry meaningless."""
    with pytest.raises(ValueError, match="leeway_seconds must be between 0 and 300"):
        verify(mint(make_token()), KEYS, leeway_seconds=leeway_seconds)


WRONG_TIMES: list[Any] = [True, False, 1.5, float(NOW), str(NOW), [NOW], {"a": NOW}, None, -1, 2**53, 10**300]
WRONG_TEXTS: list[Any] = [True, 42, 1.5, [], {}, None, "", ABSENT]


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", WRONG_TIMES, ids=repr)
def test_time_of_another_type_is_refused(name: str, value: Any) -> None:
    """Times are whole numbers: no booleans, fractions, texts, or numbers that JavaScript cannot hold."""
    with pytest.raises(ClaimError, match=f"{name} must be whole seconds"):
        verify(token_with(claims={name: value}), KEYS, now=NOW)


@pytest.mark.parametrize("name", ["iss", "sub"])
@pytest.mark.parametrize("value", WRONG_TEXTS)
def test_sid_of_another_type_is_refused(name: str, value: Any) -> None:
    """iss and sub must be there, and be text."""
    with pytest.raises(ClaimError, match=f"{name} must be the SID"):
        verify(token_with(claims={name: value}), KEYS, now=NOW)


@pytest.mark.parametrize("identity", [True, 1.5, [], {}, None, "", ABSENT, 2**53])
def test_token_without_an_identity_is_refused(identity: Any) -> None:
    """Nobody is let in as nobody."""
    grants = {} if identity is ABSENT else {"identity": identity}

    with pytest.raises(ClaimError, match="identity must be text"):
        verify(token_with(claims={"grants": grants}), KEYS, now=NOW)


def test_number_as_identity_is_text() -> None:
    """The official Python library writes a number as it was given; it counts as its digits."""
    assert verify(token_with(claims={"grants": {"identity": 42}}), KEYS, now=NOW).identity == "42"


@pytest.mark.parametrize("grants", [True, 42, "video", [], None, ABSENT])
def test_grants_of_another_type_are_refused(grants: Any) -> None:
    """grants must be an object."""
    with pytest.raises(ClaimError, match="grants must be an object"):
        verify(token_with(claims={"grants": grants}), KEYS, now=NOW)


def test_unknown_claims_are_passed_on() -> None:
    """What we do not know is neither an error nor lost."""
    assert verify(token_with(claims={"aud": "x", "y": [1]}), KEYS, now=NOW).claims["y"] == [1]


def test_short_secret_is_no_proof() -> None:
    """A token signed with a secret that can be guessed is refused, however good its signature."""
    token = sign(HEADER, CLAIMS, secret="c" * 31)

    with pytest.raises(WeakSecretError, match="make a new API key"):
        verify(token, {KEY_SID: TrustedKey("c" * 31, ACCOUNT_SID)}, now=NOW)


def test_trusted_key_shows_no_secret() -> None:
    """The secret is in neither repr nor str."""
    assert SECRET not in repr(KEY) + str(KEY)


@pytest.mark.parametrize("secret", ["", None, b"c" * 32, 42])
def test_trusted_key_needs_a_secret(secret: Any) -> None:
    """A key without a secret is refused when it is made, not when the first token comes."""
    with pytest.raises((MissingValueError, CredentialsError), match="the API key's secret"):
        TrustedKey(secret, ACCOUNT_SID)


def test_secret_that_is_not_unicode_is_refused() -> None:
    """What no minter could have used is refused, without being shown."""
    with pytest.raises(CredentialsError) as caught:
        TrustedKey("c" * 32 + "\udc80", ACCOUNT_SID)

    assert "ccc" not in repr(caught.value)


@pytest.mark.parametrize(
    ("changes", "issued_at"),
    [
        ({"iat": NOW - 5, "nbf": NOW - 10, "jti": f"{KEY_SID}-{NOW - 20}"}, NOW - 5),
        ({"iat": ABSENT, "nbf": NOW - 10, "jti": f"{KEY_SID}-{NOW - 20}"}, NOW - 10),
        ({"iat": ABSENT, "jti": f"{KEY_SID}-{NOW - 20}"}, NOW - 20),
    ],
)
def test_issue_time_is_iat_or_nbf_or_jti(changes: dict[str, object], issued_at: int) -> None:
    """The first of the three that is there tells when the token was issued."""
    assert verify(token_with(claims=changes), KEYS, now=NOW).issued_at == issued_at


@pytest.mark.parametrize("jti", [ABSENT, 42, None, "", "SK-", "SK-12a", "SK-1.5", "SK-" + "9" * 13, "SK-٣", "SK-²"])
def test_token_that_does_not_tell_its_age_is_refused(jti: Any) -> None:
    """Without iat, nbf and a number in jti no lifetime can be checked."""
    with pytest.raises(ClaimError, match="none of iat, nbf and jti"):
        verify(token_with(claims={"iat": ABSENT, "jti": jti}), KEYS, now=NOW)


@pytest.mark.parametrize("start", [{"iat": NOW}, {"iat": ABSENT, "nbf": NOW}, {"iat": ABSENT, "jti": f"SK-{NOW}"}])
def test_token_of_more_than_a_day_is_refused(start: dict[str, object]) -> None:
    """24 hours after it was issued, by whatever claim, a token must have ended."""
    assert verify(token_with(claims={**start, "exp": NOW + 86_400}), KEYS, now=NOW).expires_at == NOW + 86_400
    with pytest.raises(LifetimeError, match="24 hours"):
        verify(token_with(claims={**start, "exp": NOW + 86_401}), KEYS, now=NOW)


def test_decode_reads_without_a_key() -> None:
    """Header and claims of any token come out, and nothing of it claims to be true."""
    read = decode(sign({"alg": "RS256", "typ": "at+jwt"}, {"sub": "x"}, secret="whoever"))

    assert (read.header, read.claims) == ({"alg": "RS256", "typ": "at+jwt"}, {"sub": "x"})
    assert type(read).__name__ == "UnverifiedToken"
    assert "valid" not in json.dumps(dataclasses.asdict(read)) + " ".join(dir(read))
