"""Words: the same in both languages, all of them there, and nothing on a page that is not one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markupsafe import Markup

import gettone.console
from gettone.console.words import FOLDER, LOCALES, Words, choose_locale, flatten, load_words, placeholders

CONSOLE = Path(gettone.console.__file__).parent
TEMPLATES = sorted((CONSOLE / "templates").rglob("*.html"))
# This page shows elements by their names in the code.
UNTRANSLATED = {"patterns.html"}
# What is not shown as a sentence: comments, names of classes, expressions, code, tags.
NO_WORDS = (
    r"\{#.*?#\}",
    r"\{% block (width|\w+_attributes) %\}.*?\{% endblock %\}",
    r"\{\{.*?\}\}",
    r"\{%.*?%\}",
    r"<(code|pre)\b.*?</\1>",
    r"<[^>]*>",
    r"[\w-]+=\"[^\"]*\"",
    r"&\w+;",
)
# The same in every language.
NAMES = {"curl"}
WORDS = Words(
    {
        "en": {
            "page.keys": {"one": "1 key", "other": "{count} keys"},
            "page.see": "See {link}, <{name}>",
            "page.title": "Keys",
        },
        "ja": {"page.keys": {"other": "{count}個のキー"}, "page.see": "{link} {name}", "page.title": "キー"},
    }
)


def test_languages_have_the_same_words() -> None:
    """No page is half translated."""
    texts = load_words().texts

    assert set(texts["en"]) == set(texts["ja"])


def test_languages_have_the_same_placeholders() -> None:
    """What one sentence tells, the other tells, too."""
    texts = load_words().texts
    names = {locale: {key: placeholders(text) for key, text in texts[locale].items()} for locale in LOCALES}

    assert names["en"] == names["ja"]


def test_every_family_has_both_languages() -> None:
    """Each file has its other half."""
    families = {locale: {path.name.split(".")[0] for path in FOLDER.glob(f"*.{locale}.toml")} for locale in LOCALES}

    assert families["en"] == families["ja"] != set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(CONSOLE / "templates").as_posix())
def test_words_of_a_template_exist(path: Path) -> None:
    """A key that is written out in a template is one of ours."""
    text = re.sub(NO_WORDS[0], "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    asked = set(re.findall(r"""\bt\(\s*["']([a-z0-9_.]+)["']\s*[,)]""", text))

    assert asked - set(load_words().texts["en"]) == set()


def test_words_of_pages_exist() -> None:
    """The same for keys that are written out in modules."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in CONSOLE.glob("*.py"))
    asked = set(re.findall(r"""\bsay\(request, "([a-z0-9_.]+)"[,)]""", sources))
    asked |= set(re.findall(r"""\bsaid="([a-z0-9_.]+)"[,)]""", sources))

    assert asked - set(load_words().texts["en"]) == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(CONSOLE / "templates").as_posix())
def test_templates_hold_no_words_of_their_own(path: Path) -> None:
    """Every sentence comes from the words; what a template may write itself is code."""
    if path.name in UNTRANSLATED:
        return
    text = path.read_text(encoding="utf-8")
    for pattern in NO_WORDS:
        text = re.sub(pattern, "", text, flags=re.DOTALL)

    assert set(re.findall(r"[A-Za-z\u3040-\u30ff\u4e00-\u9fff]{2,}", text)) <= NAMES


def test_count_chooses_the_form() -> None:
    """One key, several keys; Japanese has one form."""
    assert WORDS.text("en", "page.keys", count=1) == "1 key"
    assert WORDS.text("en", "page.keys", count=12_000) == "12,000 keys"
    assert WORDS.text("ja", "page.keys", count=1) == "1個のキー"


def test_sentence_with_a_link_is_escaped_around_it() -> None:
    """HTML that we made stays; all else in the same sentence is text."""
    link = Markup('<a href="/keys">keys</a>')

    text = WORDS.text("en", "page.see", link=link, name="<script>")

    assert text == Markup('See <a href="/keys">keys</a>, &lt;&lt;script&gt;&gt;')
    assert isinstance(text, Markup)


def test_sentence_without_html_is_no_html() -> None:
    """Templates escape it."""
    assert not isinstance(WORDS.text("en", "page.see", link="a", name="b"), Markup)


@pytest.mark.parametrize("key", ["page.none", "page.see"])
def test_missing_word_or_value_fails_loudly(key: str) -> None:
    """It is a fault of ours, and no page hides it."""
    with pytest.raises(KeyError):
        WORDS.text("en", key)


def test_two_families_do_not_share_a_word(tmp_path: Path) -> None:
    """Which one would be shown would be chance."""
    for family in ("one", "two"):
        (tmp_path / f"{family}.en.toml").write_text('[page]\ntitle = "Keys"\n')

    with pytest.raises(ValueError, match=r"page\.title"):
        load_words(tmp_path)


def test_what_is_no_text_is_refused() -> None:
    """A number in a file of words is a slip."""
    with pytest.raises(ValueError, match=r"page\.count"):
        flatten({"page": {"count": 3}})


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        ("", "en"),
        ("ja", "ja"),
        ("ja-JP,ja;q=0.9,en;q=0.8", "ja"),
        ("en-GB,ja;q=0.9", "en"),
        ("de,ja;q=0.5,en;q=0.2", "ja"),
        ("de-CH, fr", "en"),
        ("ja;q=0,en;q=0.1", "en"),
        ("ja;q=many", "en"),
        ("*", "en"),
    ],
)
def test_browser_s_language_is_spoken(accepted: str, locale: str) -> None:
    """The best liked of ours; English for those who like neither."""
    assert choose_locale(accepted) == locale
