"""What the console offers: each product, where it is, and which of them stand in the dock. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """One product. Its words are `products.<name>` and `products.<name>_about`."""

    name: str
    path: str
    icon: str


FUNCTIONS = Product("functions", "/functions", "square-function")
API_KEYS = Product("keys", "/keys", "key-round")
TOKENS = Product("tokens", "/tokens", "ticket")
APPS = Product("apps", "/apps", "app-window")
LOGS = Product("logs", "/logs", "scroll-text")
AUDIT = Product("audit", "/audit", "history")
MEMBERS = Product("members", "/members", "users")
SETTINGS = Product("settings", "/settings", "settings")
OUTBOX = Product("outbox", "/outbox", "send")
ACCOUNTS = Product("accounts", "/accounts", "building-2")
DOCS = Product("docs", "/docs", "book-open")
ALL = Product("all", "/products", "layout-grid")

PRODUCTS = (FUNCTIONS, API_KEYS, TOKENS, APPS, LOGS, AUDIT, MEMBERS, OUTBOX, ACCOUNTS, DOCS, SETTINGS)
DEFAULT_PINS = (FUNCTIONS.name, API_KEYS.name, TOKENS.name, APPS.name)
NONE_PINNED = "none"
"""Stands for a dock that somebody emptied: no pins at all are those of somebody who never chose any."""

WATCH = (LOGS, AUDIT)
ACCOUNT = (ALL, MEMBERS, SETTINGS)


@dataclass(frozen=True, slots=True)
class DockSection:
    """A part of the dock. Its word is `dock.<name>`."""

    name: str
    products: tuple[Product, ...]


def make_dock(pins: Sequence[str]) -> tuple[DockSection, ...]:
    """What stands in the dock: the pinned products first, then those that everybody needs, none of them twice."""
    by_name = {product.name: product for product in PRODUCTS}
    pinned = tuple(by_name[name] for name in dict.fromkeys(pins) if name in by_name)
    sections = (
        DockSection("pinned", pinned),
        DockSection("watch", tuple(product for product in WATCH if product not in pinned)),
        DockSection("account", tuple(product for product in ACCOUNT if product not in pinned)),
    )
    return tuple(section for section in sections if section.products)


def with_pin(pins: Sequence[str], name: str, *, is_pinned: bool) -> tuple[str, ...]:
    """The pins with one product among them or not. A name that no product has changes nothing."""
    known = tuple(pin for pin in pins if any(product.name == pin for product in PRODUCTS))
    others = tuple(pin for pin in known if pin != name)
    if not is_pinned:
        return others or (NONE_PINNED,)
    is_product = any(product.name == name for product in PRODUCTS)
    return known if name in known or not is_product else (*known, name)
