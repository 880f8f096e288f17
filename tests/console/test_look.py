"""The look: every pair of text and ground can be read, in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import gettone.console

BROWSER = Path(gettone.console.__file__).parent / "browser"
TOKENS = (BROWSER / "look/tokens.css").read_text(encoding="utf-8")
STYLES = "\n".join(path.read_text(encoding="utf-8") for path in sorted((BROWSER / "look").glob("*.css")))
# WCAG 2.2, 1.4.3 and 1.4.11.
TEXT, SHAPE = 4.5, 3.0
GROUNDS = ("paper", "surface", "sunken", "code")
INKS = ("ink", "muted", "bronze", "bronze-strong", "ok", "warn", "bad")
ON_GROUND = [
    *((ink, ground) for ink in INKS for ground in GROUNDS),
    *(("ink", f"{state}-weak") for state in ("ok", "warn", "bad", "bronze")),
    *((state, f"{state}-weak") for state in ("ok", "warn", "bad", "bronze")),
    ("on-bronze", "bronze"),
    ("on-bronze", "bronze-strong"),
    ("on-bad", "bad"),
    # Code on the line that the cursor or a problem is in.
    *((ink, ground) for ink in ("muted", "ok", "warn", "bronze-strong") for ground in ("bad-weak", "bronze-weak")),
]
EDGES = [(edge, ground) for edge in ("edge", "bronze", "bad") for ground in ("paper", "surface", "code")]


def themes() -> dict[str, list[dict[str, str]]]:
    """The tokens of each theme, once for every place where they stand."""
    found: dict[str, list[dict[str, str]]] = {"light": [], "dark": []}
    for selector, block in re.findall(r"(:root[^{]*)\{([^}]*)\}", TOKENS):
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
        found["light" if selector.strip() == ":root" else "dark"].append(colours)
    return found


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), ON_GROUND)
def test_text_can_be_read(theme: str, ink: str, ground: str) -> None:
    """4.5 or more, wherever a text may stand."""
    tokens = themes()[theme][0]

    assert contrast(tokens[ink], tokens[ground]) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_of_controls_can_be_seen(theme: str, edge: str, ground: str) -> None:
    """3 or more for what shows where a field or the focus is."""
    tokens = themes()[theme][0]

    assert contrast(tokens[edge], tokens[ground]) >= SHAPE


def test_dark_is_the_same_by_system_and_by_choice() -> None:
    """The dark tokens stand twice, for CSS has no other way; they do not differ, and none is missing."""
    light, (system, chosen) = themes()["light"][0], themes()["dark"]

    assert system == chosen
    assert set(light) == set(system)


def test_every_token_that_is_used_exists() -> None:
    """A mistyped name would be a colour that is not there."""
    sources = STYLES + "".join(path.read_text(encoding="utf-8") for path in BROWSER.glob("*.js"))

    assert set(re.findall(r"var\(--([a-z-]+)\)", sources)) <= set(re.findall(r"--([a-z-]+):", TOKENS))


def test_colours_come_from_tokens_alone() -> None:
    """A colour elsewhere would be one that has no dark theme and no tested contrast."""
    rules = STYLES.replace(TOKENS, "")

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", rules) == []
