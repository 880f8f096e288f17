"""Pages: links that lead on, back and nowhere, whatever a client asks."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.api.pages import at_most, classic, make_token, meta, read_own_paging, read_paging, read_token
from gettone.model.errors import PlatformError
from gettone.model.pages import Page, PageRequest

URL = "https://serverless.twilio.com/v1/Services"
POSITIONS = st.integers(-(2**63), 2**63 - 1)


def written_again(token: str) -> str:
    """The token that is made of what was read, or the code with which it is refused."""
    try:
        return make_token(*read_token(token))
    except PlatformError as error:
        return error.code


@given(st.sampled_from([b"a", b"b"]), POSITIONS)
def test_token_is_read_back(direction: bytes, position: int) -> None:
    """Every position that a database has."""
    assert read_token(make_token(direction, position)) == (direction, position)


@given(st.text(max_size=20))
@pytest.mark.parametrize("prefix", ["", "PT", "PTY"])
def test_other_text_is_no_token(prefix: str, text: str) -> None:
    """Either it is one of ours, exactly as we write it, or it is refused."""
    token = prefix + text

    assert written_again(token) in ("invalid", token)


@pytest.mark.parametrize(("asked", "size"), [(50, 50), (0, 1), (-7, 1), (1000, 1000), (5000, 1000), (10**30, 1000)])
def test_size_is_brought_into_bounds(asked: int, size: int) -> None:
    """Clients send a limit of their callers as it is."""
    assert read_paging(asked).request == PageRequest(size)


def test_page_number_alone_is_the_clients_own() -> None:
    """It says nothing of where a page starts, and is told back."""
    asked = read_paging(page=3)

    assert asked.request == PageRequest()
    assert meta(URL, "services", asked, Page(())).page == 3


def test_first_and_only_page_leads_nowhere() -> None:
    """As in Twilio's own example."""
    assert meta(URL, "services", read_paging(), Page(("one",))).model_dump() == {
        "first_page_url": f"{URL}?PageSize=50&Page=0",
        "key": "services",
        "next_page_url": None,
        "page": 0,
        "page_size": 50,
        "previous_page_url": None,
        "url": f"{URL}?PageSize=50&Page=0",
    }


def test_links_carry_filters_and_lead_on_and_back() -> None:
    """What was asked for stays asked for; the number counts in the direction that is gone."""
    filters = [("FriendlyName", "a b&c=d")]
    first = meta(URL, "x", read_paging(2), Page((1, 2), next=9), filters)
    query = parse_qs(urlsplit(first.next_page_url or "").query)
    second = read_paging(int(query["PageSize"][0]), int(query["Page"][0]), query["PageToken"][0])
    shown = meta(URL, "x", second, Page((3, 4), next=7, previous=8), filters)
    back = parse_qs(urlsplit(shown.previous_page_url or "").query)

    assert query["FriendlyName"] == ["a b&c=d"]
    assert second.request == PageRequest(2, after=9)
    assert shown.page == 1
    assert shown.url == first.next_page_url
    assert back["Page"] == ["0"]
    assert read_paging(2, 0, back["PageToken"][0]).request == PageRequest(2, before=8)


def test_classic_page_is_relative_and_counts() -> None:
    """URIs begin at the host's root; start and end are numbers of items."""
    token = make_token(b"a", 5)
    shown = classic("/2010-04-01/Accounts/AC1/Keys.json", read_paging(20, 2, token), Page(tuple(range(7)), previous=4))

    assert (shown.start, shown.end, shown.page, shown.page_size) == (40, 46, 2, 20)
    assert shown.first_page_uri == "/2010-04-01/Accounts/AC1/Keys.json?PageSize=20&Page=0"
    assert shown.uri == f"/2010-04-01/Accounts/AC1/Keys.json?PageSize=20&Page=2&PageToken={token.replace('=', '%3D')}"
    assert shown.next_page_uri is None


def test_large_items_come_in_small_pages() -> None:
    """Whatever was asked for; the page says how many it has."""
    assert at_most(read_paging(1000), 50).request == PageRequest(50)
    assert at_most(read_paging(3), 50).request == PageRequest(3)


def test_own_lists_have_own_names() -> None:
    """On our own paths the parameters are in lower case."""
    shown = meta(URL, "users", read_own_paging(3), Page((1, 2, 3), next=4))

    assert shown.first_page_url == f"{URL}?page_size=3&page=0"
    assert "page_token=" in (shown.next_page_url or "")
