"""What was asked: targets, hosts, and who sits at this machine."""

from __future__ import annotations

from urllib.parse import unquote

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gettone.gateway.asked import Asked, Headers, read_target

TARGET_BYTES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=30).map(str.encode)


def asked(headers: Headers, client: tuple[str, int] | None = ("127.0.0.1", 1)) -> Asked:
    """A request with these headers."""
    return Asked("1.1", "GET", "/", b"/", b"", headers, client)


@given(TARGET_BYTES)
def test_plain_targets_are_read_as_the_parser_of_urls_reads_them(rest: bytes) -> None:
    """Cutting at the question mark gives what httptools gives, for whatever the edge lets through."""
    url = httptools.parse_url(b"/" + rest)

    assert read_target(b"/" + rest) == (unquote(url.path.decode()), url.path, url.query or b"")


@pytest.mark.parametrize(
    ("target", "read"),
    [
        (b"/a%20b?c=%20d", ("/a b", b"/a%20b", b"c=%20d")),
        (b"/a?b?c", ("/a", b"/a", b"b?c")),
        (b"/a#b?c", ("/a", b"/a", b"")),
        (b"http://host/a?b", ("/a", b"/a", b"b")),
    ],
)
def test_target_is_path_and_query(target: bytes, read: tuple[str, bytes, bytes]) -> None:
    """The path is decoded and as it came, the query only as it came; a fragment is neither."""
    assert read_target(target) == read


def test_target_that_is_not_ascii_is_refused() -> None:
    """Nothing is guessed about its encoding."""
    with pytest.raises(ValueError, match="ascii"):
        read_target("/\u00e9".encode())


@pytest.mark.parametrize(
    ("host", "name"),
    [(b"A.Example:8000", "a.example"), (b"a", "a"), (b"[::1]:80", "[::1]"), (b"[::1]", "[::1]")],
)
def test_host_name_is_lower_case_and_has_no_port(host: bytes, name: str) -> None:
    """Of names and of addresses alike."""
    assert asked([(b"accept", b"*/*"), (b"host", host)]).host_name == name


def test_local_is_who_asks_from_here_for_here_with_nobody_between() -> None:
    """A proxy on this machine, a name that merely leads here, another peer: none of them is local."""
    here = [(b"host", b"localhost:3000")]

    assert asked(here).is_local
    assert not asked(here, ("10.0.0.1", 1)).is_local
    assert not asked(here, None).is_local
    assert not asked([(b"host", b"rebound.example")]).is_local
    assert not asked([*here, (b"x-forwarded-for", b"10.0.0.1")]).is_local
