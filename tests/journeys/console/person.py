"""Somebody at a browser, who finds things by what they are called, in the language they read.

The names are the console's own words, so that one walk goes in every language. Must not know a walk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from playwright.sync_api import Browser, Locator, Page, expect

from gettone.console.words import Words, load_words
from tests.journeys.console.album import Album
from tests.journeys.console.chromium import WIDE, Theme, Watch, open_window

WORDS = load_words()
_PLACEHOLDER = re.compile(r"\\\{[a-z_]+\\\}")


@dataclass(frozen=True)
class Person:
    """A window, and who sits before it. Who `tells` leaves a picture of each step on the way, too."""

    page: Page
    base: str
    locale: str
    watch: Watch
    album: Album
    tells: bool = False
    words: Words = WORDS

    def say(self, key: str, **values: str | int) -> str:
        """What the console calls something in this person's language."""
        return self.words.text(self.locale, key, **values)

    def pattern(self, key: str) -> re.Pattern[str]:
        """The same, whatever stands in its gaps."""
        found = self.words.texts[self.locale][key]
        texts = [found] if isinstance(found, str) else found.values()
        return re.compile("|".join(_PLACEHOLDER.sub(".+", re.escape(text)) for text in texts))

    def go(self, path: str) -> None:
        """Open a page by its address."""
        self.page.goto(f"{self.base}{path}")

    def field(self, key: str) -> Locator:
        """A field by its label."""
        return self.page.get_by_label(self.say(key), exact=True)

    def fill(self, key: str, text: str) -> None:
        """Type into a field."""
        self.field(key).fill(text)

    def button(self, key: str, **values: str) -> Locator:
        """A button by its name."""
        return self.page.get_by_role("button", name=self.say(key, **values), exact=True)

    def press(self, key: str, **values: str) -> None:
        """Press a button."""
        self.button(key, **values).click()

    def link(self, key: str, **values: str) -> Locator:
        """A link by its name."""
        return self.page.get_by_role("link", name=self.say(key, **values), exact=True)

    def follow(self, key: str, **values: str) -> None:
        """Follow a link."""
        self.link(key, **values).click()

    def visit(self, product: str) -> None:
        """Go to a product by its link in the dock."""
        dock = self.page.get_by_role("navigation", name=self.say("frame.products"))
        dock.get_by_role("link", name=self.say(f"products.{product}"), exact=True).click()

    def follow_section(self, section: str) -> None:
        """Go to a page beside the editor, such as that of variables."""
        files = self.page.get_by_role("navigation", name=self.say("editor.files"))
        files.get_by_role("link", name=re.compile(f"^{re.escape(self.say('section.' + section))}")).click()

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Wait until something can be read."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def reads(self, key: str) -> None:
        """Wait until a sentence of the console can be read."""
        self.sees(self.pattern(key))

    def heading(self, text: str | re.Pattern[str]) -> None:
        """Wait until a page is there, by its heading."""
        expect(self.page.get_by_role("heading", name=text, level=1)).to_be_visible()

    def clipboard(self) -> str:
        """What was copied last."""
        text: str = self.page.evaluate("navigator.clipboard.readText()")
        return text

    def copy(self, text: str) -> None:
        """Have something to paste."""
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)

    def scene(self, name: str) -> None:
        """Leave a picture of a step that several walks take."""
        if self.tells:
            self.picture(name)

    def picture(self, name: str) -> None:
        """Leave a picture, told from that of other languages."""
        self.album.take(self.page, name if self.locale == "en" else f"{name}-{self.locale}")


@contextmanager
def somebody(
    browser: Browser,
    base: str,
    album: Album,
    *,
    locale: str = "en",
    theme: Theme = "light",
    width: int = WIDE,
    scripts: bool = True,
    tells: bool = False,
) -> Iterator[Person]:
    """Somebody new, whose window did nothing that it must not when it is closed."""
    watch = Watch()
    permissions = ("clipboard-read", "clipboard-write") if scripts else ()
    with open_window(
        browser, watch, locale=locale, theme=theme, width=width, scripts=scripts, permissions=permissions
    ) as context:
        yield Person(context.new_page(), base, locale, watch, album, tells)
    assert not watch.problems, watch.problems


@contextmanager
def same_person(browser: Browser, person: Person, *, theme: Theme = "light", width: int = WIDE) -> Iterator[Person]:
    """The same one in another window, signed in as in the first."""
    watch = Watch()
    with open_window(browser, watch, locale=person.locale, theme=theme, width=width) as context:
        context.add_cookies(person.page.context.cookies())  # type: ignore[arg-type]
        yield replace(person, page=context.new_page(), watch=watch, tells=False)
    assert not watch.problems, watch.problems
