"""Names and addresses that may be kept."""

import pytest

from gettone.control.texts import check_text, check_url
from gettone.model.errors import PlatformError


@pytest.mark.parametrize("text", ["", "a", "é" * 8, "日本", "a b", "\u200f"])
def test_printable_text_is_kept(text: str) -> None:
    """As it is, in any script."""
    assert check_text("Name", text, 8) == text


@pytest.mark.parametrize("text", ["123456789", "\x00", "a\nb", "\t", "\x7f", "\x85", "\ud800"])
def test_text_that_is_too_long_or_unprintable_is_refused(text: str) -> None:
    """The parameter is named, the text is not shown."""
    with pytest.raises(PlatformError) as caught:
        check_text("Name", text, 8)
    assert (caught.value.code, caught.value.evidence) == ("invalid", {"parameter": "Name"})
    assert caught.value.message.startswith("Name ")


@pytest.mark.parametrize("text", ["", " ", "\u3000"])
def test_blank_text_is_missing(text: str) -> None:
    """Where something has to be there."""
    with pytest.raises(PlatformError, match="Name is missing"):
        check_text("Name", text, 8, least=1)
    assert check_text("Name", text, 8) == text


@pytest.mark.parametrize(
    "url", ["http://a", "https://example.com:8443/a?b=c#d", "https://[::1]/", "HTTPS://EXAMPLE.COM"]
)
def test_address_of_a_web_page_is_one(url: str) -> None:
    """With any port, path and query."""
    assert check_url("Url", url) == url


@pytest.mark.parametrize(
    "url", ["", "a", "ftp://a", "http://", "http://a:0/", "http://a:b/", "http://[a", "http://a b", "http://[::1]x"]
)
def test_other_text_is_no_address(url: str) -> None:
    """Whatever it looks like."""
    with pytest.raises(PlatformError, match="Url is no address of a web page"):
        check_url("Url", url)
