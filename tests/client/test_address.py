"""Which address a URL means, and where each product of it answers."""

from __future__ import annotations

import pytest

from gettone.client.address import gettone_at, origin_of, twilio_at
from gettone.model.errors import PlatformError

UPLOAD = "/v1/Services/ZS1/Functions/ZH1/Versions"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://localhost:8001", "http://localhost:8001"),
        ("http://localhost:8001/services/ZS1?x=1#y", "http://localhost:8001"),
        ("localhost:8001", "http://localhost:8001"),
        ("127.0.0.1", "http://127.0.0.1"),
        ("tokens.example.com", "https://tokens.example.com"),
        (" https://Tokens.Example.com/ ", "https://tokens.example.com"),
        ("http://[::1]:8001/x", "http://[::1]:8001"),
    ],
)
def test_a_url_means_the_server_that_it_leads_to(url: str, origin: str) -> None:
    """Who copies a page's address names the server; a name without a scheme is https, but on this machine."""
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url", ["", "nonsense url", "ftp://example.com", "http://", "http://x:99999", "http://[", "http://ü.example"]
)
def test_what_leads_nowhere_is_told_with_an_example(url: str) -> None:
    """An empty one, another scheme, a port that is none."""
    with pytest.raises(PlatformError) as caught:
        origin_of(url)

    assert caught.value.code == "invalid"
    assert "http://localhost:8001" in caught.value.message


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    """Others could read it."""
    with pytest.raises(PlatformError) as caught:
        origin_of("https://ada:hunter2@example.com")

    assert "leave them out" in caught.value.message
    assert "hunter2" not in repr(caught.value)


def test_a_gettone_answers_all_of_it_at_one_address() -> None:
    """Twilio's paths and our own."""
    address = gettone_at("http://localhost:8001")

    places = {address.of(path, "POST") for path in ("/v1/Services", UPLOAD, "/v1/Keys", "/2010-04-01/x", "/api/v1/x")}
    assert places == {"http://localhost:8001"}
    assert address.is_loopback
    assert address.is_encrypted


def test_twilio_answers_each_product_at_an_address_of_its_own() -> None:
    """Uploads, and reading the same path, are two."""
    address = twilio_at()

    assert address.of("/v1/Services") == "https://serverless.twilio.com"
    assert address.of(UPLOAD, "POST") == "https://serverless-upload.twilio.com"
    assert address.of(UPLOAD) == "https://serverless.twilio.com"
    assert address.of("/v1/Keys") == "https://iam.twilio.com"
    assert address.of("/2010-04-01/Accounts.json") == "https://api.twilio.com"
    with pytest.raises(PlatformError, match="is no Gettone"):
        address.of("/api/v1/identity")


@pytest.mark.parametrize(
    ("region", "edge", "origin"),
    [
        ("au1", None, "https://serverless.au1.twilio.com"),
        (None, "sydney", "https://serverless.sydney.us1.twilio.com"),
        ("au1", "sydney", "https://serverless.sydney.au1.twilio.com"),
    ],
)
def test_region_and_edge_are_in_twilios_names(region: str | None, edge: str | None, origin: str) -> None:
    """As its own clients have it."""
    assert twilio_at(region=region, edge=edge).serverless == origin


def test_who_plays_twilio_has_its_paths_at_one_address_and_none_of_ours() -> None:
    """A recorded server, or another Gettone."""
    address = twilio_at("http://127.0.0.1:5000")

    assert address.of("/v1/Services") == "http://127.0.0.1:5000"
    assert address.own is None


def test_plain_http_off_this_machine_is_not_encrypted() -> None:
    """Who sends a secret there is to be warned."""
    assert not gettone_at("http://10.0.0.7:8001").is_encrypted
    assert gettone_at("https://10.0.0.7:8001").is_encrypted
    assert not gettone_at("http://localhost.example.com").is_loopback
