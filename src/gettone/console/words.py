"""What the console says, in each language: nested tables of texts by page, with `{placeholders}`. Pure, once loaded.

A text that depends on a count is a table of `one` and `other`; Japanese has `other` alone. What is put into a text is
escaped when any part of it is HTML, so that a sentence may hold a link. A key that is missing is a fault of ours, and
fails loudly. Must not know pages.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup, escape

LOCALES = ("en", "ja")
DEFAULT_LOCALE = "en"
FOLDER = Path(__file__).parent / "words"

Text = str | Mapping[str, str]
Value = str | int | float | Markup

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Words:
    """All texts, by locale and dotted key."""

    texts: Mapping[str, Mapping[str, Text]]

    def text(self, locale: str, key: str, **values: Value) -> str:
        """One text with its placeholders filled; Markup when one of the values is. Raises KeyError."""
        found = self.texts[locale][key]
        if not isinstance(found, str):
            one = values.get("count") == 1 and "one" in found
            found = found["one" if one else "other"]
        if any(isinstance(value, Markup) for value in values.values()):
            return Markup(_fill(str(escape(found)), {name: str(escape(value)) for name, value in values.items()}))
        return _fill(found, {name: _shown(value) for name, value in values.items()})

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self.texts[DEFAULT_LOCALE]


def load_words(folder: Path = FOLDER) -> Words:
    """Read every `<family>.<locale>.toml`. Raises ValueError for a key that two families have."""
    texts: dict[str, dict[str, Text]] = {locale: {} for locale in LOCALES}
    for locale, known in texts.items():
        for path in sorted(folder.glob(f"*.{locale}.toml")):
            for key, text in flatten(tomllib.loads(path.read_text(encoding="utf-8"))).items():
                if key in known:
                    raise ValueError(f"{path.name} has {key}, and so has another family")
                known[key] = text
    return Words(texts)


def flatten(table: Mapping[str, object], above: str = "") -> dict[str, Text]:
    """Dotted keys of nested tables; a table of `one` and `other` is one text."""
    found: dict[str, Text] = {}
    for name, value in table.items():
        key = f"{above}{name}"
        if isinstance(value, str) or (isinstance(value, dict) and "other" in value and set(value) <= {"one", "other"}):
            found[key] = value
        elif isinstance(value, dict):
            found |= flatten(value, f"{key}.")
        else:
            raise ValueError(f"{key} is no text")
    return found


def placeholders(text: Text) -> frozenset[str]:
    """Names of what a text wants to be filled with."""
    parts = [text] if isinstance(text, str) else list(text.values())
    return frozenset(name for part in parts for name in _PLACEHOLDER.findall(part))


def choose_locale(accepted: str) -> str:
    """The locale that an Accept-Language header likes best of ours (RFC 9110, 12.5.4)."""
    liked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:1000].split(",")):
        name, _, quality = part.strip().partition(";")
        language = name.strip().lower().partition("-")[0]
        weight = _weight(quality)
        if weight > 0 and language in LOCALES:
            liked.append((-weight, place, language))
    return min(liked)[2] if liked else DEFAULT_LOCALE


def _weight(quality: str) -> float:
    try:
        return float(quality.strip().removeprefix("q=")) if quality.strip() else 1.0
    except ValueError:
        return 0.0


def _shown(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)
