"""SIDs have Twilio's form, and are made or derived from what is handed in."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.model import sids
from gettone.model.errors import PlatformError
from gettone.model.sids import SidKind

# The toolkit takes anything else for a name.
TOOLKIT_FORM = re.compile(r"^[A-Z]{2}[a-f0-9]{32}$")

KINDS: list[SidKind[str]] = [kind for kind in vars(sids).values() if isinstance(kind, SidKind)]
EXAMPLE = "AC0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_made_sid_passes_the_toolkits_check(kind: SidKind[str]) -> None:
    """Every kind makes SIDs that the toolkit and our own check accept."""
    sid = kind.make(os.urandom)

    assert TOOLKIT_FORM.match(sid)
    assert kind.check(sid) == sid


def test_made_sid_is_the_randomness() -> None:
    """16 bytes are asked for, and all of them are in the SID."""
    asked: list[int] = []

    def randomness(count: int) -> bytes:
        asked.append(count)
        return bytes(range(count))

    assert sids.SERVICE.make(randomness) == "ZS000102030405060708090a0b0c0d0e0f"
    assert asked == [16]


@given(st.text(), st.text())
def test_derived_sid_follows_its_text(one: str, other: str) -> None:
    """Equal texts have equal SIDs, other texts other ones, and kinds never share one."""
    assert sids.SERVICE.derive(one) == sids.SERVICE.derive(one)
    assert (sids.SERVICE.derive(one) == sids.SERVICE.derive(other)) == (one == other)
    assert sids.SERVICE.derive(one)[2:] != sids.ENVIRONMENT.derive(one)[2:]
    assert TOOLKIT_FORM.match(sids.SERVICE.derive(one))


def test_derived_sid_is_the_same_in_every_version() -> None:
    """A project folder keeps its SIDs over restarts and upgrades."""
    assert sids.SERVICE.derive("/srv/quickstart") == "ZS7030c45680ecacc9f48cb0cd4d558ec9"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AC",
        EXAMPLE[:-1],
        EXAMPLE + "0",
        EXAMPLE + "\n",
        EXAMPLE.replace("abcdef", "ABCDEF"),
        EXAMPLE.replace("AC", "ac"),
        EXAMPLE.replace("AC", "SK"),
        EXAMPLE.replace("0", "٠"),
        EXAMPLE.replace("0", "g"),
        " " + EXAMPLE,
    ],
)
def test_other_text_is_no_sid(text: str) -> None:
    """Wrong letters, lengths, digits and cases are refused, and the message does not repeat what was given."""
    with pytest.raises(PlatformError) as caught:
        sids.ACCOUNT.check(text)

    assert caught.value.code == "invalid"
    assert str(caught.value) == "this is no SID of an account: write AC and 32 lower-case hex digits"


def test_function_and_asset_share_their_letters() -> None:
    """Twilio gives functions and assets one prefix, and their versions another."""
    assert {kind.noun: kind.prefix for kind in KINDS if "function" in kind.noun or "asset" in kind.noun} == {
        "a function": "ZH",
        "an asset": "ZH",
        "a function version": "ZN",
        "an asset version": "ZN",
    }
