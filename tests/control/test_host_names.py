"""Host names of a service's own: which there may be, and whose each is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.control.host_names import check_host
from gettone.model.errors import PlatformError
from gettone.model.pages import PageRequest
from tests.control.desks import Desk, open_desk
from tests.control.offices import FIGURES, OTHER_SID, holder
from tests.control.refusals import refusal


@pytest.fixture
async def desk(anyio_backend: str) -> AsyncIterator[Desk]:
    """Two accounts, and all use cases."""
    async with open_desk() as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("api.example.com", "api.example.com"),
        (" API.Example.COM. ", "api.example.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("1.2.example", "1.2.example"),
        ("a-b.c--d.example", "a-b.c--d.example"),
        ("nottwilio.com", "nottwilio.com"),
    ],
)
def test_name_is_kept_as_dns_has_it(text: str, host: str) -> None:
    """In lower case and ASCII, without the dot at its end."""
    assert check_host(text, "localhost") == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "example",
        "a..b",
        "-a.example",
        "a-.example",
        "a_b.example",
        "*.example.com",
        "https://api.example.com",
        "api.example.com/",
        "api.example.com:443",
        "a b.example",
        "a\0.example",
        "a\n.example",
        "\ud800.example",
        "a" * 64 + ".example",
        "a." * 127 + "example",
        "ä" * 300 + ".example",
        # Python's codec and browsers disagree about it.
        "straße.example",
        "localhost",
        "a.localhost",
        "127.0.0.1",
        "127.1",
        "::1",
        "[::1]",
        "10.0.0.1",
        "api.twilio.com",
        "twilio.com",
        "shop-1234.twil.io",
        "fn.acme.test",
        "shop-1234.FN.acme.test",
    ],
)
def test_name_that_nobody_may_have_is_refused(text: str) -> None:
    """Addresses, this machine, the operator's own domain, Twilio's names, and what is no name."""
    with pytest.raises(PlatformError) as caught:
        check_host(text, "fn.acme.test")

    assert (caught.value.code, caught.value.evidence["parameter"]) == ("invalid", "Host")


@given(st.text(max_size=80) | st.from_regex(r"[a-zA-Zäß0-9_.:/-]{0,40}", fullmatch=True))
def test_what_is_accepted_stays_as_it_is(text: str) -> None:
    """Any text has a verdict; what was accepted is accepted again, unchanged, and is ASCII in lower case."""
    try:
        host = check_host(text, "localhost")
    except PlatformError as error:
        assert error.code == "invalid"  # noqa: PT017 - either verdict is right, no other error is
        return
    assert check_host(host, "localhost") == host
    assert host.isascii()
    assert host == host.lower()


@pytest.mark.anyio
async def test_environment_answers_to_its_host_names(desk: Desk) -> None:
    """From the moment that one is made, and until it is deleted, by either spelling."""
    await desk.service()
    environment = await desk.environment("shop")
    build = await desk.build("shop")
    where = {"service": "shop", "environment_sid": environment.sid}
    await desk.deploy(environment, build)

    made = await desk.host_names.create(holder(), **where, host="MÜNCHEN.example")
    served = await desk.served(environment)
    assert served is not None
    assert served.hosts == (f"{environment.domain_name}.localhost", "xn--mnchen-3ya.example")
    assert (await desk.host_names.list(holder(), **where, page=PageRequest())).items == (made,)

    await desk.host_names.delete(holder(), **where, host="münchen.example")
    served = await desk.served(environment)
    assert served is not None
    assert served.hosts == (f"{environment.domain_name}.localhost",)
    for host in ("münchen.example", "nonsense", "a\0b.c"):
        assert (await refusal(desk.host_names.delete(holder(), **where, host=host))).code == "not_found"


@pytest.mark.anyio
async def test_host_name_belongs_to_one_account(desk: Desk) -> None:
    """Whose it is stays untold, and nobody else can delete it."""
    await desk.service()
    environment = await desk.environment("shop")
    await desk.host_names.create(holder(), service="shop", environment_sid=environment.sid, host="api.example.com")
    theirs = await desk.services.create(holder(OTHER_SID), unique_name="b", friendly_name="b")
    their = await desk.environments.create(holder(OTHER_SID), service="b", unique_name="production")

    where = {"service": theirs.sid, "environment_sid": their.sid}
    taken = await refusal(desk.host_names.create(holder(OTHER_SID), **where, host="API.example.com"))
    gone = await refusal(desk.host_names.delete(holder(OTHER_SID), **where, host="api.example.com"))

    assert taken.code == "conflict"
    assert environment.sid not in taken.message
    assert environment.account_sid not in taken.message
    assert gone.code == "not_found"


@pytest.mark.anyio
async def test_host_names_are_limited(anyio_backend: str) -> None:
    """Lists that are read as a whole need an end."""
    async with open_desk(limits=replace(FIGURES, host_names_per_environment=1)) as desk:
        await desk.service()
        environment = await desk.environment("shop")
        where = {"service": "shop", "environment_sid": environment.sid}
        await desk.host_names.create(holder(), **where, host="a.example.com")
        error = await refusal(desk.host_names.create(holder(), **where, host="b.example.com"))

    assert (error.code, "at most 1" in error.message) == ("invalid", True)
