"""The dock: what is pinned first, everything once."""

from __future__ import annotations

from gettone.console.products import DEFAULT_PINS, PRODUCTS, make_dock, with_pin


def names(pins: tuple[str, ...]) -> dict[str, list[str]]:
    """Names in the dock, by section."""
    return {section.name: [product.name for product in section.products] for section in make_dock(pins)}


def test_dock_begins_with_what_is_pinned() -> None:
    """In the order in which it was pinned."""
    assert names(("tokens", "functions")) == {
        "pinned": ["tokens", "functions"],
        "watch": ["logs", "audit"],
        "account": ["all", "members", "settings"],
    }


def test_nothing_stands_twice_in_the_dock() -> None:
    """A pinned product leaves its section; an empty section is none."""
    assert names(("logs", "audit", "logs", "unknown")) == {
        "pinned": ["logs", "audit"],
        "account": ["all", "members", "settings"],
    }


def test_pin_comes_last_and_goes() -> None:
    """Pinning twice changes nothing, nor does a name that no product has."""
    pins = with_pin(DEFAULT_PINS, "logs", is_pinned=True)

    assert pins == (*DEFAULT_PINS, "logs")
    assert with_pin(pins, "logs", is_pinned=True) == pins
    assert with_pin(pins, "unknown", is_pinned=True) == pins
    assert with_pin(pins, "functions", is_pinned=False) == (*DEFAULT_PINS[1:], "logs")


def test_products_have_names_of_their_own() -> None:
    """And addresses."""
    assert len({product.name for product in PRODUCTS}) == len({product.path for product in PRODUCTS}) == len(PRODUCTS)
