"""Which cookies are the console's, however they are spelled."""

from __future__ import annotations

import pytest

from gettone.gateway.cookies import is_console, without_console


@pytest.mark.parametrize(
    ("sent", "passed"),
    [
        (b"a=1; b=2", b"a=1; b=2"),
        (b"__Host-gettone=x", b""),
        (b"gettone=x; a=1", b"a=1"),
        (b"a=1;gettone=x;b=2", b"a=1;b=2"),
        (b"a=gettone; gettones=1; my-gettone=2", b"a=gettone; gettones=1; my-gettone=2"),
        (b"GETTONE=x; __HOST-gettone=y", b""),
        (b" gettone =x; a=1", b"a=1"),
        (b"=gettone=x; gettone", b""),
        (b"\xff=1; gettone=x", b"\xff=1"),
        (b"", b""),
    ],
)
def test_console_pairs_are_taken_out(sent: bytes, passed: bytes) -> None:
    """The rest stays as it came."""
    assert without_console(sent) == passed


@pytest.mark.parametrize(
    ("cookie", "is_theirs"),
    [
        ("gettone=x; Path=/", True),
        ("__Host-gettone=x; Secure", True),
        ("=__Host-gettone=x", True),
        ("\tgettone\t=x", True),
        ("gettone2=x", False),
        ("a=gettone", False),
        ("a=1; gettone=2", False),
        ("", False),
    ],
)
def test_cookies_that_come_back_as_the_console_s_are_not_set(cookie: str, is_theirs: bool) -> None:
    """Without a name, a cookie's value is sent as its pair."""
    assert is_console(cookie) is is_theirs
