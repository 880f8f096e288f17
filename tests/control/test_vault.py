"""Sealed texts open in their own row, under their own key, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.control.vault import Vault
from gettone.model.errors import PlatformError
from tests.control.offices import MASTER_KEY, seeded

ROW = "ZV" + "1" * 32
OTHER_ROW = "ZV" + "2" * 32
ANOTHER_KEY = b"another key of the same length.."


def refusal(vault: Vault, row: str, sealed: bytes, code: str = "internal") -> str:
    """What is said of a text that does not open."""
    with pytest.raises(PlatformError) as caught:
        vault.open("variable", row, sealed)
    assert caught.value.code == code
    return caught.value.message


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_opens(text: str) -> None:
    """Any text, the empty one too."""
    vault = Vault(MASTER_KEY)

    assert vault.open("variable", ROW, vault.seal("variable", ROW, text)) == text


def test_equal_texts_are_sealed_differently() -> None:
    """Nobody sees which rows hold the same."""
    vault = Vault(MASTER_KEY)

    assert vault.seal("variable", ROW, "a") != vault.seal("variable", ROW, "a")


def test_sealed_text_opens_in_no_other_row() -> None:
    """Neither another id nor another kind of the same id."""
    vault = Vault(MASTER_KEY)
    sealed = vault.seal("variable", ROW, "secret")

    assert refusal(vault, OTHER_ROW, sealed) == (
        f"a secret of variable {OTHER_ROW} does not open: its row was changed by hand or is damaged"
    )
    with pytest.raises(PlatformError):
        vault.open("api_key", ROW, sealed)


@pytest.mark.parametrize("place", [0, 1, 5, 17, -1])
def test_sealed_text_that_was_changed_does_not_open(place: int) -> None:
    """Version, key id, nonce, text and tag: each byte counts."""
    vault = Vault(MASTER_KEY)
    sealed = bytearray(vault.seal("variable", ROW, "secret"))
    sealed[place] ^= 1

    assert "secret of variable" in refusal(vault, ROW, bytes(sealed))


@pytest.mark.parametrize("length", [0, 4, 5, 17, 20, 32])
def test_sealed_text_that_was_cut_does_not_open(length: int) -> None:
    """It is an error like any other, not a crash."""
    vault = Vault(MASTER_KEY)

    refusal(vault, ROW, vault.seal("variable", ROW, "secret")[:length])


def test_another_master_key_is_told_apart() -> None:
    """From damage: the operator has to do something else."""
    sealed = Vault(MASTER_KEY).seal("variable", ROW, "secret")

    assert refusal(Vault(ANOTHER_KEY), ROW, sealed) == (
        f"a secret of variable {ROW} was sealed under another master key: start with the key of this database"
    )


def test_key_of_another_database_is_one_sentence_at_start() -> None:
    """The check passes for its own key, and says what to do for any other."""
    check = Vault(MASTER_KEY).make_check()

    Vault(MASTER_KEY).check(check)
    for wrong in (check[:-1], b"", Vault(MASTER_KEY).seal("cluster", "check", "another text")):
        with pytest.raises(PlatformError):
            Vault(MASTER_KEY).check(wrong)
    with pytest.raises(
        PlatformError, match="put that key's file back, or name it in GETTONE_MASTER_KEY_FILE"
    ) as caught:
        Vault(ANOTHER_KEY).check(check)
    assert caught.value.code == "invalid"


def test_every_use_has_a_key_of_its_own() -> None:
    """A gateway's keys are neither the columns' nor the one that signs; the same master key makes the same ones."""
    vault, again, another = Vault(MASTER_KEY), Vault(MASTER_KEY), Vault(ANOTHER_KEY)
    signature = vault.signing_key.sign(b"manifest")

    assert vault.gateway_keys() == again.gateway_keys()
    assert vault.gateway_keys().snapshot_key not in (MASTER_KEY, vault.signing_key.private_bytes_raw())
    assert vault.gateway_keys().snapshot_key != another.gateway_keys().snapshot_key
    assert again.signing_key.sign(b"manifest") == signature
    assert vault.gateway_keys().public_key == vault.signing_key.public_key().public_bytes_raw()


def test_representation_tells_no_key() -> None:
    """Neither of the vault nor of a gateway's keys."""
    vault = Vault(MASTER_KEY)
    shown = f"{vault!r} {vault.gateway_keys()!r}"

    assert repr(vault.gateway_keys().snapshot_key) not in shown
    assert MASTER_KEY.decode() not in shown


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_master_key_has_32_bytes(length: int) -> None:
    """Any other length is refused."""
    with pytest.raises(PlatformError, match="has 32 bytes"):
        Vault(bytes(length))


def test_randomness_is_handed_in() -> None:
    """The nonce is all that is random."""
    assert Vault(MASTER_KEY, seeded(1)).seal("variable", ROW, "a") == Vault(MASTER_KEY, seeded(1)).seal(
        "variable", ROW, "a"
    )
