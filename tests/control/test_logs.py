"""Log lines for who may read them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from gettone.control.logs import TEXT_CHARACTERS_MAX, Logs
from gettone.control.office import Office
from gettone.control.services import Services
from gettone.control.tails import Tails
from gettone.model.api_keys import ApiKeyType
from gettone.model.logs import Level, LogEntry, LogFilter
from gettone.model.pages import Page, PageRequest
from gettone.model.principals import Principal
from gettone.model.sids import EnvironmentSid, FunctionSid, RequestSid, ServiceSid
from gettone.model.users import Role
from tests.control.log_lines import make_line
from tests.control.offices import OTHER_SID, add_account, holder, key, member, open_office
from tests.control.refusals import refusal
from tests.control.sites import Site, make_site

pytestmark = pytest.mark.anyio

FIRST = PageRequest()
NO_SUCH_SID = "NO" + "f" * 32
FUNCTION_SID = FunctionSid("ZH" + "1" * 32)
REQUEST_SID = RequestSid("RQ" + "1" * 32)


@dataclass(frozen=True, slots=True)
class Desk:
    """Logs over an office with two sites, the first of which has lines."""

    office: Office
    logs: Logs
    tails: Tails
    site: Site
    other: Site
    lines: tuple[LogEntry, ...]

    def page(self, principal: Principal, page: PageRequest = FIRST, **wanted: Any) -> Awaitable[Page[LogEntry]]:
        """Lines of the first site's environment."""
        where = {"service": self.site.service_sid, "environment_sid": self.site.environment_sid}
        return self.logs.page(principal, page=page, **{**where, **wanted})


@pytest.fixture
async def desk(anyio_backend: str) -> AsyncIterator[Desk]:
    """Three lines in the first site's environment, one in the other's."""
    async with open_office() as office:
        site, other = await make_site(office), await make_site(office)
        place = {"service_sid": site.service_sid, "environment_sid": site.environment_sid}
        lines = (
            make_line("started", **place, function_sid=FUNCTION_SID, request_sid=REQUEST_SID),
            make_line("Traceback", **place, level=Level.ERROR, request_sid=REQUEST_SID),
            make_line("stopped", **place),
        )
        elsewhere = make_line("other", service_sid=other.service_sid, environment_sid=other.environment_sid)
        await office.logs.add([*lines, elsewhere])
        tails = Tails()
        yield Desk(office, Logs(office, tails), tails, site, other, lines)


async def test_page_has_an_environments_lines_newest_first(desk: Desk) -> None:
    """By the service's SID or its name, and no line of another environment."""
    async with desk.office.store.reading() as tx:
        service = await tx.services.find(sid=desk.site.service_sid)
    assert service is not None

    for name in (service.sid, service.unique_name):
        page = await desk.page(holder(), service=name)

        assert page.items == desk.lines[::-1]


async def test_long_page_is_read_piece_by_piece(desk: Desk) -> None:
    """Positions lead on, and back."""
    first = await desk.page(holder(), PageRequest(2))
    second = await desk.page(holder(), PageRequest(2, after=first.next))

    assert first.items + second.items == desk.lines[::-1]
    assert second.next is None


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"function_sid": FUNCTION_SID}, [0]),
        ({"request_sid": REQUEST_SID}, [1, 0]),
        ({"levels": [Level.ERROR]}, [1]),
        ({"text": "TRACE"}, [1]),
        ({"text": "%"}, []),
    ],
    ids=["function", "request", "level", "text", "no pattern"],
)
async def test_page_has_what_is_asked_for(desk: Desk, wanted: dict[str, Any], numbers: list[int]) -> None:
    """Each filter by itself."""
    page = await desk.page(holder(), **wanted)

    assert page.items == tuple(desk.lines[number] for number in numbers)


async def test_page_has_what_lies_between_two_moments(desk: Desk) -> None:
    """The start is in it, the end is not."""
    page = await desk.page(holder(), start_at=desk.lines[1].created_at, end_at=desk.lines[2].created_at)

    assert page.items == desk.lines[1:2]


async def test_text_to_look_for_is_bounded(desk: Desk) -> None:
    """Every line is compared with it."""
    text = "x" * (TEXT_CHARACTERS_MAX + 1)

    assert (await refusal(desk.page(holder(), text=text))).code == "invalid"
    assert (await refusal(desk.logs.tail(holder(), wanted=LogFilter(text=text)))).code == "invalid"


@pytest.mark.parametrize("field", ["function_sid", "request_sid"])
async def test_filter_that_is_no_sid_is_refused(desk: Desk, field: str) -> None:
    """It would only ever find nothing."""
    wanted: dict[str, Any] = {field: "hello"}

    assert (await refusal(desk.page(holder(), **wanted))).code == "invalid"


async def test_one_line_is_found_in_its_environment_alone(desk: Desk) -> None:
    """Elsewhere it is not there."""
    sid = desk.lines[0].sid
    here = {"service": desk.site.service_sid, "environment_sid": desk.site.environment_sid}
    there = {"service": desk.other.service_sid, "environment_sid": desk.other.environment_sid}

    assert await desk.logs.get(holder(), **here, sid=sid) == desk.lines[0]
    for where, asked in ((there, sid), (here, NO_SUCH_SID), (here, "hello")):
        refused = await refusal(desk.logs.get(holder(), **where, sid=asked))
        assert (refused.code, asked in refused.message) == ("not_found", True)


async def test_another_accounts_lines_are_not_there(desk: Desk) -> None:
    """Not found, never denied: nobody learns that they exist."""
    await add_account(desk.office, OTHER_SID)
    stranger = holder(OTHER_SID)
    where = {"service": desk.site.service_sid, "environment_sid": desk.site.environment_sid}
    filters = [
        LogFilter(environment_sid=desk.site.environment_sid),
        LogFilter(service_sid=desk.site.service_sid),
    ]

    refused = [
        await refusal(desk.page(stranger)),
        await refusal(desk.logs.get(stranger, **where, sid=desk.lines[0].sid)),
        *[await refusal(desk.logs.tail(stranger, wanted=wanted)) for wanted in filters],
    ]

    assert {each.code for each in refused} == {"not_found"}


async def test_who_may_not_read_logs_is_denied(desk: Desk) -> None:
    """A viewer may; a key that may do something else may not."""
    other_key = key(ApiKeyType.RESTRICTED, "builds:read")

    assert (await desk.page(member(Role.VIEWER))).items
    assert (await refusal(desk.page(other_key))).code == "denied"
    assert (await refusal(desk.logs.tail(other_key, wanted=LogFilter()))).code == "denied"


async def test_key_of_one_service_listens_to_that_service_alone(desk: Desk) -> None:
    """To its environments by name, too; never to the whole account."""
    limited = key(service_sid=desk.site.service_sid)
    allowed = [
        LogFilter(service_sid=desk.site.service_sid),
        LogFilter(environment_sid=desk.site.environment_sid),
    ]
    denied = [
        LogFilter(),
        LogFilter(service_sid=desk.other.service_sid),
        LogFilter(environment_sid=desk.other.environment_sid),
    ]

    for wanted in allowed:
        (await desk.logs.tail(limited, wanted=wanted)).close()
    for wanted in denied:
        assert (await refusal(desk.logs.tail(limited, wanted=wanted))).code == "denied"


@pytest.mark.parametrize("what", ["environment", "service", "both"])
async def test_tail_of_what_is_not_there_is_refused(desk: Desk, what: str) -> None:
    """It would stay silent for ever. An environment of another service is not there either."""
    gone = {
        "environment": LogFilter(environment_sid=EnvironmentSid("ZE" + "0" * 32)),
        "service": LogFilter(service_sid=ServiceSid("ZS" + "0" * 32)),
        "both": LogFilter(environment_sid=desk.site.environment_sid, service_sid=desk.other.service_sid),
    }

    assert (await refusal(desk.logs.tail(holder(), wanted=gone[what]))).code == "not_found"


async def test_tail_shows_what_comes_from_now_on(desk: Desk) -> None:
    """It listens when the call returns: a line that comes at once is not missed."""
    tail = await desk.logs.tail(holder(), wanted=LogFilter(environment_sid=desk.site.environment_sid))
    line = replace(desk.lines[0], message="live")

    desk.tails.hand_on([make_line("elsewhere"), line])

    async with asyncio.timeout(5):
        assert await anext(tail) == line
    tail.close()


async def test_lines_of_a_service_that_is_gone_are_not_there(desk: Desk) -> None:
    """They may still be kept; nobody is shown them."""
    await Services(desk.office).delete(holder(), service=desk.site.service_sid)

    assert (await refusal(desk.page(holder()))).code == "not_found"


async def test_search_goes_through_a_whole_account(desk: Desk) -> None:
    """Every environment of it, newest first; narrowed to a request, that request's lines alone."""
    everything = await desk.logs.search(holder(), wanted=LogFilter(), page=FIRST)
    request = await desk.logs.search(holder(), wanted=LogFilter(request_sid=REQUEST_SID), page=FIRST)

    assert [line.message for line in everything.items] == ["other", "stopped", "Traceback", "started"]
    assert [line.message for line in request.items] == ["Traceback", "started"]


async def test_search_asks_who_may_as_a_tail_does(desk: Desk) -> None:
    """A key of one service searches that one; another account finds nothing."""
    limited = key(service_sid=desk.site.service_sid)
    await add_account(desk.office, OTHER_SID)

    own = await desk.logs.search(limited, wanted=LogFilter(service_sid=desk.site.service_sid), page=FIRST)

    assert len(own.items) == 3
    assert (await refusal(desk.logs.search(limited, wanted=LogFilter(), page=FIRST))).code == "denied"
    assert (await desk.logs.search(holder(OTHER_SID), wanted=LogFilter(), page=FIRST)).items == ()
