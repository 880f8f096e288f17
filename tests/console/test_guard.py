"""The guard: which names are answered, where a change may come from, and what every answer carries."""

from __future__ import annotations

import re

import httpx2
import pytest

from tests.console.serving import BASE, Served, make_browser

pytestmark = pytest.mark.anyio

FOLLOWED = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
FOREIGN = [
    {"origin": "http://localhost:8000", "sec-fetch-site": "same-site"},
    {"origin": "http://127.0.0.1:8001", "sec-fetch-site": "cross-site"},
    {"origin": "https://localhost:8001"},
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": ""},
    {"origin": "http://localhost:8001.evil.example"},
    {"origin": BASE, "sec-fetch-site": "cross-site"},
    {"origin": BASE, "sec-fetch-site": "same-site"},
    {"origin": BASE, "sec-fetch-site": "same-origin, cross-site"},
]


def bare(client: httpx2.AsyncClient, **headers: str) -> httpx2.AsyncClient:
    """The same client with these headers alone."""
    for name in ("origin", "sec-fetch-site"):
        client.headers.pop(name, None)
    client.headers.update(headers)
    return client


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: " ".join(headers.values()) or "none")
async def test_change_from_another_origin_is_refused(shared: Served, headers: dict[str, str]) -> None:
    """The port counts; what a browser says of the site counts; an Origin has to be there."""
    answer = await bare(make_browser(shared.app)).post("/reading", data={"theme": "dark"}, headers=headers)

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert "This came from another page" in answer.text


async def test_change_without_an_origin_is_refused(shared: Served) -> None:
    """Browsers name it; who does not is none."""
    answer = await bare(make_browser(shared.app)).post("/reading", data={"theme": "dark"})

    assert answer.status_code == 403


@pytest.mark.parametrize("site", ["same-origin", "none", None])
async def test_own_change_is_taken(shared: Served, site: str | None) -> None:
    """Old browsers do not name the site."""
    headers = {"origin": BASE} if site is None else {"origin": BASE, "sec-fetch-site": site}
    answer = await bare(make_browser(shared.app)).post("/reading", data={"theme": "dark"}, headers=headers)

    assert answer.status_code == 303
    assert "gettone-theme=dark" in answer.headers["set-cookie"]


async def test_link_from_elsewhere_may_be_followed(shared: Served) -> None:
    """Mail programs in browsers have links to us; nothing changes by looking."""
    answer = await bare(make_browser(shared.app), **FOLLOWED).get("/patterns")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"sec-fetch-mode": "no-cors"},
        {"sec-fetch-dest": "iframe"},
        {"sec-fetch-dest": "image"},
        {"sec-fetch-mode": "cors"},
    ],
    ids=lambda change: " ".join(change.values()),
)
async def test_part_of_another_page_is_refused(shared: Served, change: dict[str, str]) -> None:
    """Nobody's page frames ours, reads it, or measures it."""
    answer = await bare(make_browser(shared.app), **(FOLLOWED | change)).get("/patterns")

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "host", ["example.com", "evil.console.example.com", "api.twilio.com", "localhost.evil.example", "", "10.0.0.1:8001"]
)
async def test_other_host_is_misdirected(shared: Served, host: str) -> None:
    """A name that somebody else points at us opens nothing (DNS rebinding); the page says which names do."""
    answer = await make_browser(shared.app).get("/patterns", headers={"host": host})

    assert answer.status_code == 421
    assert "GETTONE_CONSOLE_URL" in answer.text


@pytest.mark.parametrize("host", ["localhost:8001", "127.0.0.1:8001", "[::1]:8001", "LOCALHOST"])
async def test_loopback_is_answered(shared: Served, host: str) -> None:
    """Under each of its names."""
    answer = await make_browser(shared.app).get("/patterns", headers={"host": host})

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/patterns", "/sign-in", "/"])
async def test_nobody_signs_in_over_a_line_that_others_read(shared: Served, path: str) -> None:
    """Plain HTTP off loopback: one sentence that says what to set, and no form."""
    answer = await make_browser(shared.app).get(path, headers={"host": "console.example.com"})

    assert answer.status_code == 403
    assert "GETTONE_TRUSTED_PROXIES" in answer.text
    assert "<input" not in re.sub(r"<footer.*</footer>", "", answer.text, flags=re.DOTALL)


@pytest.mark.parametrize(("peer", "status"), [("10.1.2.3", 200), ("192.0.2.1", 403)])
async def test_proxy_that_ends_tls_is_believed_when_it_is_trusted(shared: Served, peer: str, status: int) -> None:
    """And nobody else who claims that the way was private."""
    async with make_browser(shared.app, "http://console.example.com", peer) as browser:
        answer = await browser.get("/patterns", headers={"x-forwarded-proto": "https"})

    assert answer.status_code == status


async def test_cookies_are_bound_to_the_host_under_tls(shared: Served) -> None:
    """Secure and the prefix where they can be had."""
    base = "https://console.example.com"
    async with make_browser(shared.app, base) as browser:
        answer = await browser.post("/reading", data={"theme": "dark"})

    assert {"httponly", "secure", "path=/", "samesite=lax"} <= set(
        answer.headers["set-cookie"].lower().replace("; ", ";").split(";")
    )


@pytest.mark.parametrize("path", ["/patterns", "/nothing", "/products"])
async def test_every_answer_carries_the_policy(shared: Served, path: str) -> None:
    """Pages, redirections and refusals: own files alone, nothing inline, never framed, never kept."""
    answer = await make_browser(shared.app).get(path)
    other = await make_browser(shared.app).get(path)

    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "data:" not in policy
    assert "*" not in policy
    for part in ("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert other.headers["content-security-policy"] != policy


async def test_nonce_of_the_policy_is_the_page_s(shared: Served) -> None:
    """Styles that the editor makes are known by it."""
    answer = await make_browser(shared.app).get("/patterns")

    found = re.search(r"'nonce-([\w-]{22})'", answer.headers["content-security-policy"])
    assert found is not None
    assert f'nonce="{found[1]}"' in answer.text
    assert " style=" not in answer.text
    assert "<style" not in answer.text
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)
    assert not re.search(r"\son\w+=|\shx-on", answer.text)


@pytest.mark.parametrize("path", ["/%00", "/services/a%00b"])
async def test_path_with_nul_leads_nowhere(shared: Served, path: str) -> None:
    """Databases do not take it."""
    answer = await make_browser(shared.app).get(path)

    assert answer.status_code == 404
