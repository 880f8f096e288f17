"""Control's sentences in the reader's language. Control speaks English, and does not know who reads.

`words/messages/ja.toml` has a sentence for each of control's, as control writes it: `{0}`, `{1}` stand for what it puts
in. A sentence that is not there is shown as it is: better told in English than not told. Names of parameters, as the
API writes them, become the labels that fields have (`parameters` in the words). Pure, once loaded.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gettone.console.words import DEFAULT_LOCALE, FOLDER, Words

FILE = "messages/{locale}.toml"
# Beyond this, a message is a program's output.
CHARACTERS_MAX = 2000

_PARAMETER = re.compile(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)*\b")
_PLACE = re.compile(r"\{(\d)\}")


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a sentence of control's goes, and what it is in another language."""

    matching: re.Pattern[str]
    translation: str


@dataclass(frozen=True, slots=True)
class Sentences:
    """Translations into one language: what is always the same, what has something in it, and what is put in there."""

    fixed: Mapping[str, str]
    patterns: Sequence[Pattern]
    parts: Sequence[Pattern]


@dataclass(frozen=True, slots=True)
class Messages:
    """Control's sentences in every language but its own."""

    words: Words
    sentences: Mapping[str, Sentences]

    def tell(self, locale: str, message: str) -> str:
        """A sentence of control's, for somebody who reads this language."""
        known = self.sentences.get(locale)
        if known is None or len(message) > CHARACTERS_MAX:
            return self._labelled(locale, message)
        core = message.rstrip(".")
        same = known.fixed.get(_begun(core))
        if same is not None:
            return same
        return self._filled(locale, core, known.patterns) or self._labelled(locale, message)

    def _filled(self, locale: str, text: str, patterns: Sequence[Pattern]) -> str | None:
        for pattern in patterns:
            found = pattern.matching.fullmatch(text)
            if found is not None:
                parts = [self._part(locale, part) for part in found.groups()]
                pieces = _PLACE.split(pattern.translation)
                return "".join(parts[int(piece)] if place % 2 else piece for place, piece in enumerate(pieces))
        return None

    def _part(self, locale: str, text: str) -> str:
        return self._filled(locale, text, self.sentences[locale].parts) or self._labelled(locale, text)

    def _labelled(self, locale: str, text: str) -> str:
        known = self.words.texts[locale]

        def label(found: re.Match[str]) -> str:
            word = known.get(f"parameters.{found[0]}")
            return word if isinstance(word, str) else found[0]

        return _PARAMETER.sub(label, text)


def load_messages(words: Words, folder: Path = FOLDER) -> Messages:
    """Read the sentences of every language but control's own."""
    return Messages(words, {locale: _load(folder, locale) for locale in words.texts if locale != DEFAULT_LOCALE})


def _load(folder: Path, locale: str) -> Sentences:
    read = tomllib.loads((folder / FILE.format(locale=locale)).read_text(encoding="utf-8"))
    parts = read.pop("parts")
    fixed = {_begun(said.rstrip(".")): told for said, told in read.items() if not _PLACE.search(said)}
    patterns = [_pattern(said, told) for said, told in read.items() if _PLACE.search(said)]
    return Sentences(fixed, patterns, [_pattern(said, told) for said, told in parts.items()])


def _begun(sentence: str) -> str:
    """A sentence as it begins in the middle of another."""
    return sentence[:1].lower() + sentence[1:]


def _pattern(sentence: str, translation: str) -> Pattern:
    pieces = _PLACE.split(sentence.rstrip("."))
    matching = "".join("(.+?)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
    if pieces[0]:
        first = sentence[0]
        matching = f"[{first.lower()}{first.upper()}]{matching[len(re.escape(first)) :]}"
    return Pattern(re.compile(matching, re.DOTALL), translation)
