"""Minting: what the class takes, what it refuses, and what it never shows."""

import base64
import enum
import inspect
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.jwt.access_token import AccessToken as OfficialToken  # type: ignore[import-untyped]
from twilio.jwt.access_token.grants import VideoGrant as OfficialVideoGrant  # type: ignore[import-untyped]

from gettone.tokens import (
    AccessToken,
    AccessTokenGrant,
    CredentialsError,
    GrantError,
    IdentityError,
    MintError,
    MissingValueError,
    TtlError,
    VideoGrant,
    VoiceGrant,
    WeakSecretWarning,
    decode,
    verify,
)
from gettone.tokens.keys import prepare
from tests.tokens.samples import ACCOUNT_SID, KEY_SID, KEYS, NONCE, NOW, SECRET, make_token, mint


def claims_of(token: str) -> dict[str, Any]:
    """Read the claims of a token that was just minted."""
    return dict(decode(token).claims)


def test_constructor_takes_what_twilios_takes() -> None:
    """Names and order of the arguments are those of the official Python library."""
    ours, theirs = (list(inspect.signature(token).parameters) for token in (AccessToken, OfficialToken))

    assert ours == theirs


def test_minted_token_is_verified() -> None:
    """A token minted now, by the real clock, is believed now and carries its identity and grants."""
    token = AccessToken(ACCOUNT_SID, KEY_SID, SECRET, identity="alice")
    token.add_grant(VideoGrant(room="kitchen"))
    verified = verify(token.to_jwt(), KEYS)

    assert (verified.identity, verified.grants) == ("alice", {"video": {"room": "kitchen"}})
    assert abs(verified.issued_at - time.time()) < 60
    assert verified.expires_at == verified.issued_at + 3600


def test_everything_may_be_set_after_construction() -> None:
    """Identity, grants, times, key and region count as they are when the token is minted."""
    token = AccessToken("AC1", "SK1", "x" * 32)
    grant = VideoGrant()
    token.add_grant(grant)
    token.account_sid, token.signing_key_sid, token.secret = ACCOUNT_SID, KEY_SID, SECRET
    token.identity, token.ttl, token.nbf, token.region = "bob", 60, NOW + 1, "ie1"
    grant.room = "garden"
    verified = verify(mint(token), KEYS, now=NOW + 1)

    assert (verified.identity, verified.grants, verified.region) == ("bob", {"video": {"room": "garden"}}, "ie1")
    assert verified.expires_at == NOW + 60


def test_changed_secret_signs_the_next_token() -> None:
    """What is prepared for one key is not used for another."""
    token = make_token()
    first = mint(token)
    token.secret = "d" * 32
    second = mint(token)

    assert first.rpartition(".")[0] == second.rpartition(".")[0]
    assert first.rpartition(".")[2] != second.rpartition(".")[2]


def test_token_can_be_minted_twice() -> None:
    """Each minting gives a token of its own, told apart by jti."""
    token = make_token()
    first, second = claims_of(token.to_jwt()), claims_of(token.to_jwt())

    assert first["jti"] != second["jti"]
    assert first["jti"].startswith(f"{KEY_SID}-")


def test_nbf_is_written_only_when_asked_for() -> None:
    """iat and exp are always there; nbf is not, so that a clock ahead does not spoil a fresh token."""
    plain, late = make_token(), make_token()
    late.nbf = NOW + 10

    assert set(claims_of(mint(plain))) == {"iss", "sub", "jti", "iat", "exp", "grants"}
    assert claims_of(mint(late))["nbf"] == NOW + 10


def test_ttl_of_to_jwt_wins() -> None:
    """`to_jwt(ttl=...)` replaces both the token's ttl and its valid_until."""
    token = make_token()
    token.valid_until = NOW + 100

    assert claims_of(mint(token))["exp"] == NOW + 100
    assert claims_of(mint(token, ttl=7))["exp"] == NOW + 7
    token.valid_until = None
    assert claims_of(mint(token))["exp"] == NOW + 3600


@pytest.mark.parametrize("valid_until", [NOW, NOW - 1, 0, NOW + 86_401, NOW * 1000, float(NOW), "tomorrow", True])
def test_impossible_valid_until_is_refused(valid_until: Any) -> None:
    """An end that has passed, is beyond 24 hours, or is no whole number makes no token."""
    token = make_token()
    token.valid_until = valid_until

    with pytest.raises(TtlError):
        mint(token)


@pytest.mark.parametrize("ttl", [0, -5, 86_401, 1.0, "60", True])
def test_impossible_ttl_of_to_jwt_is_refused(ttl: Any) -> None:
    """A zero is refused too: the official library takes it for "not given"."""
    with pytest.raises(TtlError):
        mint(make_token(), ttl=ttl)


def test_forgotten_variable_is_named_where_it_was_forgotten() -> None:
    """The constructor itself refuses a missing value, and names the variable."""
    with pytest.raises(MissingValueError, match=r"is the variable API_SECRET set\?"):
        AccessToken(ACCOUNT_SID, KEY_SID, None)


def test_value_taken_away_later_is_missing_too() -> None:
    """Minting checks again: everything may have been changed since construction."""
    token = make_token()
    token.secret = None

    with pytest.raises(MissingValueError, match="API_SECRET"):
        token.to_jwt()


def test_mint_error_is_a_value_error() -> None:
    """Code written for the official library catches ValueError."""
    assert issubclass(MintError, ValueError)


def test_grants_of_the_constructor_are_copied() -> None:
    """The list that was passed stays the caller's."""
    grants = [VideoGrant("kitchen")]
    token = AccessToken(ACCOUNT_SID, KEY_SID, SECRET, grants=grants, identity="alice")
    token.add_grant(VoiceGrant())

    assert len(grants) == 1
    assert set(claims_of(mint(token))["grants"]) == {"identity", "video", "voice"}


def test_grant_put_into_the_list_by_hand_is_checked() -> None:
    """What did not come through add_grant is checked when the token is minted."""
    token = make_token()
    token.grants.append(42)  # type: ignore[arg-type]

    with pytest.raises(GrantError, match="one of the grant classes"):
        mint(token)


def test_official_grant_is_taken() -> None:
    """A grant made by the official library works in our token."""
    assert claims_of(mint(make_token(OfficialVideoGrant(room="attic"))))["grants"]["video"] == {"room": "attic"}


def test_grant_classes_hang_on_the_token_class() -> None:
    """Tutorials write `AccessToken.VideoGrant`."""
    names = ("VideoGrant", "VoiceGrant", "ChatGrant", "SyncGrant", "TaskRouterGrant", "PlaybackGrant")

    assert [getattr(AccessToken, name).__name__ for name in names] == list(names)


class ImpostorGrant(AccessTokenGrant):
    key = "identity"

    def to_payload(self) -> Any:
        return "root"


def test_grant_cannot_take_the_place_of_the_identity() -> None:
    """A grant named identity would let a token speak for somebody else: the official Node library lets it."""
    with pytest.raises(GrantError, match="neither empty nor identity"):
        mint(make_token(ImpostorGrant()))


class Name(str, enum.Enum):  # noqa: UP042 - its str() is not its value, as StrEnum's is
    ALICE = "alice"


class Number(enum.IntEnum):
    ONE = 1


@pytest.mark.parametrize(("identity", "text"), [(Name.ALICE, "alice"), (Number.ONE, "1"), (-7, "-7"), (0, "0")])
def test_identity_is_written_as_text(identity: Any, text: str) -> None:
    """Members of enumerations are their values; whole numbers are written out."""
    assert claims_of(mint(make_token(identity=identity)))["grants"]["identity"] == text


@pytest.mark.parametrize("identity", [True, False, 1.0, b"alice", ["alice"], {"a": 1}, object()])
def test_identity_of_another_kind_is_refused(identity: Any) -> None:
    """Nothing is turned into text that its owner did not write as text or as a whole number."""
    with pytest.raises(IdentityError):
        mint(make_token(identity=identity))


@pytest.mark.parametrize("name", ["account_sid", "signing_key_sid", "secret", "region"])
@pytest.mark.parametrize("value", [["x"], {"x": 1}, 42, b"bytes", {1}])
def test_credential_of_another_kind_is_refused(name: str, value: Any) -> None:
    """Also what cannot be looked up in the cache of prepared keys gets the plain sentence."""
    token = make_token()
    setattr(token, name, value)

    with pytest.raises(CredentialsError, match="must be text"):
        mint(token)


def test_repr_shows_neither_secret_nor_token() -> None:
    """Whoever logs a token object logs no credential; the official library prints the signed token."""
    token = make_token()

    for shown in (repr(token), str(token), f"{token}"):
        assert shown == f"<AccessToken of {KEY_SID} for 'alice': video>"
    assert not hasattr(token, "__dict__")


def test_misspelt_attribute_is_an_error() -> None:
    """A typo would otherwise make a token for everyone, or for every room."""
    with pytest.raises(AttributeError):
        make_token().identiy = "bob"  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        VideoGrant().romm = "kitchen"  # type: ignore[attr-defined]


def test_short_secret_warns_at_the_callers_line() -> None:
    """Minting with a secret that can be guessed works, and says so where to_jwt is called."""
    token = make_token()
    token.secret = "c" * 31
    with pytest.warns(WeakSecretWarning, match="shorter than 32 bytes") as caught:
        token.to_jwt()

    assert [warning.filename for warning in caught] == [__file__]


@given(
    identity=st.text(min_size=1, max_size=40),
    room=st.text(max_size=40),
    ttl=st.integers(1, 86_400),
    nbf=st.none() | st.integers(0, NOW),
)
@settings(deadline=None)
def test_claims_written_by_hand_are_what_json_dumps_writes(identity: str, room: str, ttl: int, nbf: int | None) -> None:
    """For any identity and room the payload's bytes are json.dumps of the claims."""
    token = make_token(VideoGrant(room), identity=identity)
    token.ttl, token.nbf = ttl, nbf
    claims: dict[str, object] = {"iss": KEY_SID, "sub": ACCOUNT_SID, "jti": f"{KEY_SID}-{NONCE}", "iat": NOW}
    claims["exp"] = NOW + ttl
    if nbf is not None:
        claims["nbf"] = nbf
    claims["grants"] = {"identity": identity, "video": {"room": room} if room else {}}
    payload = base64.urlsafe_b64decode(mint(token).split(".")[1] + "==")

    assert payload.decode() == json.dumps(claims, separators=(",", ":"))


@given(texts=st.lists(st.text(max_size=20), min_size=3, max_size=3), region=st.none() | st.text(max_size=10))
@settings(deadline=None)
def test_header_and_key_written_by_hand_are_what_json_dumps_writes(texts: list[str], region: str | None) -> None:
    """For any SIDs and region the header's bytes are json.dumps of the header, and the claims read back."""
    account_sid, signing_key_sid = "AC" + texts[0], "SK" + texts[1]
    token = AccessToken(account_sid, signing_key_sid, SECRET + texts[2], identity="alice", region=region)
    minted = mint(token)
    header = {"alg": "HS256", "typ": "JWT", "cty": "twilio-fpa;v=1", **({"twr": region} if region else {})}
    claims = claims_of(minted)

    assert base64.urlsafe_b64decode(minted.split(".")[0] + "==").decode() == json.dumps(header, separators=(",", ":"))
    assert (claims["iss"], claims["sub"]) == (signing_key_sid, account_sid)
    assert claims["jti"] == f"{signing_key_sid}-{NONCE}"


def test_key_is_prepared_once() -> None:
    """The second token of a key finds what the first one prepared, and the number of prepared keys is bounded."""
    mint(make_token())
    before = prepare.cache_info()
    mint(make_token())
    after = prepare.cache_info()

    assert (after.hits, after.misses) == (before.hits + 1, before.misses)
    assert after.maxsize == 256


def test_room_stands_alone(repository: Path, tmp_path: Path) -> None:
    """The package works as a lone folder, with nothing but the standard library to import from."""
    (tmp_path / "gettone").mkdir()
    (tmp_path / "gettone" / "tokens").symlink_to(repository / "src/gettone/tokens")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from gettone.tokens import AccessToken, VideoGrant\n"
        "token = AccessToken('AC1', 'SK1', 'c' * 32, [VideoGrant('kitchen')], 'alice')\n"
        "print(token.to_jwt())\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)

    assert claims_of(done.stdout.strip())["grants"] == {"identity": "alice", "video": {"room": "kitchen"}}
