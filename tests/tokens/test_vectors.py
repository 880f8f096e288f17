"""The published vectors hold, in Python and in JavaScript."""

import json
import warnings
from typing import Any

import pytest

from gettone.tokens import MintError, TrustedKey, WeakSecretWarning, decode, verify
from tests.tokens.samples import VECTORS
from tests.tokens.specs import Spec, Twin, mint_from


def read(name: str) -> list[dict[str, Any]]:
    """Read one file of vectors."""
    vectors: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return vectors


OFFICIAL = read("official")
MINTED = read("minted")
REFUSED = read("refused")


def named(vectors: list[dict[str, Any]]) -> list[Any]:
    """Make each vector a parameter of its name."""
    return [pytest.param(vector, id=vector["name"]) for vector in vectors]


def mint_quietly(spec: Spec) -> str:
    """Mint from a spec whose secret may be short."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WeakSecretWarning)
        return mint_from(spec)


@pytest.mark.parametrize("vector", named(OFFICIAL))
def test_token_of_an_official_library_is_verified(vector: dict[str, Any]) -> None:
    """What Twilio's libraries sign, with iat or with nbf alone, is believed at its time."""
    keys = {vector["signing_key_sid"]: TrustedKey(vector["secret"], vector["account_sid"])}
    verified = verify(vector["token"], keys, now=vector["issued_at"])

    for name in ("identity", "grants", "region", "issued_at", "expires_at", "account_sid", "signing_key_sid"):
        assert getattr(verified, name) == vector[name]


@pytest.mark.parametrize("vector", named(MINTED))
def test_python_mints_the_vector(vector: dict[str, Any]) -> None:
    """The same spec, time and nonce give the same token, byte by byte."""
    token = mint_quietly(vector["spec"])
    read = decode(token)

    assert token == vector["python"]
    assert (read.header, read.claims) == (vector["header"], vector["claims"])


def test_javascript_mints_every_vector(twin: Twin) -> None:
    """The twin makes, byte by byte, the token that is published for it."""
    answers = twin.mint(vector["spec"] for vector in MINTED)

    assert answers == [{"token": vector["javascript"]} for vector in MINTED]


@pytest.mark.parametrize("vector", named(MINTED))
def test_both_languages_say_the_same(vector: dict[str, Any]) -> None:
    """Header and claims of the two tokens are equal, whatever their bytes."""
    python, javascript = decode(vector["python"]), decode(vector["javascript"])

    assert python == javascript


@pytest.mark.parametrize("vector", named(REFUSED))
def test_python_refuses_with_these_words(vector: dict[str, Any]) -> None:
    """What cannot be minted is refused by the named error, reason and sentence."""
    with pytest.raises(MintError) as caught:
        mint_quietly(vector["spec"])

    error = caught.value
    assert {"name": type(error).__name__, "reason": error.reason, "message": str(error)} == vector["error"]


def test_javascript_refuses_with_the_same_words(twin: Twin) -> None:
    """The twin refuses the same specs by the same errors."""
    answers = twin.mint(vector["spec"] for vector in REFUSED)

    assert answers == [{"error": vector["error"]} for vector in REFUSED]


@pytest.mark.parametrize("vector", named(REFUSED))
def test_refusal_does_not_repeat_the_secret(vector: dict[str, Any]) -> None:
    """No error's sentence has the secret in it."""
    assert "ccc" not in vector["error"]["message"]
