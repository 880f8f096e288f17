"""Errors are one family, keep their evidence, and have words for every kind of value."""

import pytest

from gettone import tokens
from gettone.tokens import ExpiredTokenError, SignatureError, TokenError, verify
from gettone.tokens.errors import kind
from tests.tokens.samples import KEYS, NOW, SECRET, make_token, mint, token_with

ERRORS = [value for value in vars(tokens).values() if isinstance(value, type) and issubclass(value, TokenError)]


def test_all_errors_are_one_family() -> None:
    """Each exported error descends from TokenError and has a word of its own."""
    assert all(issubclass(error, TokenError) for error in ERRORS)
    assert len({error.reason for error in ERRORS}) == len(ERRORS)


def test_every_error_is_exported() -> None:
    """Whoever catches one can name it."""
    family = [TokenError]
    for error in family:
        family.extend(error.__subclasses__())

    assert {error.__name__ for error in family} <= set(tokens.__all__)


def test_error_keeps_header_and_claims() -> None:
    """An expired token's error tells whose it was."""
    with pytest.raises(ExpiredTokenError) as caught:
        verify(mint(make_token()), KEYS, now=NOW + 3600)

    assert caught.value.header is not None
    assert caught.value.claims is not None
    assert caught.value.claims["exp"] == NOW + 3600


def test_error_holds_neither_signature_nor_token_nor_secret() -> None:
    """Everything an error carries may be logged."""
    token = token_with(claims={"iss": "SK" + "b" * 32})[:-4] + "AAAA"
    with pytest.raises(SignatureError) as caught:
        verify(token, KEYS, now=NOW)

    carried = repr((str(caught.value), caught.value.args, vars(caught.value)))
    assert token.rpartition(".")[2] not in carried
    assert SECRET not in carried


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "true or false"),
        ("a", "text"),
        (1, "a whole number"),
        (1.5, "a number that is not whole"),
        (float("nan"), "a number that is not finite"),
        (float("inf"), "a number that is not finite"),
        ((), "a list"),
        ({}, "an object"),
        (int, "a class"),
        (len, "a function"),
        (b"", "a value of type bytes"),
    ],
)
def test_each_kind_of_value_has_words(value: object, words: str) -> None:
    """Messages name kinds in words that both languages share."""
    assert kind(value) == words
