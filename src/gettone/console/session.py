"""Who is signed in: the session's cookie, and the visitor that it stands for.

Under TLS the cookie has the `__Host-` prefix, which browsers keep to https and to one host name; over plain HTTP on
loopback that cannot be had. Anywhere else nobody signs in over plain HTTP (guard.py). Must not know how somebody proves
who they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from starlette.requests import Request
from starlette.responses import Response

from gettone.console.arrival import arrival_of
from gettone.console.fixtures import fixtures_of
from gettone.console.products import DEFAULT_PINS
from gettone.console.times import read_zone
from gettone.console.words import LOCALES, choose_locale
from gettone.control.signed_in import SignedIn
from gettone.model.accounts import Account
from gettone.model.cookies import CONSOLE_COOKIE, CONSOLE_COOKIE_PLAIN, LOCALE_COOKIE, THEME_COOKIE
from gettone.model.principals import Principal
from gettone.model.sessions import Session
from gettone.model.users import User

THEMES = ("light", "dark")
CHOICE_SECONDS = 365 * 86400


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in, the account they are in, and how they like to read."""

    who: SignedIn
    account: Account
    locale: str
    zone: tzinfo
    pins: tuple[str, ...]

    @property
    def session(self) -> Session:
        """The session at this browser."""
        return self.who.session

    @property
    def user(self) -> User:
        """The person."""
        return self.who.user

    @property
    def principal(self) -> Principal:
        """As whom it acts, in the account it is in."""
        return self.who.principal


class SignedOut(Exception):
    """Nobody is signed in, and the page is for those who are."""


def visitor_of(request: Request) -> Visitor | None:
    """Who is signed in; None when nobody is."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    return visitor


def signed_in(request: Request) -> Visitor:
    """Who is signed in. Raises SignedOut."""
    visitor = visitor_of(request)
    if visitor is None:
        raise SignedOut
    return visitor


async def find_visitor(request: Request) -> Visitor | None:
    """Ask control who holds the session that came along; None when nobody does. Raises PlatformError."""
    secret = secret_of(request)
    desk = fixtures_of(request).desk
    who = await desk.sessions.find(secret, arrival_of(request).address) if secret else None
    if who is None:
        return None
    account = await desk.accounts.get(who.principal, sid=who.principal.account_sid)
    locale, pins = _chosen_locale(request, who.user.locale), who.user.pins or DEFAULT_PINS
    return Visitor(who, account, locale, read_zone(who.user.zone), pins)


def secret_of(request: Request) -> str | None:
    """The secret of the session that a browser says it has."""
    return request.cookies.get(_cookie_name(request))


def give_session(response: Response, request: Request, secret: str, *, seconds: int | None = None) -> None:
    """Let a browser keep a session; `seconds` None is until it is closed."""
    is_tls = _is_tls(request)
    response.set_cookie(
        _cookie_name(request), secret, max_age=seconds, path="/", secure=is_tls, httponly=True, samesite="lax"
    )


def take_session(response: Response, request: Request) -> None:
    """Let a browser forget its session."""
    response.delete_cookie(_cookie_name(request), path="/", secure=_is_tls(request), httponly=True, samesite="lax")


def keep_choice(response: Response, request: Request, name: str, value: str | None) -> None:
    """Let a browser keep how somebody likes to read, also while signed out; None forgets it."""
    if value is None:
        response.delete_cookie(name, path="/", httponly=True, samesite="lax")
        return
    response.set_cookie(
        name, value, max_age=CHOICE_SECONDS, path="/", secure=_is_tls(request), httponly=True, samesite="lax"
    )


def locale_of(request: Request) -> str:
    """The language to answer in: the visitor's own, else the one chosen in this browser, else the browser's."""
    visitor = visitor_of(request)
    if visitor is not None:
        return visitor.locale
    return _chosen_locale(request, None)


def theme_of(request: Request) -> str | None:
    """Light or dark, where somebody chose; None follows the browser."""
    chosen = request.cookies.get(THEME_COOKIE)
    return chosen if chosen in THEMES else None


def _chosen_locale(request: Request, own: str | None) -> str:
    for said in (own, request.cookies.get(LOCALE_COOKIE)):
        if said in LOCALES:
            return said
    return choose_locale(request.headers.get("accept-language", ""))


def _is_tls(request: Request) -> bool:
    asked = arrival_of(request).asked
    return asked is not None and asked.scheme == "https"


def _cookie_name(request: Request) -> str:
    return CONSOLE_COOKIE if _is_tls(request) else CONSOLE_COOKIE_PLAIN
