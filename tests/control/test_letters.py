"""What letters say: in both languages, with the same in them, and no secret where lists show it."""

from __future__ import annotations

import string

import pytest

from gettone.control.letters import LOCALES, LetterKind, write

VALUES = {
    "console": "https://console.example.com",
    "link": "https://console.example.com/link#s3cret",
    "code": "123456",
    "inviter": "ada@example.com",
    "account": "{Braces} & <tags>",
}


class Noting(dict[str, str]):
    """Values that note which of them were asked for."""

    def __init__(self) -> None:
        super().__init__(VALUES)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)


@pytest.mark.parametrize("kind", LetterKind)
def test_languages_tell_the_same(kind: LetterKind) -> None:
    """Each has the same values in it, and is written in its script."""
    asked, texts = [], []
    for locale in LOCALES:
        values = Noting()
        letter = write(kind, locale, values)
        asked.append(values.asked)
        texts.append(letter.text)

        assert "{" not in letter.text.replace(VALUES["account"], "")
        assert not {VALUES["link"], VALUES["code"]} & set(letter.subject.split())

    assert asked[0] == asked[1]
    assert set(texts[0]) <= set(string.printable)
    assert any("\u3040" <= letter <= "\u30ff" for letter in texts[1])


def test_unknown_language_is_english() -> None:
    """Nobody goes without a letter."""
    assert write(LetterKind.VERIFY, None, VALUES) == write(LetterKind.VERIFY, "en", VALUES)


def test_value_that_is_missing_is_a_slip() -> None:
    """No letter with a hole in it."""
    with pytest.raises(KeyError):
        write(LetterKind.RESET, "en", {"console": ""})
