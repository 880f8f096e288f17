"""Long lists, page by page, in Twilio's two ways: absolute URLs under `meta`, and relative URIs beside the list. Pure.

Clients ask for the URLs that they are given, as they are. So these have the address that the client used, its filters,
and a token that says where the page starts. Must not know what is listed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from gettone.api.fields import Text, said
from gettone.model.errors import PlatformError
from gettone.model.pages import PAGE_SIZE, PAGE_SIZE_MAX, Page, PageRequest

Filters = Sequence[tuple[str, str]]

T = TypeVar("T")

_NUMBER_MAX = 2**31 - 1
_POSITION_BYTES = 8
_AFTER, _BEFORE = b"a", b"b"
# What `make_token` makes, exactly: `a` or `b` and eight bytes, in base64.
Token = Annotated[Text, said(pattern="^(PTY[Q-Za-v][A-Za-z0-9_-]{10})?$")]
_TWILIO_NAMES = ("PageSize", "Page", "PageToken")
_OWN_NAMES = ("page_size", "page", "page_token")


class Meta(BaseModel):
    """Where the pages of a list are."""

    model_config = ConfigDict(extra="forbid")

    first_page_url: str
    key: str = Field(description="The name of the list beside this")
    next_page_url: str | None
    page: int
    page_size: int
    previous_page_url: str | None
    url: str


class ClassicPage(BaseModel):
    """Where the pages of a list are, on paths of 2010. Clients want one other key beside these."""

    model_config = ConfigDict(extra="forbid")

    first_page_uri: str
    end: int
    next_page_uri: str | None
    previous_page_uri: str | None
    page: int
    page_size: int
    start: int
    uri: str


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page was asked for; `request` is what to ask the list for, `names` are the parameters that asked."""

    request: PageRequest
    number: int = 0
    token: str | None = None
    names: tuple[str, str, str] = _TWILIO_NAMES

    @property
    def size(self) -> int:
        """How many items a page has."""
        return self.request.size


@dataclass(frozen=True, slots=True)
class Turns:
    """The queries that lead from one page to the others; None at the ends."""

    first: str
    this: str
    next: str | None
    previous: str | None


def read_paging(
    page_size: Annotated[int, Query(alias="PageSize", description="At least 1; more than 1000 is 1000")] = PAGE_SIZE,
    page: Annotated[int, Query(alias="Page", description="The page's number, for the client alone")] = 0,
    page_token: Annotated[Token | None, Query(alias="PageToken", description="Where the page starts")] = None,
) -> Paging:
    """Read the three parameters of Twilio's lists. Raises PlatformError `invalid`."""
    return _paging(page_size, page, page_token, _TWILIO_NAMES)


def read_own_paging(
    page_size: Annotated[int, Query(description="At least 1; more than 1000 is 1000")] = PAGE_SIZE,
    page: Annotated[int, Query(description="The page's number, for the client alone")] = 0,
    page_token: Annotated[Token | None, Query(description="Where the page starts")] = None,
) -> Paging:
    """Read the three parameters of our own lists. Raises PlatformError `invalid`."""
    return _paging(page_size, page, page_token, _OWN_NAMES)


Asks = Annotated[Paging, Depends(read_paging)]
AsksOwn = Annotated[Paging, Depends(read_own_paging)]


def _paging(size: int, number: int, token: str | None, names: tuple[str, str, str]) -> Paging:
    # Official clients send whatever limit their caller gave them: too large a size is the largest.
    size = min(max(size, 1), PAGE_SIZE_MAX)
    # Twilio's words: it is for the client's state alone. Where a page starts, its token says.
    number = min(max(number, 0), _NUMBER_MAX)
    if token:
        direction, position = read_token(token)
        request = PageRequest(size, after=position) if direction == _AFTER else PageRequest(size, before=position)
        return Paging(request, number, token, names)
    return Paging(PageRequest(size), number, names=names)


def at_most(asked: Paging, size: int) -> Paging:
    """The same page, of so many items at most: for lists whose items are large."""
    return replace(asked, request=replace(asked.request, size=min(asked.size, size)))


def turns(asked: Paging, page: Page[T], filters: Filters = ()) -> Turns:
    """The queries of this page's neighbours."""
    first = _query(asked, filters, 0, None)
    this = _query(asked, filters, asked.number, asked.token)
    after = None if page.next is None else make_token(_AFTER, page.next)
    before = None if page.previous is None else make_token(_BEFORE, page.previous)
    return Turns(
        first,
        this,
        after and _query(asked, filters, min(asked.number + 1, _NUMBER_MAX), after),
        before and _query(asked, filters, max(asked.number - 1, 0), before),
    )


def meta(url: str, key: str, asked: Paging, page: Page[T], filters: Filters = ()) -> Meta:
    """Make the `meta` of a list at this absolute URL."""
    to = turns(asked, page, filters)
    return Meta(
        first_page_url=f"{url}?{to.first}",
        key=key,
        next_page_url=to.next and f"{url}?{to.next}",
        page=asked.number,
        page_size=asked.size,
        previous_page_url=to.previous and f"{url}?{to.previous}",
        url=f"{url}?{to.this}",
    )


def classic(uri: str, asked: Paging, page: Page[T], filters: Filters = ()) -> ClassicPage:
    """Make what stands beside a list of 2010 at this relative URI."""
    to = turns(asked, page, filters)
    start = asked.number * asked.size
    return ClassicPage(
        first_page_uri=f"{uri}?{to.first}",
        end=start + max(len(page.items) - 1, 0),
        next_page_uri=to.next and f"{uri}?{to.next}",
        previous_page_uri=to.previous and f"{uri}?{to.previous}",
        page=asked.number,
        page_size=asked.size,
        start=start,
        uri=f"{uri}?{to.this}",
    )


def make_token(direction: bytes, position: int) -> str:
    """A token: which way from which position."""
    content = direction + position.to_bytes(_POSITION_BYTES, "big", signed=True)
    return "PT" + base64.urlsafe_b64encode(content).decode()


def read_token(token: str) -> tuple[bytes, int]:
    """The way and the position in a token. Raises PlatformError `invalid` for any other text."""
    try:
        content = base64.b64decode(token[2:].encode("ascii"), b"-_", validate=True)
    except (binascii.Error, ValueError):
        content = b""
    direction, position = content[:1], content[1:]
    if token[:2] != "PT" or direction not in (_AFTER, _BEFORE) or len(position) != _POSITION_BYTES:
        raise PlatformError(
            "invalid",
            "this page token is none of ours: follow the link to the next page as it is",
            parameter="PageToken",
        )
    return direction, int.from_bytes(position, "big", signed=True)


def _query(asked: Paging, filters: Filters, number: int, token: str | None) -> str:
    values = (str(asked.size), str(number), token)
    return urlencode([*filters, *((name, value) for name, value in zip(asked.names, values, strict=True) if value)])
